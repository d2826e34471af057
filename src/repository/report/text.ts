import type { ClusterIdentity } from "../info/history.ts";
import { isSameCluster } from "../info/history.ts";
import { type BackupType, typeOf } from "../label.ts";
import { printable } from "../raw_text.ts";
import { formatLsn } from "../wal/lsn.ts";
import type { BackupDetails } from "./details.ts";
import type { ReportOptions } from "./json.ts";
import { percentText, sizeText, timeText } from "./size_text.ts";
import { isBackupOf, type LockState, type ReportedBackup, type StanzaReport, STATUS } from "./stanza.ts";
import { boundsLine, droppedLines, holeLines, rangeLines } from "./wal_text.ts";

/** All stanzas as `info` prints them for people, with a line feed at the end. */
export function reportText(reports: readonly StanzaReport[], options: ReportOptions): string {
  if (reports.length === 0) return "No stanzas exist in the repository.\n";
  return reports.map((report) => stanzaLines(report, options).join("\n") + "\n").join("\n");
}

function stanzaLines(report: StanzaReport, { level, ranges = false }: ReportOptions): string[] {
  const lines = [`stanza: ${report.name}`, ...statusLines(report)];
  if (level === "progress") return lines;
  if (report.status.code !== STATUS.noPath) lines.push(...cipherLines(report));
  for (const group of clusterGroups(report)) lines.push(...groupLines(report, { ...group, ranges }));
  return lines;
}

function statusLines(report: StanzaReport): string[] {
  const { code, message } = report.status;
  const progress = progressText(report);
  const said = [...(code === STATUS.ok || code === STATUS.mixed ? [] : [message]), ...progress].join(", ");
  const word = code === STATUS.ok ? "ok" : code === STATUS.mixed ? "mixed" : "error";
  const lines = [`    status: ${word}${said === "" ? "" : ` (${said})`}`, ...repositoryProgress(report)];
  if (report.repositories.length === 1) {
    return code === STATUS.other ? [...lines, ...indented(report.repositories[0]!.status.message, 12)] : lines;
  }
  const differs = [STATUS.mixed, STATUS.databaseMismatch, STATUS.other].some((each) => each === code);
  return differs ? [...lines, ...report.repositories.flatMap(repositoryStatus)] : lines;
}

function repositoryStatus({ key, status }: StanzaReport["repositories"][number]): string[] {
  if (status.code === STATUS.ok) return [`        repo${key}: ok`];
  if (status.code !== STATUS.other) return [`        repo${key}: error (${status.message})`];
  return [`        repo${key}: error (other)`, ...indented(status.message, 15)];
}

function progressText({ backupLock, restoreLock }: StanzaReport): string[] {
  return [...runningText("backup/expire", backupLock), ...runningText("restore", restoreLock)];
}

function runningText(what: string, lock: LockState): string[] {
  const share = shareText(lock);
  return lock.held ? [`${what} running${share === undefined ? "" : ` - ${share} complete`}`] : [];
}

function shareText({ progress, hundredths }: LockState): string | undefined {
  if (progress !== undefined) return percentText(progress.sizeComplete, progress.size);
  return hundredths === undefined ? undefined : percentText(hundredths, 10_000);
}

/** Shares of single repositories, where more than one is being backed up to. */
function repositoryProgress({ repositories }: StanzaReport): string[] {
  const rows = repositories.flatMap(({ key, backupLock: { held, progress } }) =>
    held && progress !== undefined
      ? [`        repo${key} backup: ${percentText(progress.sizeComplete, progress.size)} complete`]
      : []
  );
  return rows.length > 1 ? rows : [];
}

function cipherLines({ cipher, repositories }: StanzaReport): string[] {
  const rows = cipher === "mixed" ? repositories.map((each) => `        repo${each.key}: ${each.cipher}`) : [];
  return [`    cipher: ${cipher}`, ...rows];
}

/** Clusters in the order they are known, the current one last; of one backup only its own. */
function clusterGroups(report: StanzaReport): { cluster: ClusterIdentity; title: string }[] {
  const { current } = report;
  if (current === undefined) return [];
  const priors: ClusterIdentity[] = [];
  for (const database of report.databases) {
    if (![current, ...priors].some((known) => isSameCluster(known, database))) priors.push(database);
  }
  const groups = [...priors.map((cluster) => ({ cluster, title: "prior" })), { cluster: current, title: "current" }];
  return groups.filter(({ cluster }) => {
    if (hasBackups(report, cluster)) return true;
    return !report.singleSet && (cluster === current || archivesOf(report, cluster).length > 0);
  });
}

