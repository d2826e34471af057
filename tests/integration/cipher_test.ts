/** Encrypted repositories: who needs which passphrase, and what is said when it is the wrong one. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run, succeed } from "../rig/program.ts";
import { backupPath, damage, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { changeStillCluster, makeStillCluster, stillSegment } from "../rig/still_cluster.ts";

const PASS = "right pass";

function configure(site: Site, pass: string | undefined, type = "aes-256-cbc"): void {
  const cipher = { "repo1-cipher-type": type, ...(pass === undefined ? {} : { "repo1-cipher-pass": pass }) };
  const global = { "archive-timeout": "200ms", "process-max": "2", "compress-type": "lz4", ...cipher };
  site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
}

const BACKUP = ["backup", "--no-online"];

/** An encrypted stanza with a full backup, a segment and a history file. */
async function makeEncrypted(name: string): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(name));
  configure(site, PASS);
  await makeStillCluster(site);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  await site.mustBackrest([...BACKUP, "--type=full"]);
  site.write("pg/pg_wal/000000010000000000000001", stillSegment(1), 0o600);
  site.write("pg/pg_wal/00000002.history", "1\t0/3000000\tno reason\n", 0o600);
  await site.mustBackrest(["archive-push", site.path("pg/pg_wal/000000010000000000000001")]);
  await site.mustBackrest(["archive-push", site.path("pg/pg_wal/00000002.history")]);
  stack.move();
  return site;
}

/** Decrypts a file with the tool everybody has. */
async function openssl(path: string, pass: string): Promise<string> {
  return await succeed("/usr/bin/openssl", ["enc", "-d", "-aes-256-cbc", "-md", "sha1", "-k", pass, "-in", path]);
}

function passIn(text: string): string {
  return /\[cipher\]\ncipher-pass="([^"]{64})"/.exec(text)![1]!;
}

Deno.test("every level of an encrypted repository has its own passphrase, which the level above holds", async () => {
  await using site = await makeEncrypted("cipher-levels");
  const archive = site.path(`repo/archive/${STANZA}`);
  const archivePass = passIn(await openssl(`${archive}/archive.info`, PASS));
  assertEquals(await openssl(`${archive}/15-1/00000002.history`, archivePass), "1\t0/3000000\tno reason\n");
  const infoPass = passIn(await openssl(site.path(`repo/backup/${STANZA}/backup.info`), PASS));
  const [label] = labelsIn(site);
  const setPass = passIn(await openssl(`${backupPath(site, label!)}/backup.manifest`, infoPass));
  assertEquals(new Set([PASS, archivePass, infoPass, setPass]).size, 4);
  assertMatch(
    await openssl(`${backupPath(site, label!)}/pg_data/postgresql.conf.lz4`, setPass),
    /content of postgresql/,
  );
  changeStillCluster(site, 0);
  await site.mustBackrest([...BACKUP, "--type=incr"]);
  const incr = `${backupPath(site, labelsIn(site)[1]!)}/backup.manifest`;
  assertEquals(passIn(await openssl(incr, infoPass)), setPass, "backups of a set share theirs");
  await site.mustBackrest([...BACKUP, "--type=full"]);
  const next = `${backupPath(site, labelsIn(site)[2]!)}/backup.manifest`;
  assertEquals(new Set([setPass, passIn(await openssl(next, infoPass))]).size, 2);
});

Deno.test("no passphrase shows in a log, a restored folder or a file that is not encrypted", async () => {
  await using site = await makeEncrypted("cipher-secret");
  const restored = `--pg1-path=${site.path("restored")}`;
  const map = `--tablespace-map-all=${site.path("tablespaces")}`;
  const killed = await site.killedAt("rename", 2, ["restore", restored, map, "--log-level-console=debug"]);
  assertStringIncludes(namesIn(site.path("restored")).join(), "backup.manifest");
  const said = await site.mustBackrest(["restore", "--delta", restored, map, "--log-level-console=debug"]);
  await site.mustBackrest(["verify", "--log-level-file=debug"]);
  const infoPass = passIn(await openssl(site.path(`repo/backup/${STANZA}/backup.info`), PASS));
  const setPass = passIn(await openssl(`${backupPath(site, labelsIn(site)[0]!)}/backup.manifest`, infoPass));
  const searched = ["-rlE", `${PASS}|${setPass.slice(0, 30).replaceAll("+", "\\+")}`];
  const { stdout } = await run("/bin/grep", [...searched, site.folder]);
  assertEquals(stdout, `${site.path("pgbackrest.conf")}\n`);
  for (const text of [said, killed.stdout]) assertEquals([text.includes(PASS), text.includes(setPass)], [false, false]);
});

