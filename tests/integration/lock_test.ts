/** Commands that must not run together, and the two that keep others from running: stop and start. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { executable, succeed, until } from "../rig/program.ts";
import { labelsIn, namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

const LOCKS = ["demo-backup-1.lock", "demo-backup.lock"];

/** Starts a backup that waits at the archive for the gate to be opened. */
async function startBackup({ site }: Stanza) {
  const running = site.start(["backup", "--type=full"]);
  await until("the locks of the backup", () => LOCKS.every((name) => namesIn(site.path("lock")).includes(name)));
  return running;
}

/** Waits until a backup has gone as far as the closed gate lets it. */
async function atTheGate({ postgres }: Stanza): Promise<void> {
  const sessions = "select count(*) from pg_stat_activity where application_name like 'pgBackRest%'";
  await until("the session of the backup", async () => await postgres.sql(sessions) === "1");
}

Deno.test("while a backup runs no other one does, and everybody learns who holds the lock", async () => {
  await using stanza = await makeStanza("lock", { gate: true });
  const { site } = stanza;
  await using first = await startBackup(stanza);
  for (const command of [["backup", "--type=full"], ["expire"], ["stanza-create"]]) {
    const second = await site.backrest(command);
    assertEquals(second.code, 50, second.stdout);
    const holder = `process ${first.pid} (backup) on ${Deno.hostname()} holds it since 20`;
    assertStringIncludes(second.stdout, `[050]: unable to acquire lock on file '${site.path("lock/demo-")}`);
    assertStringIncludes(second.stdout, holder);
    assertStringIncludes(second.stdout, "HINT: is another pgBackRest or pg_backrest process running for this stanza?");
  }
  assertEquals(namesIn(site.path("lock")), LOCKS, "a refused command takes nothing away");
  const other = await site.backrest(["backup", "--type=full", "--stanza=other"]);
  assert(other.code !== 50, other.stdout);
  stanza.openGate();
  const ended = await first.ended;
  assertEquals([ended.code, namesIn(site.path("lock"))], [0, []], ended.stdout);
});

Deno.test("lock files that a killed run left behind keep nobody out", async () => {
  await using stanza = await makeStanza("lock-stale", { gate: true });
  const { site } = stanza;
  await using first = await startBackup(stanza);
  first.kill("SIGKILL");
  await first.ended;
  assertEquals(namesIn(site.path("lock")), LOCKS);
  stanza.openGate();
  await stanza.backup();
  assertEquals(namesIn(site.path("lock")), []);
});

Deno.test("looking at locks keeps nobody from taking them", async () => {
  await using stanza = await makeStanza("lock-probe");
  const { site } = stanza;
  for (const name of LOCKS) site.write(`lock/${name}`, "{}");
  let done = false;
  const look = async () => {
    while (!done) await site.backrest(["info", "--detail-level=progress"]);
  };
  const looking = [look(), look()];
  const codes: number[] = [];
  for (let i = 0; i < 12; i++) {
    codes.push((await site.backrest(["expire"])).code);
    for (const name of LOCKS) site.write(`lock/${name}`, "{}");
  }
  done = true;
  await Promise.all(looking);
  assertEquals([...new Set(codes)], [0]);
});

Deno.test("stop keeps commands from running until start; both say when there was nothing to do", async () => {
  await using stanza = await makeStanza("stop");
  const { site } = stanza;
  for (const scope of ["demo", "all"]) {
    const stanzas = scope === "all" ? [] : ["--stanza=demo"];
    const words = [`--config=${site.path("pgbackrest.conf")}`, ...stanzas];
    const control = (command: string) => succeed(executable(), [...words, command]);
    assertMatch(await control("start"), /WARN: stop file does not exist/);
    await control("stop");
    assertEquals(namesIn(site.path("lock")), [`${scope}.stop`]);
    assertMatch(await control("stop"), /WARN: stop file already exists for/);
    for (const command of [["backup", "--type=full"], ["expire"], ["stanza-create"]]) {
      const refused = await site.backrest(command);
      assertEquals(refused.code, 62, refused.stdout);
      assertMatch(
        refused.stdout,
        /\[062\]: stop file exists for (stanza demo|all stanzas)\n +HINT: let (it|them) work again with/,
      );
    }
    await site.mustBackrest(["info"]);
    await control("start");
    assertEquals(namesIn(site.path("lock")), []);
  }
  await stanza.backup();
});

Deno.test("stop with force ends what runs and waits for its end, also when the stop file was there before", async () => {
  await using stanza = await makeStanza("stop-force", { gate: true });
  const { site, postgres } = stanza;
  for (const before of [false, true]) {
    await using running = await startBackup(stanza);
    await atTheGate(stanza);
    if (before) await site.mustBackrest(["stop"]);
    const said = await site.mustBackrest(["stop", "--force"]);
    assertStringIncludes(said, `sent term signal to process ${running.pid}`);
    assertEquals(namesIn(site.path("lock")), ["demo.stop"], "it is over when stop returns");
    const ended = await running.ended;
    assertEquals(ended.code, 63, ended.stdout);
    assertEquals(
      await postgres.sql("select count(*) from pg_stat_activity where application_name like 'pgBackRest%'"),
      "0",
    );
    await site.mustBackrest(["start"]);
  }
  stanza.openGate();
  await stanza.backup();
  assertEquals(labelsIn(site).length, 1);
});

Deno.test("two restores of one stanza at a time are refused", async () => {
  await using stanza = await makeStanza("lock-restore");
  const { site } = stanza;
  await stanza.backup();
  await using first = site.start(["restore", `--pg1-path=${site.path("one")}`]);
  await until("the lock of the restore", () => namesIn(site.path("lock")).includes("demo-restore-1.lock"));
  const second = await site.backrest(["restore", `--pg1-path=${site.path("two")}`]);
  const { code } = await first.ended;
  assertEquals([code, second.code], [0, 50], second.stdout);
});
