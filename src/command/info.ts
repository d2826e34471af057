import type { Invocation } from "../cli/invocation.ts";
import { openRepository } from "../context.ts";
import { ERROR_CODES, fail } from "../error.ts";
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
import type { Repository } from "../repository/repository.ts";
import { lockNames } from "../process/lock.ts";
import { heldLock } from "../process/repository_host.ts";
import { failed, findStanza, lockState, stanzasIn } from "./info/findings.ts";
import type { WalLook } from "./info/wal.ts";

/**
 * Shows the stanzas of the repositories, their backups and WAL. Whatever cannot be read is part of the answer; only when
 * no repository could be read the exit status says so too (104).
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options }, output } = invocation;
  const show = { level: options.need("detail-level"), ranges: options.get("archive-ranges") };
  if (show.level === "progress" && options.get("set") !== undefined) {
    fail("optionInvalid", "option 'set' not valid with option 'detail-level' = 'progress'");
  }
  const reports: StanzaReport[] = [];
  const listed = await listRepositories(invocation);
  for (const stanza of stanzaNames(options.get("stanza"), listed)) reports.push(await reportStanza(invocation, stanza));
  output(options.get("output") === "json" ? reportJson(reports, show) : reportText(reports, show));
  return listed.some((names) => names !== undefined) ? 0 : ERROR_CODES.command;
}

/** Holes of the archive are shown to people in any case; programs get what the peer gives them unless they ask for more. */
function walLook({ configuration: { options } }: Invocation): WalLook {
  if (options.get("detail-level") === "progress") return "none";
  return options.get("output") === "text" || options.get("archive-ranges") ? "ranges" : "bounds";
}

/** What stands for a stanza when none is known because a repository cannot be read. */
const INVALID_STANZA = "[invalid]";

/** The stanza asked for, else all that have a folder in any repository. */
function stanzaNames(stanza: string | undefined, listed: readonly (readonly string[] | undefined)[]): string[] {
  if (stanza !== undefined) return [stanza];
  const names = [...new Set(listed.flatMap((each) => each ?? []))].sort();
  return names.length === 0 && listed.includes(undefined) ? [INVALID_STANZA] : names;
}

/** The stanzas of each repository, undefined where it cannot be read. */
async function listRepositories(invocation: Invocation): Promise<(string[] | undefined)[]> {
  const listed: (string[] | undefined)[] = [];
  for (const key of invocation.configuration.options.selected("repo")) {
    try {
      listed.push(await stanzasIn(openRepository(invocation, key, "").storage));
    } catch {
      listed.push(undefined);
    }
  }
  return listed;
}

async function reportStanza(invocation: Invocation, stanza: string): Promise<StanzaReport> {
  const { options } = invocation.configuration;
  const keys = options.selected("repo");
  const label = options.get("set");
  const type = options.get("type") as ReportRequest["type"];
  const findings: RepositoryFinding[] = [];
  const details = new Map<number, BackupDetails>();
  for (const key of keys) {
    const repository = openRepository(invocation, key, stanza);
    const finding = await findStanza(invocation, repository, walLook(invocation));
    findings.push(label === undefined ? finding : await addDetails(finding, { repository, label, details }));
  }
  return stanzaReport(stanza, findings, {
    request: { ...(type === undefined ? {} : { type }), ...(label === undefined ? {} : { set: { label, details } }) },
    restoreLock: lockState(heldLock(options.need("lock-path"), lockNames(stanza, ["restore"], keys))),
  });
}

/** Looks into the manifest of one backup; a repository whose manifest cannot be read has failed. */
async function addDetails(
  finding: RepositoryFinding,
  { repository, label, details }: { repository: Repository; label: string; details: Map<number, BackupDetails> },
): Promise<RepositoryFinding> {
  const { key, found } = finding;
  if (found.state !== "loaded" || findBackup(found.backup, label) === undefined) return finding;
  try {
    details.set(key, detailsOf((await loadManifest(repository, label, found.backup.cipherPass)).value));
    return finding;
  } catch (error) {
    return { ...finding, found: failed(error) };
  }
}
