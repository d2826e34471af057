import {
  backupFolder,
  backupInfoPath,
  copyOf,
  HISTORY_NAME,
  historyLabel,
  LATEST_NAME,
} from "../../repository/layout.ts";
import { isLabel } from "../../repository/label.ts";
import { baseOf } from "../../storage/path.ts";
import { count, newTally, type Tally } from "./result.ts";
import { runChecks, type WeighedCheck } from "./run_checks.ts";
import { StrayNames } from "./stray_files.ts";
import type { VerifyRun } from "./verify_run.ts";

/** Reads the manifests of backup.history, which outlive their backups; `isWanted` picks them by label. */
export async function verifyHistory(
  run: VerifyRun,
  { passphrase, isWanted }: { passphrase: string | undefined; isWanted(label: string): boolean },
): Promise<Tally> {
  const tally = newTally();
  const root = backupFolder(run.repository.stanza);
  const checks: WeighedCheck[] = [];
  for await (const batch of run.repository.storage.list(`${root}/${HISTORY_NAME}`, { recurse: true })) {
    for (const { name, kind, size } of batch) {
      const label = historyLabel(baseOf(name));
      if (kind !== "file" || label === undefined || !isWanted(label)) continue;
      const path = `${root}/${HISTORY_NAME}/${name}`;
      checks.push({ check: { path, content: { compressType: "gz", raw: false, form: "manifest" } }, bytes: size });
    }
  }
  await runChecks(checks, {
    ...run.checking(passphrase),
    took({ path }, finding, worker) {
      if (finding?.problem === "missing") return;
      count(tally, finding?.problem ?? "valid");
      if (finding === undefined) return;
      run.findings.stored(finding, { name: path.slice(root.length + 1), worker });
      run.findings.fault("content");
    },
  });
  return tally;
}

/** Tells about what lies beside the backups and belongs to nothing. */
export async function findStrayFolders(run: VerifyRun): Promise<void> {
  const { storage, stanza } = run.repository;
  const root = backupFolder(stanza);
  const info = baseOf(backupInfoPath(stanza));
  const known = new Set([info, copyOf(info), LATEST_NAME, HISTORY_NAME]);
  const strays = new StrayNames();
  for await (const batch of storage.list(root)) {
    for (const { name, kind } of batch) {
      if (!known.has(name) && !(kind === "folder" && isLabel(name))) strays.add(name);
    }
  }
  strays.report(run, `folder '${root}'`);
}
