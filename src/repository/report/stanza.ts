import type { ArchiveInfo } from "../info/archive_info.ts";
import { type BackupInfo, findBackup } from "../info/backup_info.ts";
import type { BackupRecord } from "../info/backup_record.ts";
import { archiveId, type ClusterIdentity, currentCluster, isSameCluster } from "../info/history.ts";
import type { BackupType } from "../label.ts";
import type { SegmentRun } from "../wal/segment.ts";
import type { ArchiveRanges } from "./archive_ranges.ts";
import type { BackupDetails } from "./details.ts";

/** Encryption of a repository. */
export type CipherType = "none" | "aes-256-cbc";

/** Bytes a running command has to move, and has moved. */
export interface Progress {
  size: number;
  sizeComplete: number;
}

/** A lock of this host: whether it is held, and how far its holder is, where that is known. */
export interface LockState {
  held: boolean;
  progress?: Progress;
  /** Hundredths of a percent done: all that pgBackRest 2.45 tells of its progress. */
  hundredths?: number;
}

/** What was found of a stanza in one repository. */
export interface RepositoryFinding {
  key: number;
  cipher: CipherType;
  backupLock: LockState;
  found:
    | { state: "loaded"; archive: ArchiveInfo; backup: BackupInfo; wal: readonly WalBounds[] }
    /** The repository has no folder of the stanza. */
    | { state: "noPath" }
    /** The folder is there, but no info file. */
    | { state: "noData" }
    /** Anything else that went wrong: name of the error and message with hints. */
    | { state: "failed"; message: string };
}

/** First and last segment of an archive id and, where all names were looked at, what is in between. */
export interface WalBounds extends Partial<ArchiveRanges> {
  archiveId: string;
  min?: string;
  max?: string;
  /** What archive-push gave up because of archive-push-queue-max. */
  dropped?: SegmentRun[];
}

/** What of the findings is asked for. */
export interface ReportRequest {
  type?: BackupType;
  /** One backup, with what its manifest says of it by repository key; a repository without its manifest does not have it. */
  set?: { label: string; details: ReadonlyMap<number, BackupDetails> };
}

/** Everything `info` says of a stanza. */
export interface StanzaReport {
  name: string;
  cipher: CipherType | "mixed";
  status: Status;
  repositories: RepositoryStatus[];
  backupLock: LockState;
  restoreLock: LockState;
  /** The cluster the first repository that could be read has as its current one. */
  current?: ClusterIdentity;
  databases: (ClusterIdentity & { id: number; repositoryKey: number })[];
  archives: (WalBounds & { clusterId: number; repositoryKey: number })[];
  backups: ReportedBackup[];
  /** True when only one backup was asked for. */
  singleSet: boolean;
}

/** State of a stanza in one repository. */
export interface RepositoryStatus {
  key: number;
  cipher: CipherType;
  status: Status;
  backupLock: LockState;
}

/** A backup and where it is. */
export interface ReportedBackup {
  repositoryKey: number;
  record: BackupRecord;
  details?: BackupDetails;
}

/** Code and message of a state; the messages of the codes are fixed, but that of a failed repository. */
export interface Status {
  code: number;
  message: string;
}

/** Codes of states. */
export const STATUS = {
  ok: 0,
  noPath: 1,
  noBackup: 2,
  noData: 3,
  mixed: 4,
  databaseMismatch: 5,
  noSet: 6,
  other: 99,
} as const;

const MESSAGES: Readonly<Record<number, string>> = {
  0: "ok",
  1: "missing stanza path",
  2: "no valid backups",
  3: "missing stanza data",
  4: "different across repos",
  5: "database mismatch across repos",
  6: "requested backup not found",
  99: "other",
};

type Loaded = Extract<RepositoryFinding["found"], { state: "loaded" }> & { key: number };

/** Puts together what was found of a stanza in all repositories, in order of their keys. */
export function stanzaReport(
  name: string,
  findings: readonly RepositoryFinding[],
  { request, restoreLock }: { request: ReportRequest; restoreLock: LockState },
): StanzaReport {
  const loaded = findings.flatMap(({ key, found }) => found.state === "loaded" ? [{ key, ...found }] : []);
  const { set } = request;
  const isSetFound = set === undefined ||
    loaded.some(({ key, backup }) => set.details.has(key) && findBackup(backup, set.label) !== undefined);
  const shown = isSetFound ? loaded : [];
  const first = shown[0];
  const repositories = findings.map(({ key, cipher, found, backupLock }) => ({
    key,
    cipher,
    backupLock,
    status: isSetFound || found.state !== "loaded" ? repositoryStatus(found) : status(STATUS.noSet),
  }));
  return {
    name,
    cipher: commonOf(findings.map(({ cipher }) => cipher)) ?? "mixed",
    status: stanzaStatus(repositories, shown),
    repositories,
    backupLock: sumOf(findings.map(({ backupLock }) => backupLock)),
    restoreLock,
    ...(first === undefined ? {} : { current: currentCluster(first.backup) }),
    databases: shown.flatMap(databasesOf),
    archives: shown.flatMap(archivesOf),
    backups: mergedBackups(shown, request),
    singleSet: set !== undefined,
  };
}

