/** A repository of pgBackRest 2.59.1, which is not installed here; what its own restore made of it came along. */
import { zstdDecompressSync } from "node:zlib";
import { assertEquals } from "@std/assert";
import { run, succeed } from "../rig/program.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { golden, goldenLabels } from "../repository/golden.ts";
import { parseInfo } from "./judgement.ts";
import { hexDigest, treeOf } from "./tree.ts";

const NAME = "lz4-bundle";

/** Puts the repository together again, in the site's. WAL is left out: restores of type none need none. */
async function unpackRepository(site: Site): Promise<void> {
  const packed = await golden(NAME, "data.tar.zst");
  const { code, stderr } = await run("/usr/bin/tar", ["-x", "-C", site.folder], { stdin: zstdDecompressSync(packed) });
  assertEquals(code, 0, stderr);
  for (const folder of ["archive", `archive/${STANZA}`]) site.makeFolder(`repo/${folder}`);
  site.write(`repo/archive/${STANZA}/archive.info`, await golden(NAME, "archive.info"));
  site.write(`repo/backup/${STANZA}/backup.info`, await golden(NAME, "backup.info"));
  for (const label of goldenLabels(NAME)) {
    const manifest = await golden(NAME, `${label}.manifest.gz`);
    site.write(`repo/backup/${STANZA}/${label}/backup.manifest`, manifest);
  }
}

/** The lines of a `.restored.tsv`: path with links followed, size, SHA-256; recovery settings are not in it. */
async function tableOf(folder: string): Promise<string[]> {
  const tree = await treeOf(folder, { follow: true, skip: (path) => path === "postgresql.auto.conf" });
  const files = Object.entries(tree).filter(([, { kind }]) => kind === "file");
  const lines = files.map(async ([path, { size }]) => {
    return `${path}\t${size}\t${await hexDigest("SHA-256", Deno.readFileSync(`${folder}/${path}`))}`;
  });
  return (await Promise.all(lines)).sort();
}

Deno.test("every set of a repository of pgBackRest 2.59.1 is restored as that program restores it", async () => {
  await using site = makeSite("golden");
  site.configure({ global: { "process-max": "2" }, [STANZA]: { "pg1-path": site.path("pg") } });
  await unpackRepository(site);
  const { backup } = parseInfo(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(backup, parseInfo(new TextDecoder().decode(await golden(NAME, "info.json"))).backup);
  const labels = backup.map(({ label }) => label);
  assertEquals(labels, goldenLabels(NAME));

  // The second set over the first with --delta, the third into empty folders.
  const calls = [["restored"], ["restored", "--delta"], ["again"]];
  for (const [i, label] of labels.entries()) {
    const [place, ...options] = calls[i]!;
    const folders = [`--pg1-path=${site.path(place!)}`, `--tablespace-map=ts=${site.path(`${place}-ts`)}`];
    await site.mustBackrest(["restore", `--set=${label}`, "--type=none", ...folders, ...options]);
    const wanted = Deno.readTextFileSync(site.path(`${label}.restored.tsv`)).trimEnd().split("\n").sort();
    assertEquals(await tableOf(site.path(place!)), wanted, label);
  }
  const control = await succeed("/usr/lib/postgresql/15/bin/pg_controldata", [site.path("again")]);
  assertEquals(/Latest checkpoint location: +(\S+)/.exec(control)![1], "0/DEAD");
});
