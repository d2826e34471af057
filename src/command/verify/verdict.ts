import { BackRestError, type ErrorKind } from "../../error.ts";
import type { Fault, Findings } from "./findings.ts";
import { type VerifyResult, wrongFiles } from "./result.ts";

/** Most problems that the closing message repeats. */
const SHOWN = 10;

/**
 * Error of each fault, the worst first: without info files and manifests nothing can be restored, without WAL no backup
 * becomes consistent, without a file a backup is not complete.
 */
const ERRORS: readonly (readonly [Fault, ErrorKind])[] = [
  ["info", "fileInvalid"],
  ["wal", "archiveTimeout"],
  ["content", "checksum"],
];

/** Whether all is well. */
export function isOk({ refused }: VerifyResult, { faults }: Findings): boolean {
  return refused === undefined && faults.size === 0;
}

/** The error that sums up what is wrong; undefined when nothing is. */
export function verdict(result: VerifyResult, findings: Findings): BackRestError | undefined {
  const { stanza, refused } = result;
  const kind = refused?.kind ?? ERRORS.find(([fault]) => findings.faults.has(fault))?.[1];
  if (kind === undefined) return undefined;
  const { problems, problemCount } = findings;
  const more = problemCount > SHOWN ? [`and ${problemCount - SHOWN} more, see the log file`] : [];
  const lines = [...refused?.lines ?? [], ...problems.slice(0, SHOWN), ...more].map((line) => line.trim());
  return new BackRestError(kind, [`verification of stanza '${stanza}' failed${summary(result)}`, ...lines].join("\n"), {
    hint: "the whole result is shown with: --output=text --verbose",
  });
}

function summary({ archives, backups, history }: VerifyResult): string {
  const lost = backups.filter(({ status }) => status === "invalid").map(({ label }) => label);
  const damaged = [...archives, ...archives.map(({ other }) => other), history].map(wrongFiles);
  const files = damaged.reduce((sum, number) => sum + number, 0);
  const parts = [
    ...(lost.length === 0 ? [] : [`${lost.length} backup(s) cannot be restored as they are`]),
    ...(files === 0 ? [] : [`${files} file(s) of archive and history are damaged`]),
  ];
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}
