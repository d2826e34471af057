import { asError, type BackRestError, errorText } from "../../error.ts";
import { type ArchiveInfo, readArchiveInfo } from "../../repository/info/archive_info.ts";
import { type BackupInfo, readBackupInfo } from "../../repository/info/backup_info.ts";
import { isOfTheWay } from "../../repository/info/copies.ts";
import { type ClusterEntry, type ClusterHistory, currentCluster } from "../../repository/info/history.ts";
import { archiveInfoPath, backupInfoPath, copyOf } from "../../repository/layout.ts";
import { describePath, readInfoFile, type Repository } from "../../repository/repository.ts";
import { baseOf } from "../../storage/path.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { Findings } from "./findings.ts";
import type { Refusal } from "./result.ts";

/** The info files of a stanza, or why nothing can be verified with them; the lines are the peer's. */
export type InfoFiles = { archive: ArchiveInfo; backup: BackupInfo } | { refused: Refusal };

/** Loads both info files and compares each with its copy. Copies that cannot be used or differ are warnings. */
export async function loadInfoFiles(repository: Repository, findings: Findings): Promise<InfoFiles> {
  const { stanza } = repository;
  const backup = await loadPair(repository, { path: backupInfoPath(stanza), read: readBackupInfo, findings });
  const archive = await loadPair(repository, { path: archiveInfoPath(stanza), read: readArchiveInfo, findings });
  if (backup === undefined || archive === undefined) {
    return refuse([
      ...(backup === undefined ? ["  No usable backup.info file"] : []),
      ...(archive === undefined ? ["  No usable archive.info file"] : []),
    ]);
  }
  const mismatch = historyMismatch(archive, backup);
  return mismatch === undefined ? { archive, backup } : refuse(mismatch.split("\n"));
}

function refuse(lines: string[]): { refused: Refusal } {
  return { refused: { kind: "fileInvalid", lines } };
}

interface InfoPair<T> {
  path: string;
  read(pieces: Chunk[], options: { file: string }): Promise<T>;
  findings: Findings;
}

async function loadPair<T>(repository: Repository, pair: InfoPair<T>): Promise<T | undefined> {
  const { path, findings } = pair;
  const main = await loadOne(repository, path, pair);
  const copy = await loadOne(repository, copyOf(path), pair);
  if ("error" in main && !("error" in copy)) {
    findings.warn(
      `${baseOf(path)} is missing or unusable, using copy\nHINT: the next backup or expire writes it again.`,
    );
    return copy.value;
  }
  if ("error" in main) return undefined;
  if (!("error" in copy) && !isEqual(main.bytes, copy.bytes)) {
    findings.warn(`${baseOf(path)}.copy does not match ${baseOf(path)}`);
  }
  return main.value;
}

async function loadOne<T>(
  repository: Repository,
  path: string,
  { read, findings }: InfoPair<T>,
): Promise<{ value: T; bytes: Chunk } | { error: BackRestError }> {
  try {
    const bytes = await readInfoFile(repository, path);
    return { value: await read([bytes], { file: describePath(repository, path) }), bytes };
  } catch (thrown) {
    const error = asError(thrown);
    if (isOfTheWay(error)) throw error;
    findings.warn(errorText(error));
    return { error };
  }
}

/** Why the two files cannot be of one stanza; the wording is the peer's. */
export function historyMismatch(archive: ClusterHistory, backup: ClusterHistory): string | undefined {
  const [current, expected] = [currentCluster(archive), currentCluster(backup)];
  if (describe(current) !== describe(expected)) {
    return "backup info file and archive info file do not match\n" +
      `archive: ${describe(current)}\nbackup : ${describe(expected)}\n` +
      "HINT: this may be a symptom of repository corruption!";
  }
  const same = archive.entries.map(describe).join("\n") === backup.entries.map(describe).join("\n");
  return same ? undefined : "archive and backup history lists do not match";
}

function describe({ id, version, systemId }: ClusterEntry): string {
  return `id = ${id}, version = ${version}, system-id = ${systemId}`;
}

function isEqual(a: Chunk, b: Chunk): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
