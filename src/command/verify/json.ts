import type { SegmentRun } from "../../repository/wal/segment.ts";
import type { Findings } from "./findings.ts";
import { isOk } from "./verdict.ts";
import type { Tally, VerifyResult } from "./result.ts";

/** The result as one JSON object and a line feed, for programs. `code` is the exit status. */
export function resultJson(result: VerifyResult, findings: Findings, { code }: { code: number }): string {
  const { stanza, refused, archives, backups, history } = result;
  return JSON.stringify({
    stanza,
    status: isOk(result, findings) ? "ok" : "error",
    code,
    faults: [...findings.faults].sort(),
    refused: refused?.lines.map((line) => line.trim()) ?? [],
    archive: archives.map(({ id, duplicates, other, ranges, holes, ...tally }) => ({
      id,
      ...tallyJson(tally),
      duplicate: duplicates,
      range: ranges.map(runJson),
      missing: holes.map(runJson),
      other: tallyJson(other),
    })),
    backup: backups.map(({ label, status, missingWal, badPages, ...tally }) => ({
      label,
      status,
      ...tallyJson(tally),
      wal: { missing: missingWal.map(runJson) },
      page: badPages,
    })),
    history: tallyJson(history),
    problem: { total: findings.problemCount, first: findings.problems },
    warning: findings.warnings,
  }) + "\n";
}

function tallyJson({ checked, valid, problems }: Tally): Record<string, unknown> {
  return { checked, valid, problems };
}

function runJson({ first, last, count }: SegmentRun): Record<string, unknown> {
  return { start: first, stop: last, count };
}
