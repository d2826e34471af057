/** Findings of a test, and what was logged. */
import { Findings } from "../../../src/command/verify/findings.ts";
import { createLog, STDERR_ONLY } from "../../../src/log.ts";

/** Findings whose log is kept: `<level>: <text>`, the first line of each. */
export function loggedFindings(): { findings: Findings; lines: string[] } {
  const lines: string[] = [];
  const keep = (text: string) => void lines.push(text.split("\n")[0]!);
  const log = createLog({ ...STDERR_ONLY, stderr: "detail" }, { stderr: keep, console: keep, now: () => new Date(0) });
  return { findings: new Findings(log), lines };
}