function hasBackups(report: StanzaReport, cluster: ClusterIdentity): boolean {
  return report.backups.some((backup) => isBackupOf(report, backup, cluster));
}

function archivesOf(report: StanzaReport, cluster: ClusterIdentity): StanzaReport["archives"] {
  return report.archives.filter((archive) =>
    report.databases.some((database) =>
      database.repositoryKey === archive.repositoryKey && database.id === archive.clusterId &&
      isSameCluster(database, cluster)
    )
  );
}

function groupLines(
  report: StanzaReport,
  { cluster, title, ranges }: { cluster: ClusterIdentity; title: string; ranges: boolean },
): string[] {
  const archives = archivesOf(report, cluster);
  const { version } = cluster;
  const backups = report.backups.filter((backup) => isBackupOf(report, backup, cluster));
  const wal = [
    boundsLine(archives, version),
    ...(ranges ? rangeLines(archives, version) : []),
    ...holeLines(archives, version),
    ...droppedLines(archives, { version, backups: backups.map(({ record }) => record) }),
  ];
  return ["", `    db (${title})`, ...wal.map((line) => `        ${line}`), ...backups.flatMap(backupLines)];
}

function backupLines({ record, repositoryKey, details }: ReportedBackup): string[] {
  const { walStart, walStop, repoSize, repoSizeDelta, repoSizeMap } = record;
  const setSize = repoSizeMap === undefined ? `backup set size: ${sizeText(repoSize)}, ` : "";
  const lines = [
    `timestamp start/stop: ${timeText(record.timeStart)} / ${timeText(record.timeStop)}`,
    `wal start/stop: ${walStart === undefined || walStop === undefined ? "n/a" : `${walStart} / ${walStop}`}`,
    ...(details === undefined ? [] : lsnLines(record)),
    `database size: ${sizeText(record.size)}, database backup size: ${sizeText(record.sizeDelta)}`,
    `repo${repositoryKey}: ${setSize}backup size: ${sizeText(repoSizeDelta)}`,
    ...(details === undefined ? [...referenceTotal(record), ...errorLines(record, [])] : detailLines(record, details)),
  ];
  return ["", `        ${record.type} backup: ${record.label}`, ...lines.map((line) => `            ${line}`)];
}

function lsnLines({ lsnStart, lsnStop }: ReportedBackup["record"]): string[] {
  return lsnStart === undefined || lsnStop === undefined
    ? []
    : [`lsn start/stop: ${formatLsn(lsnStart)} / ${formatLsn(lsnStop)}`];
}

function referenceTotal({ references }: ReportedBackup["record"]): string[] {
  const count = (type: BackupType): number => references.filter((label) => typeOf(label) === type).length;
  const totals = (["full", "diff", "incr"] as const).flatMap((type) =>
    count(type) > 0 ? [`${count(type)} ${type}`] : []
  );
  return totals.length === 0 ? [] : [`backup reference total: ${totals.join(", ")}`];
}

function detailLines(record: ReportedBackup["record"], details: BackupDetails): string[] {
  const { databases, links, tablespaces, errorFiles } = details;
  const databaseList = databases.map(({ name, oid }) => `${printable(name)} (${oid})`).join(", ");
  return [
    ...(record.references.length === 0 ? [] : [`backup reference list: ${record.references.join(", ")}`]),
    `database list: ${databaseList === "" ? "none" : databaseList}`,
    ...block("symlinks:", links.map(({ name, destination }) => `${printable(name)} => ${printable(destination)}`)),
    ...block(
      "tablespaces:",
      tablespaces.map(({ name, oid, destination }) => `${printable(name)} (${oid}) => ${printable(destination)}`),
    ),
    ...errorLines(record, errorFiles),
    ...block("annotation(s)", Object.entries(record.annotation ?? {}).sort().map(([key, value]) => `${key}: ${value}`)),
  ];
}

function errorLines({ pageErrors }: ReportedBackup["record"], files: readonly string[]): string[] {
  if (files.length > 0) return [`error list: ${files.map(printable).join(", ")}`];
  return pageErrors === true ? ["error(s) detected during backup"] : [];
}

function block(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [title, ...rows.map((row) => `    ${row}`)];
}

function indented(text: string, width: number): string[] {
  return text.split("\n").map((line) => " ".repeat(width) + line);
}
