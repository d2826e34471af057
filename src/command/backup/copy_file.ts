import { BackRestError } from "../../error.ts";
import { CONTROL_FILE_SIZE, controlFile } from "../../postgres/control.ts";
import type { JobServices } from "../../process/job.ts";
import { storedName } from "../../repository/layout.ts";
import { packPageErrors } from "../../repository/manifest/page_errors.ts";
import {
  decryptStages,
  encryptStages,
  fetchStored,
  keyServices,
  type Repository,
} from "../../repository/repository.ts";
import type { Source, Storage } from "../../storage/storage.ts";
import { countOf, readAll, sha1Of, transfer } from "../../storage/transfer.ts";
import { PIECE_SIZE } from "../../stream/chunk.ts";
import type { StageResult, StageSpec } from "../../stream/stage.ts";
import { readControl } from "../cluster/connect.ts";
import type { CopiedFile, CopyFile, CopySettings, KeptFile } from "./copy_job.ts";
import { CONTROL_NAME, sourcePath } from "./names.ts";

/** What copying works with in its worker. */
export interface CopyTools {
  settings: CopySettings;
  repository: Repository;
  /** The data folder. */
  source: Storage;
  services: JobServices;
}

/**
 * Copies one file into the backup, unless it need not be: it is as in the prior backup, or a run that broke off stored it.
 * A file that vanished is no error; pg_control cannot.
 */
export async function copyFile(file: CopyFile, tools: CopyTools): Promise<CopiedFile> {
  const early = await withoutCopying(file, tools);
  if (early !== undefined) return early;
  using source = await openFile(file, tools);
  if (source === undefined) return { row: file.row, state: "missing", size: 0, checksum: "" };
  const copied = file.priorChecksum !== undefined && file.size <= PIECE_SIZE
    ? await storeIfChanged(source, file, { ...tools, priorChecksum: file.priorChecksum })
    : await store(source, file, tools);
  return file.kept === undefined ? copied : { ...copied, replaced: true };
}

/** The outcome for a file whose source tells, or whose stored bytes tell, that nothing has to be stored. */
async function withoutCopying(file: CopyFile, tools: CopyTools): Promise<CopiedFile | undefined> {
  const { kept, priorChecksum, row, size } = file;
  const { delta } = tools.settings;
  const compared = delta && (kept !== undefined || priorChecksum !== undefined && size > PIECE_SIZE);
  const now = compared ? await hashSource(file, tools) : undefined;
  if (compared && now === undefined) return { row, state: "missing", size: 0, checksum: "" };
  if (now !== undefined && now === priorChecksum) {
    tools.services.progress(size);
    return { row, state: "same", size, checksum: now };
  }
  if (kept === undefined || now !== undefined && now !== kept.checksum) return undefined;
  if (!await isStoredWell(file, { ...tools, kept })) return undefined;
  tools.services.progress(size);
  return { row, state: "kept", ...kept };
}

/** SHA-1 of a source as far as it is copied; undefined when it vanished. */
async function hashSource(file: CopyFile, tools: CopyTools): Promise<string | undefined> {
  using source = await openFile(file, tools);
  if (source === undefined) return undefined;
  const options = { name: file.name, check: tools.services.checkCancelled };
  return sha1Of((await transfer(source, { write: () => {} }, [{ stage: "sha1" }], options)).results);
}

/** Reads back what a run that broke off stored, down to the plain bytes. */
async function isStoredWell(
  file: CopyFile,
  { settings, repository, services, kept }: CopyTools & { kept: KeptFile },
): Promise<boolean> {
  const specs: StageSpec[] = [
    { stage: "sha1" },
    { stage: "count" },
    ...decryptStages(settings.passphrase, "set"),
    { stage: "decompress", type: settings.compressType },
    { stage: "sha1" },
  ];
  try {
    const from = { path: storedPath(file, settings), passphrase: settings.passphrase };
    const { results } = await fetchStored(repository, from, specs, { write: () => {}, check: services.checkCancelled });
    return countOf(results) === kept.repoSize && sha1Of(results, 1) === kept.checksum &&
      (kept.repoChecksum === undefined || sha1Of(results) === kept.repoChecksum);
  } catch (error) {
    if (error instanceof BackRestError && error.kind !== "term") return false;
    throw error;
  }
}

