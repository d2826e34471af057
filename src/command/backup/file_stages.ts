import { packPageErrors } from "../../repository/manifest/page_errors.ts";
import { decryptStages, encryptStages } from "../../repository/repository.ts";
import { countOf, sha1Of } from "../../storage/transfer.ts";
import type { StageResult, StageSpec } from "../../stream/stage.ts";
import type { CopiedFile, CopyFile, CopySettings } from "./copy_job.ts";
import type { SidedStages } from "./target.ts";

/** Stages that look at the plain bytes of a file. */
export function readingStages(file: CopyFile, { pageSize, segmentPages, headerCheck }: CopySettings): StageSpec[] {
  const pages: StageSpec[] = file.pages === undefined
    ? []
    : [{ stage: "pageChecksum", pageSize, segment: file.pages.segment, segmentPages, headerCheck }];
  return [...pages, { stage: "sha1" }];
}

/** Stages that make the stored bytes; none where they are the plain ones. */
export function storingStages(settings: CopySettings, { bundled }: { bundled: boolean }): SidedStages {
  const { compressType: type, compressLevel: level, passphrase } = settings;
  const raw = bundled && settings.raw;
  if (type === "none" && passphrase === undefined) return { atSource: [], atTarget: [] };
  return {
    atSource: [{ stage: "compress", type, level, raw }],
    atTarget: [...encryptStages(passphrase, "set", raw), { stage: "sha1" }, { stage: "count" }],
  };
}

/** Stages that lead from the stored bytes of a file back to the plain ones, with the size and both checksums on the way. */
export function provingStages(settings: CopySettings, { bundled }: { bundled: boolean }): StageSpec[] {
  const raw = bundled && settings.raw;
  return [
    { stage: "sha1" },
    { stage: "count" },
    ...decryptStages(settings.passphrase, "set", raw),
    { stage: "decompress", type: settings.compressType, raw },
    { stage: "sha1" },
  ];
}

/** What {@linkcode readingStages} learned. */
export function readResults(
  results: readonly StageResult[],
): Pick<CopiedFile, "checksum" | "pageChecksum" | "pageErrors" | "misaligned"> {
  const pages = results.find((result) => result.stage === "pageChecksum")?.value;
  if (pages === undefined) return { checksum: sha1Of(results) };
  return {
    checksum: sha1Of(results),
    pageChecksum: pages.valid,
    ...(pages.bad.length === 0 ? {} : { pageErrors: packPageErrors(pages.bad) }),
    ...(pages.aligned ? {} : { misaligned: true }),
  };
}

/** What the target side of {@linkcode storingStages} learned. */
export function storedResults(results: readonly StageResult[]): Pick<CopiedFile, "repoSize" | "repoChecksum"> {
  return results.length === 0 ? {} : { repoSize: countOf(results), repoChecksum: sha1Of(results) };
}