function repositoryStatus(found: RepositoryFinding["found"]): Status {
  switch (found.state) {
    case "noPath":
      return status(STATUS.noPath);
    case "noData":
      return status(STATUS.noData);
    case "failed":
      return { code: STATUS.other, message: found.message };
    case "loaded":
      return status(found.backup.backups.length === 0 ? STATUS.noBackup : STATUS.ok);
  }
}

/** The common state of all repositories; that they are of different clusters outweighs everything. */
function stanzaStatus(repositories: readonly RepositoryStatus[], loaded: readonly Loaded[]): Status {
  const [first, ...others] = loaded.map(({ backup }) => currentCluster(backup));
  if (first !== undefined && others.some((other) => !isSameCluster(first, other))) {
    return status(STATUS.databaseMismatch);
  }
  return status(commonOf(repositories.map((repository) => repository.status.code)) ?? STATUS.mixed);
}

function databasesOf({ key, backup }: Loaded): StanzaReport["databases"] {
  return backup.entries.map(({ id, systemId, version }) => ({ id, systemId, version, repositoryKey: key }));
}

/** Archive ids with WAL or in want of it, and the current one in any case. */
function archivesOf({ key, archive, wal }: Loaded): StanzaReport["archives"] {
  return archive.entries.flatMap((cluster) => {
    const id = archiveId(cluster);
    const bounds = wal.find((each) =>
      each.archiveId === id && (each.min !== undefined || each.missing?.length || each.dropped?.length)
    );
    if (bounds === undefined && cluster.id !== archive.currentId) return [];
    return [{ ...(bounds ?? { archiveId: id }), clusterId: cluster.id, repositoryKey: key }];
  });
}

/** Backups of all repositories; each repository's stay in order, and of their heads the one that stopped first comes first. */
function mergedBackups(loaded: readonly Loaded[], { type, set }: ReportRequest): ReportedBackup[] {
  const queues = loaded.map(({ key, backup }) =>
    backup.backups
      .filter((record) =>
        (type === undefined || record.type === type) && (set === undefined || record.label === set.label)
      )
      .filter(() => set === undefined || set.details.has(key))
      .map((record): ReportedBackup => ({ repositoryKey: key, record, ...detailsOf(set, key) }))
  );
  const merged: ReportedBackup[] = [];
  for (;;) {
    let next: ReportedBackup[] | undefined;
    for (const queue of queues) {
      if (queue.length > 0 && (next === undefined || queue[0]!.record.timeStop < next[0]!.record.timeStop)) {
        next = queue;
      }
    }
    if (next === undefined) return merged;
    merged.push(next.shift()!);
  }
}

function detailsOf(set: ReportRequest["set"], key: number): { details?: BackupDetails } {
  const details = set?.details.get(key);
  return details === undefined ? {} : { details };
}

/** Whether a backup is of a cluster. */
export function isBackupOf(
  report: StanzaReport,
  { record, repositoryKey }: ReportedBackup,
  cluster: ClusterIdentity,
): boolean {
  const own = report.databases.find(({ id, repositoryKey: key }) => key === repositoryKey && id === record.clusterId);
  return own !== undefined && isSameCluster(own, cluster);
}

function sumOf(locks: readonly LockState[]): LockState {
  const running = locks.flatMap(({ held, progress }) => held && progress !== undefined ? [progress] : []);
  const held = locks.some((lock) => lock.held);
  const hundredths = locks.find((lock) => lock.hundredths !== undefined)?.hundredths;
  if (running.length === 0) return { held, ...(hundredths === undefined ? {} : { hundredths }) };
  const add = (a: Progress, b: Progress): Progress => ({
    size: a.size + b.size,
    sizeComplete: a.sizeComplete + b.sizeComplete,
  });
  return { held, progress: running.reduce(add) };
}

function commonOf<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

function status(code: number): Status {
  return { code, message: MESSAGES[code]! };
}
