import { type ArchiveResult, type BackupResult, type Tally, type VerifyResult, wrongFiles } from "./result.ts";
import { runsText } from "./wal_ranges.ts";

/**
 * The result for people; undefined when nothing is wrong and nobody wants to know more. Lines and their order are the
 * peer's; further lines stand only where there is something wrong that the peer does not look for.
 */
export function resultText(
  result: VerifyResult,
  { verbose, ok }: { verbose: boolean; ok: boolean },
): string | undefined {
  if (ok && !verbose) return undefined;
  return [
    `stanza: ${result.stanza}`,
    `status: ${ok ? "ok" : "error"}`,
    ...(result.refused?.lines ?? foundLines(result, verbose)),
  ].join("\n");
}

function foundLines({ archives, backups, history }: VerifyResult, verbose: boolean): string[] {
  if (archives.length === 0 && backups.length === 0) return ["    no archives or backups exist in the repo"];
  return [
    ...(verbose && archives.length === 0 ? ["  archiveId: none found"] : []),
    ...archives.flatMap((archive) => archiveLines(archive, verbose)),
    ...(verbose && backups.length === 0 ? ["  backup: none found"] : []),
    ...backups.flatMap((backup) => backupLines(backup, verbose)),
    ...(wrongFiles(history) === 0
      ? []
      : [`  backup.history: total manifests checked: ${history.checked}, total valid manifests: ${history.valid}`]),
  ];
}

function archiveLines(archive: ArchiveResult, verbose: boolean): string[] {
  const { id, checked, valid, other } = archive;
  return [
    ...(verbose || checked !== valid || wrongFiles(other) > 0
      ? [`  archiveId: ${id}, total WAL checked: ${checked}, total valid WAL: ${valid}`]
      : []),
    ...problemLines(archive, verbose),
    ...(wrongFiles(other) === 0
      ? []
      : [`    other files checked: ${other.checked}, valid other files: ${other.valid}`]),
  ];
}

function backupLines(backup: BackupResult, verbose: boolean): string[] {
  const { label, status, checked, valid, missingWal } = backup;
  return [
    ...(verbose || (status !== "valid" && status !== "in-progress")
      ? [`  backup: ${label}, status: ${status}, total files checked: ${checked}, total valid files: ${valid}`]
      : []),
    ...problemLines(backup, verbose),
    ...(missingWal.length === 0 ? [] : [`    missing WAL: ${runsText(missingWal)}`]),
  ];
}

/** How many files were wrong in which way; of nothing that was checked there is nothing to say. */
function problemLines(tally: Tally, verbose: boolean): string[] {
  const { missing, checksum, size, other } = tally.problems;
  if (tally.checked === 0 || (!verbose && wrongFiles(tally) === 0)) return [];
  const counts: [string, number][] = [
    ["missing", missing],
    ["checksum invalid", checksum],
    ["size invalid", size],
    ["other", other],
  ];
  const shown = counts.filter(([, number]) => verbose || number > 0).map(([name, number]) => `${name}: ${number}`);
  return [`    ${shown.join(", ")}`];
}
