import { packPageErrors } from "../../repository/manifest/page_errors.ts";
import { decryptStages, encryptStages } from "../../repository/repository.ts";
import { countOf, sha1Of } from "../../storage/transfer.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { BlockReport, StageResult, StageSpec } from "../../stream/stage.ts";
import type { BundlePlace, CopiedFile, CopyBlocks, CopyFile, CopySettings } from "./copy_job.ts";
import type { FilePlace, SidedStages } from "./target.ts";

/** Stages that look at the plain bytes of a file. */
export function readingStages(file: CopyFile, { pageSize, segmentPages, headerCheck }: CopySettings): StageSpec[] {
  const pages: StageSpec[] = file.pages === undefined
    ? []
    : [{ stage: "pageChecksum", pageSize, segment: file.pages.segment, segmentPages, headerCheck }];
  return [...pages, { stage: "sha1" }];
}

/** Stages that make the stored bytes; none where they are the plain ones. `prior` is the map of the prior backup. */
export function storingStages(
  settings: CopySettings,
  { file, place: { bundle }, prior }: { file: CopyFile; place: Pick<FilePlace, "bundle">; prior?: Chunk | undefined },
): SidedStages {
  const { compressType: type, compressLevel: level, passphrase } = settings;
  if (file.block !== undefined) return blockStages(settings, file.block, { bundle, prior });
  const raw = bundle !== undefined && settings.raw;
  if (type === "none" && passphrase === undefined) return { atSource: [], atTarget: [] };
  return {
    atSource: type === "none" ? [] : [{ stage: "compress", type, level, raw }],
    atTarget: [...encryptStages(passphrase, "set", raw), { stage: "sha1" }, { stage: "count" }],
  };
}

/** All stages of a file that is looked at while it is stored: {@linkcode readingStages}, then {@linkcode storingStages}. */
export function passingStages(settings: CopySettings, file: CopyFile, storing: SidedStages): SidedStages {
  return { ...storing, atSource: [...readingStages(file, settings), ...storing.atSource] };
}

/** Blocks are encrypted where they are made, each by itself. */
function blockStages(
  { compressType: type, compressLevel: level, superSize, reference, blockPassphrase: passphrase }: CopySettings,
  { size, checksumSize }: CopyBlocks,
  { bundle, prior }: { bundle: BundlePlace | undefined; prior: Chunk | undefined },
): SidedStages {
  return {
    atSource: [{
      stage: "blocks",
      size,
      checksumSize,
      superSize,
      reference,
      place: { bundle: bundle?.id ?? 0, offset: bundle?.offset ?? 0 },
      type,
      level,
      ...(prior === undefined ? {} : { prior: prior.toBase64() }),
      ...(passphrase === undefined ? {} : { passphrase }),
    }],
    atTarget: [{ stage: "sha1" }, { stage: "count" }],
  };
}

/** Stages that lead from the stored bytes of a file back to the plain ones, with the size and both checksums on the way. */
export function provingStages(
  settings: CopySettings,
  { bundled, blocks }: { bundled: boolean; blocks: boolean },
): StageSpec[] {
  const raw = bundled && settings.raw;
  if (blocks) return [{ stage: "sha1" }, { stage: "count" }];
  return [
    { stage: "sha1" },
    { stage: "count" },
    ...decryptStages(settings.passphrase, "set", raw),
    { stage: "decompress", type: settings.compressType, raw },
    { stage: "sha1" },
  ];
}

/** What is known of the plain bytes of a file once they were read. */
export type ReadFile = Pick<CopiedFile, "size" | "checksum" | "pageChecksum" | "pageErrors" | "misaligned">;

/** What {@linkcode readingStages} learned. */
export function readResults(results: readonly StageResult[]): Omit<ReadFile, "size"> {
  const pages = results.find((result) => result.stage === "pageChecksum")?.value;
  if (pages === undefined) return { checksum: sha1Of(results) };
  return {
    checksum: sha1Of(results),
    pageChecksum: pages.valid,
    ...(pages.bad.length === 0 ? {} : { pageErrors: packPageErrors(pages.bad) }),
    ...(pages.aligned ? {} : { misaligned: true }),
  };
}

/** What the source side of {@linkcode storingStages} learned of a file that is stored as blocks. */
export function blockResult(
  { block }: CopyFile,
  results: readonly StageResult[],
): BlockReport & Pick<CopiedFile, "block"> {
  const report = results.find((result) => result.stage === "blocks")?.value ?? { changed: true, mapSize: 0 };
  if (block === undefined) return report;
  const { size, checksumSize } = block;
  return { ...report, block: { size, checksumSize, mapSize: report.mapSize } };
}

/** What the target side of {@linkcode storingStages} learned. */
export function storedResults(results: readonly StageResult[]): Pick<CopiedFile, "repoSize" | "repoChecksum"> {
  return results.length === 0 ? {} : { repoSize: countOf(results), repoChecksum: sha1Of(results) };
}