Deno.test("the passphrase comes from a file or the environment, never from the command line", async () => {
  await using site = await makeEncrypted("cipher-source");
  configure(site, undefined);
  const info = ["info", "--log-level-console=warn"];
  const missing = await site.backrest(info);
  assertEquals(missing.code, 37);
  assertStringIncludes(missing.stderr + missing.stdout, "info command requires option: repo1-cipher-pass");
  const typed = await site.backrest([...info, `--repo1-cipher-pass=${PASS}`]);
  assertEquals(typed.code, 31);
  assertStringIncludes(typed.stderr + typed.stdout, "not allowed on the command-line");
  const given = await site.mustBackrest(info, { env: { PGBACKREST_REPO1_CIPHER_PASS: PASS } });
  assertStringIncludes(given, "cipher: aes-256-cbc");
  assertStringIncludes(given, "status: ok");
});

Deno.test("the wrong passphrase is named as such by every command that needs it, and nothing is touched", async () => {
  await using site = await makeEncrypted("cipher-wrong");
  const before = filesBelow(site.path("repo"));
  configure(site, "wrong pass");
  const hint = "HINT: is repo1-cipher-pass the passphrase the repository was created with";
  const commands: [args: string[], code: number][] = [
    [["stanza-create", "--no-online"], 95],
    [["stanza-upgrade", "--no-online"], 95],
    [BACKUP, 95],
    [["restore", `--pg1-path=${site.path("restored")}`], 75],
    [["expire"], 104],
    [["verify"], 28],
    [["annotate", `--set=${labelsIn(site)[0]}`, "--annotation=a=b"], 104],
    [["archive-push", site.path("pg/pg_wal/00000002.history")], 103],
    [["archive-get", "00000002.history", site.path("got")], 200],
    [["manifest"], 95],
    [["repo-get", `backup/${STANZA}/backup.info`], 95],
  ];
  for (const [args, code] of commands) {
    const ended = await site.backrest([...args, "--log-level-console=warn"]);
    const said = ended.stdout + ended.stderr;
    assertEquals(ended.code, code, said);
    assertStringIncludes(said, "the passphrase is wrong or the data is damaged");
    if (args[0] !== "repo-get") assertStringIncludes(said, hint);
  }
  assertStringIncludes(await site.mustBackrest(["info"]), "[CryptoError]");
  assertEquals(filesBelow(site.path("repo")), before);
  assertEquals(namesIn(site.path("restored")), []);
});

Deno.test("an encrypted repository that is taken for a plain one, and the other way round, are told apart", async () => {
  await using site = await makeEncrypted("cipher-none");
  configure(site, undefined, "none");
  const plain = await site.backrest([...BACKUP, "--log-level-console=warn"]);
  assertEquals(plain.code, 29);
  assertStringIncludes(plain.stdout, "it is encrypted, but no passphrase is set");
  assertStringIncludes(plain.stdout, "HINT: set repo1-cipher-type=aes-256-cbc, and repo1-cipher-pass in a");
  const other = `--repo1-path=${site.path("other")}`;
  await site.mustBackrest(["stanza-create", "--no-online", other]);
  configure(site, PASS);
  const encrypted = await site.backrest([...BACKUP, other, "--log-level-console=warn"]);
  assertEquals(encrypted.code, 95);
  assertStringIncludes(encrypted.stdout, "cipher header invalid");
  assertStringIncludes(encrypted.stdout, "is it encrypted at all?");
});

Deno.test("damage in an encrypted repository is found by verify and refused by restore", async () => {
  await using site = await makeEncrypted("cipher-damage");
  damage(`${backupPath(site, labelsIn(site)[0]!)}/pg_data/base/5/2007.lz4`);
  const verified = await site.backrest(["verify", "--log-level-console=warn"]);
  assertEquals(verified.code, 26, verified.stdout);
  const places = [`--pg1-path=${site.path("restored")}`, `--tablespace-map-all=${site.path("tablespaces")}`];
  const restored = await site.backrest(["restore", "--type=none", ...places, "--log-level-console=warn"]);
  assertEquals([29, 95, 26].includes(restored.code), true, restored.stdout);
  assertStringIncludes(restored.stdout, "pg_data/base/5/2007.lz4");
  assertEquals(namesIn(site.path("restored/global")).includes("pg_control"), false);
});
