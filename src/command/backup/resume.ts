import type { Logger } from "../../log.ts";
import { asError } from "../../error.ts";
import { isOfTheWay } from "../../repository/info/copies.ts";
import { WRITER } from "../../repository/info/container_write.ts";
import { type BackupType, compareLabels, parseLabel } from "../../repository/label.ts";
import { copyOf, labelFolder, manifestPath } from "../../repository/layout.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import { FileTable } from "../../repository/manifest/file_table.ts";
import type { ManifestHeader } from "../../repository/manifest/header.ts";
import { openManifestStream } from "../../repository/manifest/stream.ts";
import { storedPieces } from "../../repository/manifest_file.ts";
import { describePath, type Repository } from "../../repository/repository.ts";
import { decryptStages } from "../../repository/stored_file.ts";
import { readingPlaces } from "../../storage/elsewhere.ts";
import type { CompressType } from "../../stream/stage.ts";
import { labelFolders } from "../stanza/reconciled.ts";
import { JOURNAL_NAME, readJournal } from "./journal.ts";

/** What a backup that goes on has to share with the one that broke off. */
export interface ResumeWish {
  type: BackupType;
  prior?: string | undefined;
  /** Labels of the chain without the new backup itself. */
  references: readonly string[];
  compressType: CompressType;
  /** Passphrase the files of a diff or incr share with their set; a full backup keeps the one it began with. */
  cipherPass?: string | undefined;
  encrypted: boolean;
  bundle: boolean;
  blockIncr: boolean;
}

/** A backup that broke off and can go on. */
export interface Leftover {
  label: string;
  cipherPass?: string;
  /** Files it finished, as its journal tells. */
  finished: FileTable;
}

/** Why a leftover cannot go on, or undefined when it can. */
export function refusal(header: ManifestHeader & { writer: string }, wish: ResumeWish): string | undefined {
  const { backup, options } = header;
  const before = backup.references.filter((label) => label !== backup.label);
  const checks: [boolean, string][] = [
    [header.writer === WRITER, `it was made by '${header.writer}', this is '${WRITER}'`],
    [backup.type === wish.type, `it is of type ${backup.type}, this one is ${wish.type}`],
    [
      backup.prior === wish.prior,
      `its prior backup is ${backup.prior ?? "none"}, now it would be ${wish.prior ?? "none"}`,
    ],
    [before.join() === wish.references.join(), "it refers to other backups"],
    [
      options.compressType === wish.compressType,
      `its compress-type is ${options.compressType}, now ${wish.compressType}`,
    ],
    [(header.cipherPass !== undefined) === wish.encrypted, "its encryption differs"],
    [wish.type === "full" || header.cipherPass === wish.cipherPass, "its passphrase differs"],
    [backup.bundle === wish.bundle && backup.blockIncr === wish.blockIncr, "bundles or block incremental differ"],
  ];
  return checks.find(([holds]) => !holds)?.[1];
}

/** The newest label folder when it holds no finished backup: what a run that broke off left behind. */
export async function findUnfinished(repository: Repository): Promise<string | undefined> {
  const newest = (await labelFolders(repository)).toSorted(compareLabels).at(-1);
  if (newest === undefined) return undefined;
  const finished = await repository.storage.info(manifestPath(repository.stanza, newest));
  return finished === undefined ? newest : undefined;
}

/**
 * The leftover of a run that broke off, if this one can continue it; otherwise it is removed with a word why. `newest` are the
 * greatest other labels: a label that is not the greatest would hide the backup behind older ones.
 */
export async function takeUpLeftover(
  repository: Repository,
  wish: ResumeWish,
  tools: { resume: boolean; passphrase: string | undefined; log: Logger },
): Promise<Leftover | undefined> {
  const label = await findUnfinished(repository);
  if (label === undefined) return undefined;
  const { reason, cipherPass } = await examine(repository, { label, wish, ...tools });
  if (reason === undefined) {
    tools.log.warn(
      `resumable backup ${label} of same type exists -- invalid files will be removed then the backup will resume`,
    );
    const finished = await readFinished(repository, label, tools.passphrase);
    return { label, finished, ...(cipherPass === undefined ? {} : { cipherPass }) };
  }
  const level = wish.type === "full" && tools.resume ? "warn" : "info";
  tools.log.log(level, `backup '${label}' cannot be resumed: ${reason}`);
  await repository.storage.removeTree(labelFolder(repository.stanza, label));
  return undefined;
}

async function examine(
  repository: Repository,
  { label, wish, resume, passphrase }: {
    label: string;
    wish: ResumeWish;
    resume: boolean;
    passphrase: string | undefined;
  },
): Promise<{ reason?: string; cipherPass?: string | undefined }> {
  const path = copyOf(manifestPath(repository.stanza, label));
  if (!resume) return { reason: "option resume is off" };
  if (await repository.storage.info(path) === undefined) {
    return { reason: "partially deleted by prior resume or invalid" };
  }
  const set = wish.prior === undefined ? undefined : parseLabel(wish.prior)?.full;
  if (set !== undefined && parseLabel(label)?.full !== set) return { reason: "it belongs to another set" };
  try {
    const file = describePath(repository, path);
    const stream = await openManifestStream(storedPieces(repository, path, passphrase), { file });
    for await (const _ of stream.files) { /* read to the end, where the checksum is proven */ }
    const reason = refusal({ ...stream.header, writer: stream.writer }, wish);
    return { ...(reason === undefined ? {} : { reason }), cipherPass: stream.header.cipherPass };
  } catch (thrown) {
    const error = asError(thrown);
    if (isOfTheWay(error)) throw error;
    return { reason: `unable to read its manifest: ${error.message}` };
  }
}

async function readFinished(repository: Repository, label: string, passphrase: string | undefined): Promise<FileTable> {
  const path = `${labelFolder(repository.stanza, label)}/${JOURNAL_NAME}`;
  const finished = new FileTable();
  if (await repository.storage.info(path) === undefined) return finished;
  const { storage } = repository;
  const { there: stages } = readingPlaces(decryptStages(passphrase, "backupInfo"));
  using source = await storage.read(path, { stages });
  const own = stages.length === 0 ? passphrase : undefined;
  for await (const { name, data } of readJournal(source, own)) finished.append(name, data);
  return finished;
}

/**
 * What is known of a finished file that may be kept: of the same size and, unless files are compared by their bytes, with
 * the same time as when it was listed. Its stored bytes are still to be proven.
 */
export function keepable(
  files: FileTable,
  row: number,
  { finished, delta }: { finished: FileTable; delta: boolean },
): FileData | undefined {
  const before = finished.find(files.nameBytes(row));
  if (before === undefined) return undefined;
  const data = finished.stored(before);
  if (data.size === 0 || data.reference !== undefined) return undefined;
  if ((data.originalSize ?? data.size) !== files.size(row)) return undefined;
  return delta || data.time === files.time(row) ? data : undefined;
}
