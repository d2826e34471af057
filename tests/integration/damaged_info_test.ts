/** Info files that are damaged, of another format or of another cluster: what each command makes of them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { archived, damage, filesBelow, labelsIn } from "../rig/repository.ts";
import { makeStanza } from "../rig/stanza.ts";

const FILES = ["archive/demo/archive.info", "backup/demo/backup.info"];

Deno.test("an info file is read from its copy, and the next backup makes it whole again", async () => {
  await using stanza = await makeStanza("info-copy");
  const { site } = stanza;
  for (const file of FILES) {
    const path = site.path(`repo/${file}`);
    Deno.truncateSync(path, Math.floor(Deno.statSync(path).size / 2));
    assertStringIncludes(await site.mustBackrest(["info"]), "status: ");
    await site.mustBackrest(["check"]);
    await stanza.backup();
    assertEquals(Deno.readTextFileSync(path), Deno.readTextFileSync(`${path}.copy`), file);
  }
  assertEquals(labelsIn(site).length, 2);
});

Deno.test("with neither the file nor its copy in order every command says so and writes nothing", async () => {
  await using stanza = await makeStanza("info-both");
  const { site } = stanza;
  const label = await stanza.backup();
  const whole = new Map(
    FILES.flatMap((file) => [file, `${file}.copy`]).map((file) => {
      return [file, Deno.readFileSync(site.path(`repo/${file}`))];
    }),
  );
  const harms: [what: string, code: number, name: string, harm: (path: string) => void][] = [
    ["damaged", 26, "ChecksumError", (path) => damage(path, Deno.readTextFileSync(path).indexOf("db-version") + 12)],
    ["cut", 29, "FormatError", (path) => Deno.truncateSync(path, 150)],
    ["empty", 26, "ChecksumError", (path) => Deno.truncateSync(path, 0)],
    ["of another format", 29, "FormatError", (path) => replace(path, "backrest-format=5", "backrest-format=4")],
    ["missing", 55, "FileMissingError", (path) => Deno.removeSync(path)],
  ];
  for (const file of FILES) {
    for (const [what, code, name, harm] of harms) {
      for (const path of [file, `${file}.copy`]) harm(site.path(`repo/${path}`));
      const before = filesBelow(site.path("repo/backup"));
      const about = `${file} ${what}`;
      const commands = file.startsWith("backup")
        ? [["backup", "--type=full"], ["stanza-create"], ["expire"]]
        : [["backup", "--type=full"], ["stanza-create"]];
      for (const command of commands) {
        const ended = await site.backrest(command);
        const expected = command[0] === "expire" ? 104 : code;
        assertEquals(ended.code, expected, `${about}: ${command[0]} ${ended.stdout}`);
        assertMatch(ended.stdout, file.startsWith("backup") ? /backup\.info/ : /archive\.info/, about);
      }
      if (file.startsWith("backup")) {
        const restore = await site.backrest(["restore", `--pg1-path=${site.path("new")}`]);
        assertEquals(restore.code, 75, `${about}: ${restore.stdout}`);
        assertStringIncludes(restore.stdout, name, about);
      }
      const info = JSON.parse(await site.mustBackrest(["info", "--output=json"]))[0].repo[0].status;
      assertEquals(info.code, what === "missing" ? 3 : 99, `${about}: ${info.message}`);
      assert(what === "missing" || info.message.startsWith(`[${name}]`), `${about}: ${info.message}`);
      assertEquals(filesBelow(site.path("repo/backup")), before, about);
      for (const path of [file, `${file}.copy`]) Deno.writeFileSync(site.path(`repo/${path}`), whole.get(path)!);
    }
  }
  assertEquals(labelsIn(site), [label]);
});

Deno.test("info files of another cluster are recognised by every command that writes", async () => {
  await using stanza = await makeStanza("info-own");
  await using other = await makeStanza("info-other", { postgres: { archiver: "none" } });
  const { site, postgres } = stanza;
  for (const file of FILES) {
    for (const path of [file, `${file}.copy`]) {
      site.write(`repo/${path}`, Deno.readFileSync(other.site.path(`repo/${path}`)));
    }
  }
  const before = filesBelow(site.path("repo"));
  const cases: [command: string[], code: number, text: string][] = [
    [["backup", "--type=full"], 51, "do not match repo1 stanza version"],
    [["stanza-create"], 28, "backup and archive info files exist but do not match the database"],
    [["check"], 28, "backup and archive info files exist but do not match the database"],
    [["archive-push", `${postgres.folder}/pg_wal/000000010000000000000001`], 103, "[ArchiveMismatchError]"],
  ];
  for (const [command, code, text] of cases) {
    const ended = await site.backrest(command);
    assertEquals(ended.code, code, `${command[0]}: ${ended.stdout}`);
    assertStringIncludes(ended.stdout, text, command[0]);
  }
  assertEquals(filesBelow(site.path("repo")), before);
  assertEquals(archived(site), []);
});

function replace(path: string, from: string, to: string): void {
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(from, to));
}
