import type { JobServices } from "../../process/job.ts";
import { EMPTY_SHA1 } from "../../repository/manifest/file_data.ts";
import { keyServices, type Repository } from "../../repository/repository.ts";
import type { Storage } from "../../storage/storage.ts";
import { sha1Of } from "../../storage/transfer.ts";
import { type Chunk, joinChunks, PIECE_SIZE } from "../../stream/chunk.ts";
import type { StageSpec } from "../../stream/stage.ts";
import type { CopiedFile, CopyFile, CopySettings } from "./copy_job.ts";
import { readingStages, readResults, storedResults, storingStages } from "./file_stages.ts";
import { isStoredWell } from "./kept_file.ts";
import { oneChunk, type OpenedFile, openFile, unlessEmpty } from "./source_file.ts";
import { type CopyTarget, deliver, type FilePlace, type SidedStages, stagedTransfer } from "./target.ts";

/** What copying works with in its worker. */
export interface CopyTools {
  settings: CopySettings;
  repository: Repository;
  /** The data folder. */
  source: Storage;
  target: CopyTarget;
  services: JobServices;
}

/**
 * Copies one file into the backup, unless it need not be: it is as in the prior backup, or a run that broke off stored it.
 * A file that vanished is no error; pg_control cannot.
 */
export async function copyFile(file: CopyFile, tools: CopyTools): Promise<CopiedFile> {
  const early = await withoutCopying(file, tools);
  if (early !== undefined) return early;
  const { settings, target } = tools;
  const storing = storingStages(settings, { bundled: target.isBundle });
  const stages = { ...storing, atSource: [...readingStages(file, settings), ...storing.atSource] };
  using opened = await openFile(file, { ...tools, stages: stages.atSource });
  if (opened === undefined) return { row: file.row, state: "missing", size: 0, checksum: "" };
  const content = settings.bundling ? await unlessEmpty(opened) : opened;
  if (content === undefined) return { row: file.row, state: "copied", size: 0, checksum: EMPTY_SHA1 };
  const copied = file.priorChecksum !== undefined && file.size <= PIECE_SIZE
    ? await storeIfChanged(content, file, { ...tools, storing, priorChecksum: file.priorChecksum })
    : await store(content, file, { ...tools, stages });
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

async function store(
  opened: OpenedFile,
  file: CopyFile,
  { settings, target, services, stages }: CopyTools & { stages: SidedStages },
): Promise<CopiedFile> {
  await using place = target.place(file);
  const { atSource, atTarget, size } = await deliver(opened, place, stages, {
    name: file.name,
    signal: services.signal,
    check: services.checkCancelled,
    onRead: services.progress,
    ...keyServices(settings.passphrase),
  });
  await place.commit();
  return { ...stored(file, place), size, ...readResults(atSource), ...storedResults(atTarget) };
}

/** A small file is looked at before it is stored: touched is not changed. */
async function storeIfChanged(
  opened: OpenedFile,
  file: CopyFile,
  { settings, target, services, storing, priorChecksum }: CopyTools & { storing: SidedStages; priorChecksum: string },
): Promise<CopiedFile> {
  const options = { name: file.name, onRead: services.progress, check: services.checkCancelled };
  const chunks: Chunk[] = [];
  const keep = { write: (chunk: Chunk) => void chunks.push(chunk) };
  const { results, size } = await stagedTransfer(opened, keep, readingStages(file, settings), options);
  const read = readResults(results);
  if (size === file.size && read.checksum === priorChecksum) {
    return { row: file.row, state: "same", size, ...read };
  }
  await using place = target.place(file);
  // What another host has compressed already is only to be stored.
  const stages = opened.staged ? { ...storing, atSource: [] } : storing;
  const { atTarget } = await deliver({ source: oneChunk(joinChunks(chunks)), staged: false }, place, stages, {
    name: file.name,
    ...keyServices(settings.passphrase),
  });
  await place.commit();
  return { ...stored(file, place), size, ...read, ...storedResults(atTarget) };
}

function stored({ row }: CopyFile, { bundle }: FilePlace): Pick<CopiedFile, "row" | "state" | "bundle"> {
  return { row, state: "copied", ...(bundle === undefined ? {} : { bundle }) };
}
