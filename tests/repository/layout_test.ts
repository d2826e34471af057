import { assertEquals } from "@std/assert";
import {
  archiveInfoPath,
  archivePath,
  backupInfoPath,
  compressTypeOf,
  copyOf,
  historyLabel,
  historyManifestPath,
  manifestPath,
  storedName,
  storedPlace,
} from "../../src/repository/layout.ts";

const LABEL = "20261122-083310F_20261122-083316D";
const PLACE = { stanza: "demo", archiveId: "15-1" };

Deno.test("files of a stanza lie where the format says", () => {
  assertEquals(copyOf(archiveInfoPath("demo")), "archive/demo/archive.info.copy");
  assertEquals(backupInfoPath("demo"), "backup/demo/backup.info");
  assertEquals(manifestPath("demo", LABEL), `backup/demo/${LABEL}/backup.manifest`);
  assertEquals(historyManifestPath("demo", LABEL), `backup/demo/backup.history/2026/${LABEL}.manifest.gz`);
  assertEquals(historyLabel(`${LABEL}.manifest.gz`), LABEL);
  assertEquals(historyLabel("other.gz"), undefined);
});

const ARCHIVED: { name: string; path: string }[] = [
  {
    name: "000000010000000000000002-1449b7.gz",
    path: "archive/demo/15-1/0000000100000000/000000010000000000000002-1449b7.gz",
  },
  {
    name: "000000010000000000000002.00000028.backup",
    path: "archive/demo/15-1/0000000100000000/000000010000000000000002.00000028.backup",
  },
  { name: "00000002.history", path: "archive/demo/15-1/00000002.history" },
  { name: "otherfile", path: "archive/demo/15-1/otherfile" },
];

for (const { name, path } of ARCHIVED) {
  Deno.test(`an archived file lies in its folder: ${name}`, () => assertEquals(archivePath(PLACE, name), path));
}

const STORED = [
  {
    name: "plain",
    file: { name: "pg_data/a", repoSize: 5 },
    want: { path: `${LABEL}/pg_data/a.zst`, offset: 0, length: 5 },
  },
  {
    name: "in another backup",
    file: { name: "pg_data/a", repoSize: 5, reference: "20261122-083310F" },
    want: { path: "20261122-083310F/pg_data/a.zst", offset: 0, length: 5 },
  },
  {
    name: "in a bundle",
    file: { name: "pg_data/a", repoSize: 5, bundle: { id: 3, offset: 9 } },
    want: { path: `${LABEL}/bundle/3`, offset: 9, length: 5 },
  },
  {
    name: "as blocks",
    file: { name: "pg_data/a", repoSize: 5, block: { mapSize: 2 } },
    want: { path: `${LABEL}/pg_data/a.pgbi`, offset: 0, length: 5 },
  },
  {
    name: "with a block size but no map",
    file: { name: "pg_data/a", repoSize: 5, block: { mapSize: 0 } },
    want: { path: `${LABEL}/pg_data/a.zst`, offset: 0, length: 5 },
  },
];

for (const { name, file, want } of STORED) {
  Deno.test(`the bytes of a file are found: ${name}`, () => {
    const place = storedPlace(file, { stanza: "demo", label: LABEL, compressType: "zst" });
    assertEquals(place, { ...want, path: `backup/demo/${want.path}` });
  });
}

Deno.test("compress types have their extensions", () => {
  for (
    const [extension, type] of [["", "none"], [".gz", "gz"], [".lz4", "lz4"], [".zst", "zst"], [".bz2", "bz2"]] as const
  ) {
    assertEquals(compressTypeOf(extension), type);
    assertEquals(storedName({ name: "x" }, type), `x${extension}`);
  }
  assertEquals(compressTypeOf(".xz"), undefined);
});
