/** repo-ls, repo-get, repo-put, repo-rm and manifest print what pgbackrest prints, for the same repository. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { executable, run } from "../rig/program.ts";
import { backupPath, labelsIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { PEER, STANZA } from "../rig/site.ts";

async function withBackup(name: string): Promise<Stanza & { label: string }> {
  const stanza = await makeStanza(name, { postgres: { archiver: "none" } });
  await stanza.postgres.stop();
  return { ...stanza, label: await stanza.backup(["--no-online"]) };
}

Deno.test("files of a repository are listed like the peer lists them", async () => {
  await using stanza = await withBackup("repo-ls");
  const { site, label } = stanza;
  const root = site.path("repo");
  const cases: string[][] = [
    [],
    ["--output=json"],
    [`backup/${STANZA}`],
    [`backup/${STANZA}`, "--sort=desc"],
    [`backup/${STANZA}`, "--output=json", "--filter=info"],
    [`backup/${STANZA}/${label}`, "--recurse", "--filter=^pg_data/global/"],
    [`backup/${STANZA}/${label}`, "--recurse", "--output=json", "--sort=desc"],
    [`backup/${STANZA}/backup.info`],
    [`backup/${STANZA}/backup.info`, "--output=json"],
    [`${root}/backup`],
    ["backup/"],
    ["no/such/folder"],
    ["no/such/folder", "--output=json"],
    ["a//b"],
    ["/elsewhere"],
    ["one", "two"],
  ];
  for (const args of cases) {
    const [ours, theirs] = [await site.backrest(["repo-ls", ...args]), await site.peer(["repo-ls", ...args])];
    assertEquals(
      [ours.code, ours.code === 0 ? ours.stdout : ""],
      [theirs.code, theirs.code === 0 ? theirs.stdout : ""],
      args.join(" "),
    );
  }
});

Deno.test("files come out and go in and away like with the peer", async () => {
  await using stanza = await withBackup("repo-get");
  const { site, label } = stanza;
  const path = `backup/${STANZA}/backup.info`;
  const content = Deno.readTextFileSync(site.path(`repo/${path}`));
  assertEquals((await site.backrest(["repo-get", path])).stdout, content);
  assertEquals((await site.backrest(["repo-get", site.path(`repo/${path}`)])).stdout, content);
  const version = `backup/${STANZA}/${label}/pg_data/PG_VERSION.gz`;
  assertEquals((await site.backrest(["repo-get", version, "--decompress"])).stdout, "15\n");
  for (const args of [["missing"], ["missing", "--ignore-missing"], [], ["a", "b"]]) {
    const [ours, theirs] = await Promise.all(
      [site.backrest, site.peer].map((program) => program(["repo-get", "--log-level-stderr=error", ...args])),
    );
    assertEquals([ours!.code, ours!.stdout], [theirs!.code, theirs!.stdout], `${args}: ${ours!.stderr}`);
  }
  const bytes = crypto.getRandomValues(new Uint8Array(3000));
  assertEquals((await site.backrest(["repo-put", "notes/file"], { stdin: bytes })).code, 0);
  assertEquals(Deno.readFileSync(site.path("repo/notes/file")), bytes);
  const refused = await site.backrest(["repo-rm", "notes"]);
  assertEquals([refused.code, (await site.peer(["repo-rm", "notes"])).code], [31, 31], refused.stdout);
  assertEquals((await site.backrest(["repo-rm", "notes", "--recurse"])).code, 0);
  assertEquals((await site.backrest(["repo-rm", "notes", "--recurse"])).code, 0, "missing is fine");
  for (const outside of ["../pg", "/etc", "a/../../x"]) {
    assertEquals((await site.backrest(["repo-rm", outside, "--recurse"])).code, 96, outside);
  }
});

Deno.test("who stops reading ends a listing without a complaint", async () => {
  await using stanza = await withBackup("repo-pipe");
  const { site } = stanza;
  const line = `"$0" --config="$1" repo-ls --recurse backup | head -1`;
  for (const program of [executable(), PEER]) {
    const ended = await run("/bin/bash", ["-o", "pipefail", "-c", line, program, site.path("pgbackrest.conf")]);
    assertEquals([ended.code, ended.stderr], [0, ""], program);
  }
});

Deno.test("a manifest is shown as text and as JSON, all of it or a single file", async () => {
  await using stanza = await withBackup("manifest");
  const { site, label } = stanza;
  const json = JSON.parse(await site.mustBackrest(["manifest", "--output=json"]));
  assertEquals([json.label, json.type, json.reference], [label, "full", [label]]);
  const stored = Deno.readTextFileSync(`${backupPath(site, label)}/backup.manifest`);
  for (const { name, size, checksum, repo } of json.fileList.slice(0, 50)) {
    const line = JSON.parse(new RegExp(`^${RegExp.escape(name)}=(.*)$`, "m").exec(stored)![1]!);
    assertEquals([size, repo.size], [line.size, line["repo-size"] ?? line.size], name);
    assert(checksum === line.checksum || size === 0, name);
  }
  const text = await site.mustBackrest(["manifest", `--set=${labelsIn(site)[0]}`, "--filter=pg_data/PG_VERSION"]);
  assertStringIncludes(text, "file list:\n  - pg_data/PG_VERSION\n      size: 3B, repo ");
  assertMatch(text, /checksum: 587b596f04f7db9c2cad3d6b87dd2b3a05de4f35/);
  assertEquals((await site.backrest(["manifest", "--filter=pg_data/none"])).code, 55);
  assertEquals((await site.backrest(["manifest", "--set=20200101-000000F"])).code, 55);
});
