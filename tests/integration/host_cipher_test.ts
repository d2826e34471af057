/** The host of an encrypted repository keeps its passphrases to itself: nothing that crosses to another host holds one. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { casesOf } from "../rig/long_form.ts";
import { assertComesBack } from "../rig/content.ts";
import { until } from "../rig/program.ts";
import { backupPath, labelsIn, namesIn } from "../rig/repository.ts";
import { JOURNAL_NAME } from "../../src/command/backup/journal.ts";
import { makeRepositoryHost, type RepositoryHost } from "../rig/repository_host.ts";
import type { Site } from "../rig/site.ts";

const PASSPHRASE = "correct horse battery staple";

/** A program for option cmd-ssh that keeps all that goes to and fro. */
function listening(site: Site): string {
  site.makeFolder("heard");
  const heard = `${site.path("heard")}/$$`;
  site.write(
    "ssh-heard",
    `#!/bin/sh\ntee "${heard}.sent" | ${site.path("ssh/ssh")} "$@" | tee "${heard}.received"\n`,
    0o755,
  );
  return site.path("ssh-heard");
}

/** The passphrases of all levels, asked of the host that has them. */
async function passphrases(hosts: RepositoryHost): Promise<string[]> {
  const labels = labelsIn(hosts.site, "there/repo");
  const files = ["archive/demo/archive.info", "backup/demo/backup.info"].concat(
    labels.map((label) => `backup/demo/${label}/backup.manifest`),
  );
  const found = [PASSPHRASE];
  for (const file of files) {
    const text = await hosts.mustThere(["repo-get", file]);
    found.push(/^cipher-pass="(.*)"$/m.exec(text)![1]!);
  }
  return [...new Set(found)];
}

const ENCRYPTED = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": PASSPHRASE };

/** What of a repository is encrypted in its own way, and the keys that then have to cross: those of block incremental. */
const FORMS = casesOf<{ form: string; options: Record<string, string>; crossing: number }>([
  { form: "blocks", options: { "repo1-bundle": "y", "repo1-block": "y" }, crossing: 1 },
], [
  { form: "bundles", options: { "repo1-bundle": "y" }, crossing: 0 },
  { form: "files", options: {}, crossing: 0 },
]);

for (const { form, options, crossing } of FORMS) {
  Deno.test(`an encrypted repository is used from the database host without a key: ${form}`, async () => {
    await using hosts = await makeRepositoryHost(`cipher-${form}`, { there: ENCRYPTED, create: false });
    const { site, postgres } = hosts;
    const reached = { ...hosts.reached, "cmd-ssh": listening(site), ...options, "process-max": "2" };
    hosts.configure(reached);
    await site.mustBackrest(["stanza-create"]);
    await site.mustBackrest(["check"]);
    await postgres.sql("create table t as select g, repeat('x', 200) x from generate_series(1, 20000) g");
    const label = await hosts.backup();
    await postgres.sql("insert into t select 7, 'y'");
    await site.mustBackrest(["backup", "--type=diff", "--archive-copy"]);
    assertStringIncludes(await site.mustBackrest(["info", "--output=json"]), '"cipher":"aes-256-cbc"');
    assertStringIncludes(await site.mustBackrest(["info", `--set=${label}`]), label);
    await site.mustBackrest(["verify"]);
    await site.mustBackrest(["annotate", `--set=${label}`, "--annotation=a=b"]);
    await assertComesBack(postgres, () => site.mustBackrest(["restore", "--delta"]));
    // The host that owns the keys reads what was made without them.
    await hosts.mustThere(["verify"]);
    const keys = await passphrases(hosts);
    assertEquals(keys.length, 4);
    const heard = namesIn(site.path("heard"));
    assert(heard.length >= 10, heard.join());
    const texts = heard.map((name) => new TextDecoder("latin1").decode(Deno.readFileSync(site.path(`heard/${name}`))));
    for (const level of ["archive", "backupInfo", `set:${label}`]) {
      assert(texts.some((text) => text.includes(`keyref:${level}`)), `nothing stood for the key of ${level}`);
    }
    const crossed = keys.filter((key) => texts.some((text) => text.includes(key)));
    // Where it is the one exception, it is the last: that of the set.
    assertEquals(crossed, keys.slice(keys.length - crossing));
  });
}

Deno.test("a backup that was killed goes on without a key, and a key cannot be had by other ways", async () => {
  await using hosts = await makeRepositoryHost("cipher-resume", { there: ENCRYPTED });
  const { site, postgres } = hosts;
  await postgres.sql("create table t as select g, repeat('x', 200) x from generate_series(1, 50000) g");
  const first = site.start(["backup", "--type=full", "--manifest-save-threshold=1B"]);
  await using _ = first;
  const label = () => labelsIn(site, "there/repo")[0];
  await until("some files are noted", () => {
    const folder = label();
    return folder !== undefined && sizeOf(`${backupPath(site, folder, "there/repo")}/${JOURNAL_NAME}`) > 5000;
  });
  first.kill("SIGKILL");
  await first.ended;
  await until("nothing is served any more", () => hosts.sshd.serving().length === 0);
  const said = await site.mustBackrest(["backup", "--type=full", "--log-level-console=detail"]);
  assertStringIncludes(said, `WARN: resumable backup ${label()} of same type exists`);
  assertStringIncludes(said, "checksum resumed file");
  await hosts.mustThere(["verify"]);
  const keys = await passphrases(hosts);
  const got = await site.mustBackrest(["repo-get", `backup/demo/${label()}/backup.manifest`]);
  assertStringIncludes(got, `cipher-pass="keyref:set:${label()}"`);
  const history = `backup/demo/backup.history/${label()!.slice(0, 4)}/${label()}.manifest.gz`;
  const refused = await site.backrest(["repo-get", history]);
  assertEquals(refused.code, 105, refused.stderr);
  const raw = await site.backrest(["repo-get", "--raw", history]);
  for (const key of keys) assert(!raw.stdout.includes(key));
});

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
