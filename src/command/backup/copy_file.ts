import { fail } from "../../error.ts";
import { Ahead } from "../../storage/ahead.ts";
import type { JobServices } from "../../process/job.ts";
import { EMPTY_SHA1 } from "../../repository/manifest/file_data.ts";
import { keyServices, type Repository } from "../../repository/repository.ts";
import type { Storage } from "../../storage/storage.ts";
import { sha1Of } from "../../storage/transfer.ts";
import { type Chunk, joinChunks, PIECE_SIZE } from "../../stream/chunk.ts";
import type { StageResult, StageSpec } from "../../stream/stage.ts";
import type { CopiedFile, CopyFile, CopyPart, CopySettings } from "./copy_job.ts";
import {
  blockResult,
  passingStages,
  type ReadFile,
  readingStages,
  readResults,
  storedResults,
  storingStages,
} from "./file_stages.ts";
import { isStoredWell } from "./kept_file.ts";
import { oneChunk, type OpenedFile, openFile, unlessEmpty } from "./source_file.ts";
import { priorMap } from "./prior_map.ts";
import {
  type CopyTarget,
  deliver,
  type Delivered,
  type FilePlace,
  type SidedStages,
  stagedTransfer,
} from "./target.ts";

/** What copying works with in its worker. */
export interface CopyTools {
  settings: CopySettings;
  repository: Repository;
  /** The data folder. */
  source: Storage;
  target: CopyTarget;
  services: JobServices;
  /** Files of the job that are open already. */
  ahead?: Ahead<CopyFile, OpenedFile> | undefined;
}

/** Opens the small files of a job early where they lie on another host: those that are sure to be read, and only once. */
export function openAhead(
  { files, bundle }: CopyPart,
  { settings, source }: Pick<CopyTools, "settings" | "source">,
): Ahead<CopyFile, OpenedFile> | undefined {
  if (!source.can.stages) return undefined;
  const place = bundle === undefined ? {} : { bundle: { id: bundle, offset: 0 } };
  return new Ahead(files, (file) => {
    if (file.block !== undefined || file.kept !== undefined || file.size > PIECE_SIZE) return undefined;
    const { atSource } = passingStages(settings, file, storingStages(settings, { file, place }));
    return openFile(file, { settings, source, stages: atSource });
  });
}

/**
 * Copies one file into the backup, unless it need not be: it is as in the prior backup, or a run that broke off stored it.
 * A file that vanished is no error; pg_control cannot.
 */
export async function copyFile(file: CopyFile, tools: CopyTools): Promise<CopiedFile> {
  return await withoutCopying(file, tools) ?? await copyAnew(file, tools);
}

/** Copies one file of which {@linkcode withoutCopying} does not tell what becomes of it. */
export async function copyAnew(file: CopyFile, tools: CopyTools): Promise<CopiedFile> {
  const prior = await priorMap(file, tools);
  const copied = await copyWith(file, prior, tools) ?? await copyWith(file, undefined, tools);
  if (copied === undefined) fail("assert", `nothing was stored of file '${file.name}'`);
  return withKept(file, copied);
}

/** What came of a file, with a note where it took the place of what a run that broke off had left. */
export function withKept({ kept }: CopyFile, copied: CopiedFile): CopiedFile {
  return kept === undefined ? copied : { ...copied, replaced: true };
}

/**
 * Copies a file with the map of the prior backup, if there is one. Undefined when its blocks seem to be those of that backup,
 * but together they are not: two have one checksum.
 */
async function copyWith(
  file: CopyFile,
  prior: Chunk | undefined,
  tools: CopyTools,
): Promise<CopiedFile | undefined> {
  const { settings, target } = tools;
  await using place = target.place(file);
  const storing = storingStages(settings, { file, place, prior });
  const stages = passingStages(settings, file, storing);
  using opened = await (tools.ahead?.take(file) ?? openFile(file, { ...tools, stages: stages.atSource }));
  if (opened === undefined) return { row: file.row, state: "missing", size: 0, checksum: "" };
  const content = settings.bundling ? await unlessEmpty(opened) : opened;
  if (content === undefined) return { row: file.row, state: "copied", size: 0, checksum: EMPTY_SHA1 };
  return file.priorChecksum !== undefined && file.size <= PIECE_SIZE
    ? await storeIfChanged(content, file, { ...tools, place, storing, priorChecksum: file.priorChecksum })
    : await store(content, file, { ...tools, place, stages });
}

