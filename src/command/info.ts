import type { Invocation } from "../cli/invocation.ts";
import { openRepository } from "../context.ts";
import { findBackup } from "../repository/info/backup_info.ts";
import { type BackupDetails, detailsOf } from "../repository/report/details.ts";
import { reportJson } from "../repository/report/json.ts";
import {
  type ReportRequest,
  type RepositoryFinding,
  type StanzaReport,
  stanzaReport,
} from "../repository/report/stanza.ts";
import { reportText } from "../repository/report/text.ts";
import { loadManifest } from "../repository/manifest_file.ts";
import { posixStorage } from "../storage/posix.ts";
import { findStanza, lockState } from "./info/findings.ts";

/** Shows the stanzas of the repositories, their backups and WAL. Whatever cannot be read is part of the answer. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options }, output } = invocation;
  const level = options.need("detail-level");
  const reports: StanzaReport[] = [];
  for (const stanza of await stanzaNames(invocation)) reports.push(await reportStanza(invocation, stanza));
  output(options.get("output") === "json" ? reportJson(reports, { level }) : reportText(reports, { level }));
  return 0;
}

/** The stanza asked for, else all that have a folder in any repository. */
async function stanzaNames({ configuration: { options } }: Invocation): Promise<string[]> {
  const stanza = options.get("stanza");
  if (stanza !== undefined) return [stanza];
  const names = new Set<string>();
  for (const key of options.selected("repo")) {
    for await (const batch of posixStorage(options.need("repo-path", key)).list("backup")) {
      for (const { name, kind } of batch) if (kind === "folder") names.add(name);
    }
  }
  return [...names].sort();
}

async function reportStanza(invocation: Invocation, stanza: string): Promise<StanzaReport> {
  const { configuration } = invocation;
  const keys = configuration.options.selected("repo");
  const findings: RepositoryFinding[] = [];
  for (const key of keys) {
    findings.push(await findStanza(invocation, openRepository(configuration, key, stanza)));
  }
  return stanzaReport(stanza, findings, {
    request: await requestOf(invocation, stanza, findings),
    restoreLock: lockState(configuration, { stanza, type: "restore", keys }),
  });
}

async function requestOf(
  { configuration }: Invocation,
  stanza: string,
  findings: readonly RepositoryFinding[],
): Promise<ReportRequest> {
  const { options } = configuration;
  const type = options.get("type") as ReportRequest["type"];
  const label = options.get("set");
  const details = new Map<number, BackupDetails>();
  for (const { key, found } of findings) {
    if (label === undefined || found.state !== "loaded" || findBackup(found.backup, label) === undefined) continue;
    const repository = openRepository(configuration, key, stanza);
    details.set(key, detailsOf((await loadManifest(repository, label, found.backup.cipherPass)).value));
  }
  return { ...(type === undefined ? {} : { type }), ...(label === undefined ? {} : { set: { label, details } }) };
}
