import { assertEquals } from "@std/assert";
import { fileCheck, type FileRules } from "../../../src/command/verify/file_checks.ts";
import type { FileData } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import type { Manifest } from "../../../src/repository/manifest/manifest.ts";
import { madeManifest, SHA1 } from "../../repository/manifest/made_manifest.ts";

const STORED = "b8b3ecfaf3ed3d6865df5807d66c5fd8cde3289e";
const RULES: FileRules = { stanza: "demo", content: false };
const LABEL = "20261122-083310F_20261122-083316I";
const PRIOR = "20261122-083310F";
const DATA: FileData = { size: 100, time: 1, checksum: SHA1, repoSize: 40, repoChecksum: STORED };

function check(
  data: FileData,
  options: { name?: string; rules?: FileRules; backup?: Partial<Manifest["backup"]> } = {},
) {
  const made = madeManifest();
  const manifest = { ...made, backup: { ...made.backup, bundle: false, bundleRaw: false, ...options.backup } };
  const files = new FileTable({ defaults: manifest.defaults.file });
  return fileCheck(files.at(files.append(options.name ?? "pg_data/base/1/2", data)), manifest, options.rules ?? RULES);
}

Deno.test("a checksum of the stored bytes is proof enough", () => {
  assertEquals(check(DATA), {
    path: `backup/demo/${LABEL}/pg_data/base/1/2.zst`,
    stored: { size: 40, checksum: STORED },
  });
});

Deno.test("a file of another backup is looked for there", () => {
  assertEquals(check({ ...DATA, reference: PRIOR })?.path, `backup/demo/${PRIOR}/pg_data/base/1/2.zst`);
});

Deno.test("without a checksum of the stored bytes, or when asked to, the content is looked into", () => {
  const content = { compressType: "zst", raw: false, size: 100, checksum: SHA1 } as const;
  const { repoChecksum: _, ...without } = DATA;
  assertEquals(check(without), { path: `backup/demo/${LABEL}/pg_data/base/1/2.zst`, content });
  assertEquals(check(DATA, { rules: { ...RULES, content: true } }), {
    path: `backup/demo/${LABEL}/pg_data/base/1/2.zst`,
    stored: { size: 40, checksum: STORED },
    content,
  });
});

Deno.test("a file in a bundle is a range, in its shorter form where the backup says so", () => {
  const bundled: FileData = { ...DATA, bundle: { id: 3, offset: 500 } };
  assertEquals(check(bundled, { backup: { bundle: true } }), {
    path: `backup/demo/${LABEL}/bundle/3`,
    name: "pg_data/base/1/2",
    range: { offset: 500, length: 40 },
    stored: { size: 40, checksum: STORED },
  });
  const rules = { ...RULES, content: true };
  assertEquals(check(bundled, { rules, backup: { bundle: true, bundleRaw: true } })?.content?.raw, true);
  assertEquals(check(DATA, { rules, backup: { bundle: true, bundleRaw: true } })?.content?.raw, false);
});

Deno.test("an empty file of a backup with bundles is not stored", () => {
  assertEquals(check({ size: 0, time: 1 }, { backup: { bundle: true } }), undefined);
  assertEquals(check({ size: 0, time: 1 })?.content?.size, 0);
});

Deno.test("nor is one a backup without bundles refers to", () => {
  assertEquals(check({ size: 0, time: 1, reference: LABEL }), undefined);
});

Deno.test("of a file of blocks the stored part is compared, and where it is asked for what the blocks are together", () => {
  const block = { size: 8192, checksumSize: 6, mapSize: 30 };
  const path = `backup/demo/${LABEL}/pg_data/base/1/2.pgbi`;
  const stored = { path, stored: { size: 40, checksum: STORED } };
  assertEquals(check({ ...DATA, block }), stored);
  const rules = { ...RULES, content: true, pageSize: 8192 };
  const { content, ...rest } = check({ ...DATA, block }, { rules })!;
  assertEquals(rest, { ...stored, name: "pg_data/base/1/2" });
  const part = { path, offset: 0, length: 40 };
  assertEquals(content?.block, { name: "pg_data/base/1/2", size: DATA.size, part, block });
  assertEquals([content?.size, content?.checksum, content?.pages?.pageSize], [DATA.size, DATA.checksum, 8192]);
  assertEquals(check({ ...DATA, block }, { rules: { ...rules, betaBlocks: true } })?.content, undefined);
});

Deno.test("pages are checked where the cluster has checksums for them", () => {
  const rules = { ...RULES, pageSize: 8192 };
  const pages = (name: string) => check(DATA, { name, rules })?.content?.pages;
  assertEquals(pages("pg_data/base/1/16384.2"), {
    pageSize: 8192,
    segment: 2,
    segmentPages: 131072,
    headerCheck: true,
  });
  assertEquals(pages("pg_data/base/1/PG_VERSION"), undefined);
  assertEquals(pages("pg_data/pg_xact/0000"), undefined);
});
