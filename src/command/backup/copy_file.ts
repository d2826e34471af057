import type { JobServices } from "../../process/job.ts";
import { EMPTY_SHA1 } from "../../repository/manifest/file_data.ts";
import { keyServices, type Repository } from "../../repository/repository.ts";
import type { Source, Storage } from "../../storage/storage.ts";
import { readAll, sha1Of, transfer } from "../../storage/transfer.ts";
import { PIECE_SIZE } from "../../stream/chunk.ts";
import type { CopiedFile, CopyFile, CopySettings } from "./copy_job.ts";
import { readingStages, readResults, storedResults, storingStages } from "./file_stages.ts";
import { isStoredWell } from "./kept_file.ts";
import { oneChunk, openFile, unlessEmpty } from "./source_file.ts";
import { type CopyTarget, deliver, type FilePlace } from "./target.ts";

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
  using opened = await openFile(file, tools);
  if (opened === undefined) return { row: file.row, state: "missing", size: 0, checksum: "" };
  const source = tools.settings.bundling ? await unlessEmpty(opened) : opened;
  if (source === undefined) return { row: file.row, state: "copied", size: 0, checksum: EMPTY_SHA1 };
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
  if (!await isStoredWell(file, kept, tools)) return undefined;
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

async function store(source: Source, file: CopyFile, { settings, target, services }: CopyTools): Promise<CopiedFile> {
  await using place = target.place(file);
  const storing = storingStages(settings, { bundled: place.bundle !== undefined });
  const stages = { ...storing, atSource: [...readingStages(file, settings), ...storing.atSource] };
  const { atSource, atTarget, size } = await deliver(source, place, stages, {
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
  source: Source,
  file: CopyFile,
  { settings, target, services, priorChecksum }: CopyTools & { priorChecksum: string },
): Promise<CopiedFile> {
  const options = { name: file.name, onRead: services.progress, check: services.checkCancelled };
  const { bytes, results } = await readAll(source, readingStages(file, settings), options);
  const read = readResults(results);
  if (bytes.length === file.size && read.checksum === priorChecksum) {
    return { row: file.row, state: "same", size: file.size, ...read };
  }
  await using place = target.place(file);
  const storing = storingStages(settings, { bundled: place.bundle !== undefined });
  const { atTarget } = await deliver(oneChunk(bytes), place, storing, {
    name: file.name,
    ...keyServices(settings.passphrase),
  });
  await place.commit();
  return { ...stored(file, place), size: bytes.length, ...read, ...storedResults(atTarget) };
}

function stored({ row }: CopyFile, { bundle }: FilePlace): Pick<CopiedFile, "row" | "state" | "bundle"> {
  return { row, state: "copied", ...(bundle === undefined ? {} : { bundle }) };
}
