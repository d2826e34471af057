/** Repositories of pgBackRest 2.59.1 put together again in a site. */
import { zstdDecompressSync } from "node:zlib";
import { assertEquals } from "@std/assert";
import { run } from "../rig/program.ts";
import { type Site, STANZA } from "../rig/site.ts";
import { golden, goldenLabels } from "../repository/golden.ts";

/** Passphrase of the golden repository that is encrypted. */
export const GOLDEN_PASS = "golden-pass-phrase";

/** Unpacks the stored files of a golden repository, and beside them what its own restore made of each backup. */
export async function unpackData(name: string, folder: string): Promise<void> {
  const packed = await golden(name, "data.tar.zst");
  const { code, stderr } = await run("/usr/bin/tar", ["-x", "-C", folder], { stdin: zstdDecompressSync(packed) });
  assertEquals(code, 0, stderr);
}

/** Puts a golden repository together in that of the site; its WAL only comes along where it is encrypted. */
export async function unpackRepository(name: string, site: Site): Promise<void> {
  await unpackData(name, site.folder);
  if (name === "gz-block-aes") return;
  for (const folder of ["archive", `archive/${STANZA}`]) site.makeFolder(`repo/${folder}`);
  site.write(`repo/archive/${STANZA}/archive.info`, await golden(name, "archive.info"));
  site.write(`repo/backup/${STANZA}/backup.info`, await golden(name, "backup.info"));
  for (const label of goldenLabels(name)) {
    site.write(`repo/backup/${STANZA}/${label}/backup.manifest`, await golden(name, `${label}.manifest.gz`));
  }
}
