/** The programs see each other: locks, how far a backup is, stop files, and the end of a run by force. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { command, executable, until } from "../rig/program.ts";
import { startPostgres } from "../rig/postgres.ts";
import { makeSite, PEER, type Site, STANZA } from "../rig/site.ts";
import {
  archiveCommand,
  assertSameInfo,
  assertVerified,
  configureBoth,
  type InfoStanza,
  labelFolders,
  parseInfo,
} from "./judgement.ts";

/** A backup that stands still, copied but for the WAL it waits for. */
interface Held extends AsyncDisposable {
  /** Lets it go on. */
  release(): Promise<void>;
  /** Exit code and everything said. */
  end(): Promise<{ code: number; said: string }>;
}

/** Starts a server whose archive_command refuses segments there is a file for in folder `closed`. */
async function startGated(site: Site): Promise<Awaited<ReturnType<typeof startPostgres>>> {
  site.makeFolder("closed");
  const settings = {
    archive_mode: "on",
    archive_command: `test ! -e ${site.path("closed")}/%f && ${archiveCommand(site, executable())}`,
  };
  return await startPostgres(site, { settings, archiver: "none" });
}

/** Starts a backup and waits until it has copied everything. */
async function holdBackup(site: Site, program: string, sql: (text: string) => Promise<string>): Promise<Held> {
  await sql("create table if not exists t (i int); insert into t values (1)");
  const segment = await sql("select pg_walfile_name(pg_current_wal_lsn())");
  const next = segment.slice(0, 16) + (parseInt(segment.slice(16), 16) + 1).toString(16).toUpperCase().padStart(8, "0");
  site.write(`closed/${next}`, "");
  const args = [`--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`, "backup", "--type=full"];
  const child = command(program, args, { stdout: "piped", stderr: "piped", stdin: "null" }).spawn();
  const said: string[] = [];
  const streams = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) said.push(text);
  });
  await until("the backup waiting for WAL", () => said.join("").includes("check archive for segment(s)"));
  const release = async () => {
    Deno.removeSync(site.path(`closed/${next}`));
    // After three refusals the archiver sleeps for a minute, unless something wakes it.
    await sql("select pg_reload_conf()");
  };
  const end = async () => {
    const { code } = await child.status;
    await Promise.all(streams);
    return { code, said: said.join("") };
  };
  return {
    release,
    end,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await end();
    },
  };
}

function lockFolder(site: Site): string[] {
  return [...Deno.readDirSync(site.path("lock"))].map(({ name }) => name);
}

for (const holder of ["pg_backrest", "pgbackrest"]) {
  const other = holder === "pgbackrest" ? "pg_backrest" : "pgbackrest";

  Deno.test(`while ${holder} makes a backup, ${other} may not, and info of both tells of it`, async () => {
    await using site = makeSite(`lock-${holder}`);
    configureBoth(site);
    await using postgres = await startGated(site);
    await site.mustBackrest(["stanza-create"]);
    const run = holder === "pgbackrest" ? site.backrest : site.peer;
    await using held = await holdBackup(site, holder === "pgbackrest" ? PEER : executable(), postgres.sql);

    for (const args of [["backup", "--type=full"], ["expire"], ["stanza-create"]]) {
      const { code, stdout, stderr } = await run(args);
      assertEquals(code, 50, `${args[0]}: ${stdout}${stderr}`);
      assertMatch(stdout + stderr, /ERROR: \[050\]: unable to acquire lock on file '.*\/demo-backup\.lock'/);
    }
    const reports = await Promise.all([site.mustBackrest, site.mustPeer].map((info) => info(["info"])));
    for (const report of reports) {
      assertMatch(report, /^ {4}status: error \(no valid backups, backup\/expire running - [0-9.]+% complete\)$/m);
    }
    const shares = reports.map((report) => /([0-9.]+)% complete/.exec(report)![1]);
    assertEquals(shares[0], shares[1]);
    const json = async (info: typeof site.mustPeer): Promise<InfoStanza> =>
      parseInfo(await info(["info", "--output=json"]));
    for (const info of [site.mustBackrest, site.mustPeer]) {
      assertEquals((await json(info)).status.lock.backup.held, true);
    }
    assertEquals((await site.mustBackrest(["check", "--no-archive-check"])).includes("ERROR"), false);

    await held.release();
    const { code, said } = await held.end();
    assertEquals(code, 0, said);
    assertEquals((await json(site.mustPeer)).status.lock.backup.held, false);
    assertEquals((await run(["expire"])).code, 0);
    assertEquals(lockFolder(site).filter((name) => name.includes("-backup")), []);
  });

  Deno.test(`what a killed backup of ${holder} leaves behind is removed by the next of ${other}`, async () => {
    await using site = makeSite(`killed-${holder}`);
    configureBoth(site);
    await using postgres = await startGated(site);
    await site.mustBackrest(["stanza-create"]);
    const held = await holdBackup(site, holder === "pgbackrest" ? PEER : executable(), postgres.sql);
    const [left] = labelFolders(site);
    await held[Symbol.asyncDispose]();
    await held.release();
    assertEquals(Deno.statSync(site.path(`repo/backup/demo/${left}/backup.manifest.copy`)).isFile, true);

    for (const info of [site.mustBackrest, site.mustPeer]) {
      const report = parseInfo(await info(["info", "--output=json"]));
      assertEquals([report.status.message, report.status.lock.backup.held], ["no valid backups", false]);
    }
    await (holder === "pgbackrest" ? site.mustBackrest : site.mustPeer)(["backup", "--type=full"]);
    const { backup } = await assertSameInfo(site);
    assertEquals(backup.map(({ label }) => label), labelFolders(site));
    assert(backup.length === 1 && backup[0]!.label > left!, `${left} was not removed, or its label was used again`);
    await assertVerified(site, labelFolders(site));
  });

  Deno.test(`${other} stops and starts what ${holder} does`, async () => {
    await using site = makeSite(`stop-${holder}`);
    configureBoth(site);
    await using postgres = await startGated(site);
    await site.mustBackrest(["stanza-create"]);
    const stopped = holder === "pgbackrest" ? site.peer : site.backrest;
    const stopping = holder === "pgbackrest" ? site.mustBackrest : site.mustPeer;
    await using held = await holdBackup(site, holder === "pgbackrest" ? PEER : executable(), postgres.sql);

    await stopping(["stop", "--force"]);
    const { code, said } = await held.end();
    assertEquals(code, 63, said);
    await held.release();
    assert(Deno.statSync(site.path("lock/demo.stop")).isFile);
    const wal = `${postgres.folder}/pg_wal/${await postgres.sql("select pg_walfile_name(pg_switch_wal())")}`;
    for (const args of [["backup"], ["archive-push", wal], ["expire"], ["stanza-create"]]) {
      const { code, stdout, stderr } = await stopped(args);
      assertEquals(code, 62, `${args[0]}: ${stdout}${stderr}`);
      assertMatch(stdout + stderr, /ERROR: \[062\]: stop file exists for stanza demo/);
    }
    assertEquals((await stopped(["info"])).code, 0);
    await stopping(["start"]);
    assertEquals((await stopped(["check"])).code, 0);

    await stopping(["stop"]);
    await (holder === "pgbackrest" ? site.mustPeer : site.mustBackrest)(["start"]);
    assertEquals(lockFolder(site).filter((name) => name.endsWith(".stop")), []);
  });
}
