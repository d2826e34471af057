import type { ClusterIdentity } from "../info/history.ts";
import { isSameCluster } from "../info/history.ts";
import { type BackupType, typeOf } from "../label.ts";
import { printable } from "../raw_text.ts";
import { formatLsn } from "../wal/lsn.ts";
import type { BackupDetails } from "./details.ts";
import type { DetailLevel } from "./json.ts";
import { percentText, sizeText, timeText } from "./size_text.ts";
import { isBackupOf, type LockState, type ReportedBackup, type StanzaReport, STATUS } from "./stanza.ts";

/** All stanzas as `info` prints them for people, with a line feed at the end. */
export function reportText(reports: readonly StanzaReport[], { level }: { level: DetailLevel }): string {
  if (reports.length === 0) return "No stanzas exist in the repository.\n";
  return reports.map((report) => stanzaLines(report, level).join("\n") + "\n").join("\n");
}

function stanzaLines(report: StanzaReport, level: DetailLevel): string[] {
  const lines = [`stanza: ${report.name}`, ...statusLines(report)];
  if (level === "progress") return lines;
  if (report.status.code !== STATUS.noPath) lines.push(...cipherLines(report));
  for (const { cluster, title } of clusterGroups(report)) lines.push(...groupLines(report, { cluster, title }));
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

function runningText(what: string, { held, progress }: LockState): string[] {
  if (!held) return [];
  const share = progress === undefined ? "" : ` - ${percentText(progress.sizeComplete, progress.size)} complete`;
  return [`${what} running${share}`];
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

/** Clusters in the order they are known, the current one last. */
function clusterGroups(report: StanzaReport): { cluster: ClusterIdentity; title: string }[] {
  const { current } = report;
  if (current === undefined) return [];
  const priors: ClusterIdentity[] = [];
  for (const database of report.databases) {
    if (![current, ...priors].some((known) => isSameCluster(known, database))) priors.push(database);
  }
  return [
    ...priors.filter((cluster) => hasContent(report, cluster)).map((cluster) => ({ cluster, title: "prior" })),
    { cluster: current, title: "current" },
  ];
}

function hasContent(report: StanzaReport, cluster: ClusterIdentity): boolean {
  return archivesOf(report, cluster).length > 0 || report.backups.some((backup) => isBackupOf(report, backup, cluster));
}

function archivesOf(report: StanzaReport, cluster: ClusterIdentity): StanzaReport["archives"] {
  return report.archives.filter((archive) =>
    report.databases.some((database) =>
      database.repositoryKey === archive.repositoryKey && database.id === archive.clusterId &&
      isSameCluster(database, cluster)
    )
  );
}

function groupLines(report: StanzaReport, { cluster, title }: { cluster: ClusterIdentity; title: string }): string[] {
  const archives = archivesOf(report, cluster);
  const minima = archives.flatMap(({ min }) => min ?? []).sort();
  const maxima = archives.flatMap(({ max }) => max ?? []).sort();
  const wal = minima.length === 0 ? "none present" : `${minima[0]}/${maxima.at(-1)}`;
  const backups = report.backups.filter((backup) => isBackupOf(report, backup, cluster));
  return [
    "",
    `    db (${title})`,
    `        wal archive min/max (${cluster.version}): ${wal}`,
    ...backups.flatMap(backupLines),
  ];
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
