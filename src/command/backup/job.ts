import { openRepository, workerConfiguration } from "../../context.ts";
import { BackRestError } from "../../error.ts";
import { CONTROL_FILE_SIZE, CONTROL_PATH, controlFile } from "../../postgres/control.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";
import type { Job, JobServices } from "../../process/job.ts";
import { storedName } from "../../repository/layout.ts";
import { encryptStages, keyServices, type Repository } from "../../repository/repository.ts";
import { posixStorage } from "../../storage/posix.ts";
import type { Source, Storage } from "../../storage/storage.ts";
import { countOf, sha1Of, transfer, type Transferred } from "../../storage/transfer.ts";
import type { CompressType, PageReport, StageSpec } from "../../stream/stage.ts";
import { readControl } from "../cluster/connect.ts";

/** A file to copy. Sizes in bytes. */
export interface CopyFile {
  /** Row in the manifest. */
  row: number;
  /** Manifest name. */
  name: string;
  /** Size when the file was listed. */
  size: number;
  /** Present where pages carry checksums. */
  pages?: { segment: number };
  /** True when growth after the listing is left to the WAL. */
  limit: boolean;
}

/** What is the same for all files of a backup. */
export interface CopySettings {
  repoKey: number;
  pgPath: string;
  pageSize: number;
  /** Pages in a full segment of a relation. */
  segmentPages: number;
  headerCheck: boolean;
  /** Folder of the backup in the repository. */
  folder: string;
  compressType: CompressType;
  compressLevel: number;
  /** Passphrase of the files of this set. */
  passphrase?: string;
}

/** Copies some files of a cluster into a backup. */
export interface CopyJob extends Job {
  kind: "backup-copy";
  settings: CopySettings;
  files: CopyFile[];
}

/** What came of one file. */
export interface CopiedFile {
  row: number;
  state: "copied" | "missing";
  /** Bytes copied. */
  size: number;
  checksum: string;
  /** As stored, where compression or encryption changed it. */
  repoSize?: number;
  repoChecksum?: string;
  pages?: PageReport;
}

/** Runs in a worker: each file is read once and written once. */
export async function run(job: CopyJob, services: JobServices): Promise<CopiedFile[]> {
  const repository = openRepository(workerConfiguration(services.setup), job.settings.repoKey);
  const source = posixStorage(job.settings.pgPath);
  const copied: CopiedFile[] = [];
  for (const file of job.files) {
    services.checkCancelled();
    copied.push(await copyFile(file, { settings: job.settings, repository, source, services }));
  }
  return copied;
}

interface CopyTools {
  settings: CopySettings;
  repository: Repository;
  source: Storage;
  services: JobServices;
}

async function copyFile(file: CopyFile, tools: CopyTools): Promise<CopiedFile> {
  const { settings, repository, services } = tools;
  const source = await openFile(file, tools);
  if (source === undefined) return { row: file.row, state: "missing", size: 0, checksum: "" };
  using _opened = source;
  const path = `${settings.folder}/${storedName({ name: file.name }, settings.compressType)}`;
  await using sink = await repository.storage.write(path, { how: "inPlace" });
  const { specs, transformed } = stagesOf(file, settings);
  const done = await transfer(source, sink, specs, {
    name: file.name,
    signal: services.signal,
    check: services.checkCancelled,
    onRead: services.progress,
    ...keyServices(settings.passphrase),
  });
  await sink.commit();
  return resultOf(file, done, transformed);
}

/** The file as a source; undefined when it vanished, which only pg_control may not. */
async function openFile(file: CopyFile, { settings, source }: CopyTools): Promise<Source | undefined> {
  if (file.name === `${DATA_TARGET}/${CONTROL_PATH}`) {
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

/** Where a manifest name is below the data folder; the links there lead to tablespaces and other places. */
export function sourcePath(name: string): string {
  return name.startsWith(`${DATA_TARGET}/`) ? name.slice(DATA_TARGET.length + 1) : name;
}

function stagesOf(file: CopyFile, settings: CopySettings): { specs: StageSpec[]; transformed: boolean } {
  const { compressType: type, compressLevel: level, pageSize, segmentPages, headerCheck, passphrase } = settings;
  const transformed = type !== "none" || passphrase !== undefined;
  const pages: StageSpec[] = file.pages === undefined
    ? []
    : [{ stage: "pageChecksum", pageSize, segment: file.pages.segment, segmentPages, headerCheck }];
  const storing: StageSpec[] = transformed
    ? [{ stage: "compress", type, level }, ...encryptStages(passphrase, "set"), { stage: "sha1" }, { stage: "count" }]
    : [];
  return { specs: [...pages, { stage: "sha1" }, ...storing], transformed };
}

function resultOf({ row }: CopyFile, { results, size }: Transferred, transformed: boolean): CopiedFile {
  const pages = results.find((result) => result.stage === "pageChecksum")?.value;
  return {
    row,
    state: "copied",
    size,
    checksum: sha1Of(results),
    ...(transformed ? { repoSize: countOf(results), repoChecksum: sha1Of(results, 1) } : {}),
    ...(pages === undefined ? {} : { pages }),
  };
}
