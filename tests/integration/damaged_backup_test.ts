/** Backups whose stored files or manifests are damaged: what restore and info make of them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { casesOf } from "../rig/long_form.ts";
import { attach } from "../rig/postgres.ts";
import { backupPath, damage, filesBelow, namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** The stored form of the biggest relation, which takes the way of big files, and of a small file. */
function victims(folder: string): string[] {
  const files = filesBelow(folder).map((path) => `${folder}/${path}`);
  const [biggest] = files.filter((path) => path.includes("/base/")).sort((a, b) => sizeOf(b) - sizeOf(a));
  return [biggest!, files.find((path) => path.includes("/pg_hba.conf"))!];
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size;
}

async function restoreInto({ site }: Stanza, below: string) {
  return await site.backrest(["restore", `--pg1-path=${site.path(below)}`]);
}

for (const type of casesOf(["zst"], ["none", "gz"])) {
  Deno.test(`a damaged or missing file ends the restore, and no server starts on what is there (${type})`, async () => {
    await using stanza = await makeStanza(`damaged-${type}`, { global: { "compress-type": type, "process-max": "2" } });
    const { site, postgres } = stanza;
    await postgres.sql("create table t as select i, md5(i::text) from generate_series(1, 60000) i");
    const label = await stanza.backup();
    await postgres.stop();
    const [big, small] = victims(backupPath(site, label)) as [string, string];
    const cases: [what: string, path: string, codes: number[], harm: (path: string) => void][] = [
      ["a bit is turned", big, [26, 29], (path) => damage(path)],
      ["the end is missing", big, [26, 29], (path) => Deno.truncateSync(path, Math.floor(sizeOf(path) / 2))],
      ["a bit of a small file is turned", small, [26, 29], (path) => damage(path)],
      ["nothing is left", small, [26, 29], (path) => Deno.truncateSync(path, 0)],
      ["it is gone", small, [55], (path) => Deno.removeSync(path)],
    ];
    for (const [i, [what, path, codes, harm]] of cases.entries()) {
      const whole = Deno.readFileSync(path);
      harm(path);
      const ended = await restoreInto(stanza, `restored-${i}`);
      assert(codes.includes(ended.code), `${what}: ${ended.code} ${ended.stdout}`);
      assertStringIncludes(ended.stdout, path.slice(path.indexOf("/repo/")), what);
      assert(!namesIn(site.path(`restored-${i}/global`)).includes("pg_control"), what);
      Deno.writeFileSync(path, whole);
    }
    await using restored = attach(site, "restored-0");
    await restored.tryStart();
    assertEquals(await restored.isRunning(), false);
    await site.mustBackrest(["restore", `--pg1-path=${restored.folder}`, "--delta"]);
    await restored.start();
    assertEquals(await restored.sql("select count(*) from t"), "60000");
  });
}

Deno.test("a manifest is read from its copy; without either the backup is not restored, and info says why", async () => {
  await using stanza = await makeStanza("manifest");
  const { site, postgres } = stanza;
  const label = await stanza.backup();
  await postgres.stop();
  const main = `${backupPath(site, label)}/backup.manifest`;
  const whole = Deno.readFileSync(main);
  const harms: [what: string, code: number, harm: (path: string) => void][] = [
    ["damaged", 26, (path) => damage(path)],
    ["cut", 29, (path) => Deno.truncateSync(path, Math.floor(whole.length / 3))],
    ["of another format", 29, (path) => replace(path, "backrest-format=5", "backrest-format=6")],
    ["missing", 55, (path) => Deno.removeSync(path)],
  ];
  let run = 0;
  for (const [what, code, harm] of harms) {
    const single = code === 26 ? [[main], [`${main}.copy`]] : [];
    for (const damaged of [...single, [main, `${main}.copy`]]) {
      for (const path of damaged) harm(path);
      const below = `restored-${run++}`;
      const ended = await restoreInto(stanza, below);
      const both = damaged.length === 2;
      assertEquals(ended.code, both ? code : 0, `${what}, ${damaged}: ${ended.stdout}`);
      if (both) {
        assertEquals(namesIn(site.path(below)), [], `${what}: nothing is touched`);
        assertMatch(ended.stdout, /unable to load info file '.*backup.manifest' or '.*backup.manifest.copy':\n/);
        const info = await site.mustBackrest(["info", `--set=${label}`]);
        assertMatch(info, /^ {4}status: error \(other\)\n {12}\[\w+Error\] unable to load info file/m, what);
        const [{ repo, status, backup }] = JSON.parse(
          await site.mustBackrest(["info", "--output=json", `--set=${label}`]),
        );
        assertEquals([repo[0].status.code, status.code, backup], [99, 99, []], what);
        assertStringIncludes(await site.mustBackrest(["info"]), `full backup: ${label}`);
      }
      for (const path of damaged) Deno.writeFileSync(path, whole);
    }
  }
});

Deno.test("a manifest in the folder of another backup is not taken for that one's", async () => {
  await using stanza = await makeStanza("mixed-up");
  const { site } = stanza;
  const [first, second] = [await stanza.backup(), await stanza.backup()];
  for (const name of ["backup.manifest", "backup.manifest.copy"]) {
    await Deno.copyFile(`${backupPath(site, first)}/${name}`, `${backupPath(site, second)}/${name}`);
  }
  const ended = await restoreInto(stanza, "restored");
  assertEquals([ended.code, namesIn(site.path("restored"))], [29, []], ended.stdout);
  assertStringIncludes(ended.stdout, `requested backup '${second}' and manifest label '${first}' do not match`);
});

function replace(path: string, from: string, to: string): void {
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(from, to));
}
