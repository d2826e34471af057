import type { BlockFile } from "../../repository/block_file.ts";
import type { CompressType, PageReport, StageSpec } from "../../stream/stage.ts";

/** What a small file has to hold besides bytes that can be read. */
export type FileForm = "timelineHistory" | "backupHistory" | "manifest";

/** What comes out of a stored file when it is decrypted and decompressed, as far as that is known. */
export interface ExpectedContent {
  compressType: CompressType;
  /** The shorter forms of files in bundles. */
  raw: boolean;
  /** SHA-1, 40 hex digits. */
  checksum?: string;
  /** Bytes. */
  size?: number;
  form?: FileForm;
  pages?: Omit<Extract<StageSpec, { stage: "pageChecksum" }>, "stage">;
  /** Present for a file that is stored as blocks. */
  block?: BlockFile;
}

/** A stored file and what it has to be; it is read once for both. Plain data, for it goes to a worker. */
export interface StoredCheck {
  /** Path in the repository. */
  path: string;
  /** Name in the manifest, for files of a backup whose path does not tell it and for those whose pages are checked. */
  name?: string;
  /** Bytes of a bundle; absent: the whole file. */
  range?: { offset: number; length: number };
  /** The bytes as they are stored. */
  stored?: { size: number; checksum?: string };
  content?: ExpectedContent;
}

/** What can be wrong with a stored file; `other`: it cannot be read, decrypted or decompressed. */
export type StoredProblem = "missing" | "checksum" | "size" | "other";

/** What is to be said about a file: what is wrong with it, or that pages in it are. */
export interface CheckFinding {
  /** Place of the file in the job. */
  index: number;
  problem?: StoredProblem;
  /** Why, for `other`. */
  error?: { code: number; message: string };
  pages?: PageReport;
}

/** What is wrong with bytes, the checksum first, as the peer reports it. */
export function problemOf(
  found: { checksum: string; size: number },
  expected: { checksum?: string; size?: number },
): "checksum" | "size" | undefined {
  if (expected.checksum !== undefined && found.checksum !== expected.checksum) return "checksum";
  return expected.size !== undefined && found.size !== expected.size ? "size" : undefined;
}

/** How a problem is logged; the wording is the peer's. `name` is the path within the archive or the backups. */
export function problemText({ problem, error }: CheckFinding, name: string): string {
  switch (problem) {
    case "missing":
      return `file missing '${name}'`;
    case "checksum":
      return `invalid checksum '${name}'`;
    case "size":
      return `invalid size '${name}'`;
    default:
      return `invalid result ${name}: [${error?.code ?? 25}] ${error?.message ?? "unknown"}`;
  }
}

/** What identifies the stored bytes and what is expected of them: equal keys have equal outcomes. */
export function checkKey({ path, range, stored, content }: StoredCheck): string {
  const { offset, length } = range ?? {};
  return [path, offset, length, stored?.size, stored?.checksum, content?.size, content?.checksum].join("\0");
}