/** The outcome for a file whose source tells, or whose stored bytes tell, that nothing has to be stored. */
export async function withoutCopying(file: CopyFile, tools: CopyTools): Promise<CopiedFile | undefined> {
  const { kept, priorChecksum, row, size } = file;
  const { delta } = tools.settings;
  // Of a file in blocks the map tells while it is read.
  const isBig = size > PIECE_SIZE && file.block?.prior === undefined;
  const compared = delta && (kept !== undefined || priorChecksum !== undefined && isBig);
  const now = compared ? await hashSource(file, tools) : undefined;
  if (compared && now === undefined) return { row, state: "missing", size: 0, checksum: "" };
  if (now !== undefined && now === priorChecksum) {
    tools.services.progress(size);
    return { row, state: "same", size, checksum: now };
  }
  if (kept === undefined || now !== undefined && now !== kept.checksum) return undefined;
  if (!await isStoredWell(file, kept, tools)) return undefined;
  tools.services.progress(size);
  return { row, state: "kept", ...kept };
}

/** SHA-1 of a source as far as it is copied; undefined when it vanished. */
async function hashSource(file: CopyFile, tools: CopyTools): Promise<string | undefined> {
  const stages: StageSpec[] = [{ stage: "sha1" }];
  using opened = await openFile(file, { ...tools, stages, discard: true });
  if (opened === undefined) return undefined;
  const options = { name: file.name, check: tools.services.checkCancelled };
  const { results } = await stagedTransfer(opened, { write: () => {} }, stages, options);
  return sha1Of(results);
}

/** Where a file goes, and by which stages. */
interface Storing extends CopyTools {
  place: FilePlace;
}

async function store(
  opened: OpenedFile,
  file: CopyFile,
  { settings, services, place, stages }: Storing & { stages: SidedStages },
): Promise<CopiedFile | undefined> {
  const delivered = await deliver(opened, place, stages, {
    name: file.name,
    signal: services.signal,
    check: services.checkCancelled,
    onRead: services.progress,
    ...keyServices(settings.passphrase),
  });
  const read = { size: delivered.size, ...readResults(delivered.atSource) };
  return await ended(file, { place, read, delivered });
}

/** A small file is looked at before it is stored: touched is not changed. */
async function storeIfChanged(
  opened: OpenedFile,
  file: CopyFile,
  { settings, services, place, storing, priorChecksum }: Storing & { storing: SidedStages; priorChecksum: string },
): Promise<CopiedFile | undefined> {
  const { bytes, results, read } = await readSmall(opened, file, { settings, services });
  if (isSame(file, read, priorChecksum)) return { row: file.row, state: "same", ...read };
  // What another host has compressed already is only to be stored.
  const stages = opened.staged ? { ...storing, atSource: [] } : storing;
  const delivered = await deliver({ source: oneChunk(bytes), staged: false }, place, stages, {
    name: file.name,
    ...keyServices(settings.passphrase),
  });
  if (opened.staged) delivered.atSource = results;
  return await ended(file, { place, read, delivered });
}

/** A small file as it comes from its host, and what was learned of its plain bytes. */
export async function readSmall(
  opened: OpenedFile,
  file: CopyFile,
  { settings, services }: Pick<CopyTools, "settings" | "services">,
): Promise<{ bytes: Chunk; results: StageResult[]; read: ReadFile }> {
  const options = { name: file.name, onRead: services.progress, check: services.checkCancelled };
  const chunks: Chunk[] = [];
  const keep = { write: (chunk: Chunk) => void chunks.push(chunk) };
  const { results, size } = await stagedTransfer(opened, keep, readingStages(file, settings), options);
  return { bytes: joinChunks(chunks), results, read: { size, ...readResults(results) } };
}

/** Whether a file has the bytes that the prior backup has of it. */
export function isSame(file: CopyFile, { size, checksum }: ReadFile, priorChecksum: string | undefined): boolean {
  return size === file.size && checksum === priorChecksum;
}

/** Ends the place of a file, unless nothing came to it because no block has changed. */
export async function ended(
  file: CopyFile,
  { place, read, delivered }: {
    place: FilePlace;
    read: ReadFile;
    delivered: Delivered;
  },
): Promise<CopiedFile | undefined> {
  const { row } = file;
  const { changed, block } = blockResult(file, delivered.atSource);
  if (!changed) return read.checksum === file.block?.prior?.checksum ? { row, state: "same", ...read } : undefined;
  const there = await place.commit();
  return {
    row,
    state: "copied",
    ...(place.bundle === undefined ? {} : { bundle: place.bundle }),
    ...(block === undefined ? {} : { block }),
    ...read,
    ...storedResults([...delivered.atTarget, ...there]),
  };
}