function storedPath({ name }: CopyFile, { folder, compressType }: CopySettings): string {
  return `${folder}/${storedName({ name }, compressType)}`;
}

/** The file as a source; undefined when it vanished. */
async function openFile(file: CopyFile, { settings, source }: CopyTools): Promise<Source | undefined> {
  if (file.name === CONTROL_NAME) {
    const { bytes } = await readControl({ key: 0, pgPath: settings.pgPath, storage: source });
    return oneChunk(controlFile(bytes));
  }
  try {
    return await source.read(sourcePath(file.name), file.limit ? { length: file.size } : {});
  } catch (error) {
    if (error instanceof BackRestError && error.kind === "fileMissing") return undefined;
    throw error;
  }
}

function oneChunk(bytes: Uint8Array<ArrayBuffer>): Source {
  let left: Uint8Array<ArrayBuffer> | undefined = bytes;
  return {
    next() {
      const chunk = left;
      left = undefined;
      return chunk;
    },
    reread: (offset, length) => bytes.subarray(offset, Math.min(offset + length, CONTROL_FILE_SIZE)),
    [Symbol.dispose]: () => {},
  };
}

/** Stages that look at the plain bytes. */
function readingStages(file: CopyFile, { pageSize, segmentPages, headerCheck }: CopySettings): StageSpec[] {
  const pages: StageSpec[] = file.pages === undefined
    ? []
    : [{ stage: "pageChecksum", pageSize, segment: file.pages.segment, segmentPages, headerCheck }];
  return [...pages, { stage: "sha1" }];
}

/** Stages that make the stored bytes; none where they are the plain ones. */
function storingStages({ compressType: type, compressLevel: level, passphrase }: CopySettings): StageSpec[] {
  if (type === "none" && passphrase === undefined) return [];
  return [{ stage: "compress", type, level }, ...encryptStages(passphrase, "set"), { stage: "sha1" }, {
    stage: "count",
  }];
}

async function store(
  source: Source,
  file: CopyFile,
  { settings, repository, services }: CopyTools,
): Promise<CopiedFile> {
  await using sink = await repository.storage.write(storedPath(file, settings), { how: "inPlace" });
  const reading = readingStages(file, settings);
  const { results, size } = await transfer(source, sink, [...reading, ...storingStages(settings)], {
    name: file.name,
    signal: services.signal,
    check: services.checkCancelled,
    onRead: services.progress,
    ...keyServices(settings.passphrase),
  });
  await sink.commit();
  return { row: file.row, state: "copied", size, ...readResults(results), ...storedResults(results) };
}

/** A small file is looked at before it is stored: touched is not changed. */
async function storeIfChanged(
  source: Source,
  file: CopyFile,
  { settings, repository, services, priorChecksum }: CopyTools & { priorChecksum: string },
): Promise<CopiedFile> {
  const options = { name: file.name, onRead: services.progress, check: services.checkCancelled };
  const { bytes, results } = await readAll(source, readingStages(file, settings), options);
  const read = readResults(results);
  const { row } = file;
  if (bytes.length === file.size && read.checksum === priorChecksum) {
    return { row, state: "same", size: file.size, ...read };
  }
  await using sink = await repository.storage.write(storedPath(file, settings), { how: "inPlace" });
  const stored = await transfer(oneChunk(bytes), sink, storingStages(settings), {
    name: file.name,
    ...keyServices(settings.passphrase),
  });
  await sink.commit();
  return { row, state: "copied", size: bytes.length, ...read, ...storedResults(stored.results, 0) };
}

function readResults(
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

function storedResults(results: readonly StageResult[], nthSha1 = 1): Pick<CopiedFile, "repoSize" | "repoChecksum"> {
  if (!results.some(({ stage }) => stage === "count")) return {};
  return { repoSize: countOf(results), repoChecksum: sha1Of(results, nthSha1) };
}
