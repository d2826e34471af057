import { assertEquals } from "@std/assert";
import { keepable, refusal, type ResumeWish } from "../../../src/command/backup/resume.ts";
import { WRITER } from "../../../src/repository/info/container_write.ts";
import type { FileData } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import type { ManifestHeader } from "../../../src/repository/manifest/header.ts";

const [FULL, DIFF, LABEL] = [
  "20261101-000000F",
  "20261101-000000F_20261102-000000D",
  "20261101-000000F_20261103-000000I",
];
const WISH: ResumeWish = {
  type: "incr",
  prior: DIFF,
  references: [FULL, DIFF],
  compressType: "zst",
  cipherPass: "p",
  encrypted: true,
  bundle: false,
  blockIncr: false,
};

function header(
  change: (header: ManifestHeader & { writer: string }) => void = () => {},
): ManifestHeader & { writer: string } {
  const made = {
    writer: WRITER,
    backup: {
      label: LABEL,
      type: "incr",
      prior: DIFF,
      references: [FULL, DIFF, LABEL],
      bundle: false,
      blockIncr: false,
    },
    options: { compressType: "zst" },
    cipherPass: "p",
  } as unknown as ManifestHeader & { writer: string };
  change(made);
  return made;
}

Deno.test("a leftover that shares everything goes on", () => assertEquals(refusal(header(), WISH), undefined));

for (
  const { name, change } of [
    { name: "of another program", change: (h: ManifestHeader & { writer: string }) => void (h.writer = "2.59.1") },
    { name: "of another type", change: (h: ManifestHeader) => void (h.backup.type = "diff") },
    { name: "on another prior", change: (h: ManifestHeader) => void (h.backup.prior = FULL) },
    { name: "with other references", change: (h: ManifestHeader) => void (h.backup.references = [FULL, LABEL]) },
    { name: "of another compress-type", change: (h: ManifestHeader) => void (h.options.compressType = "gz") },
    { name: "without encryption", change: (h: ManifestHeader) => void delete h.cipherPass },
    { name: "with another passphrase", change: (h: ManifestHeader) => void (h.cipherPass = "q") },
    { name: "with bundles", change: (h: ManifestHeader) => void (h.backup.bundle = true) },
  ]
) {
  Deno.test(`a leftover ${name} does not go on`, () => assertEquals(typeof refusal(header(change), WISH), "string"));
}

const CHECKSUM = "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35";

function isKept(now: Partial<FileData>, before: Partial<FileData> | undefined, delta = false): boolean {
  const files = new FileTable();
  const row = files.append("pg_data/f", { size: 10, time: 500, ...now });
  const finished = new FileTable();
  if (before !== undefined) finished.append("pg_data/f", { size: 10, time: 500, checksum: CHECKSUM, ...before });
  return keepable(files, row, { finished, delta }) !== undefined;
}

for (
  const { name, now, before, delta, want } of [
    { name: "same size and time", now: {}, before: {}, want: true },
    { name: "not finished", now: {}, before: undefined, want: false },
    { name: "other size", now: { size: 11 }, before: {}, want: false },
    { name: "other time", now: { time: 501 }, before: {}, want: false },
    { name: "other time, compared by bytes", now: { time: 501 }, before: {}, delta: true, want: true },
    { name: "empty", now: { size: 0 }, before: { size: 0 }, want: false },
    { name: "grown while it was copied", now: { size: 8 }, before: { size: 10, originalSize: 8 }, want: true },
    { name: "in another backup", now: {}, before: { reference: FULL }, want: false },
  ]
) {
  Deno.test(`a finished file ${want ? "may be kept" : "is copied again"}: ${name}`, () => {
    assertEquals(isKept(now, before, delta), want);
  });
}
