import { assertEquals } from "@std/assert";
import type { Fault } from "../../../src/command/verify/findings.ts";
import { newTally, refusedResult, type VerifyResult } from "../../../src/command/verify/result.ts";
import { isOk, verdict } from "../../../src/command/verify/verdict.ts";
import { loggedFindings } from "./logged.ts";

const NOTHING: VerifyResult = { stanza: "demo", archives: [], backups: [], history: newTally() };

function judged(faults: Fault[], result: VerifyResult = NOTHING, problems: string[] = []) {
  const { findings } = loggedFindings();
  for (const problem of problems) findings.problem(problem);
  for (const fault of faults) findings.fault(fault);
  return { ok: isOk(result, findings), error: verdict(result, findings) };
}

const CASES: [string, Fault[], number | undefined][] = [
  ["nothing", [], undefined],
  ["damaged content", ["content"], 26],
  ["missing WAL", ["wal"], 82],
  ["unusable info files or manifests", ["info"], 28],
  ["damaged content and missing WAL", ["content", "wal"], 82],
  ["damaged content and an unusable manifest", ["content", "info"], 28],
  ["everything", ["wal", "content", "info"], 28],
];

for (const [name, faults, code] of CASES) {
  Deno.test(`the worst of what is wrong decides: ${name}`, () => {
    const { ok, error } = judged(faults);
    assertEquals([ok, error?.code], [code === undefined, code]);
  });
}

Deno.test("warnings do not make a verification fail", () => {
  const { findings } = loggedFindings();
  findings.warn("something");
  assertEquals([isOk(NOTHING, findings), verdict(NOTHING, findings)], [true, undefined]);
});

Deno.test("a verification that is refused fails with the error of the refusal", () => {
  const { ok, error } = judged(
    [],
    refusedResult("demo", { kind: "backupSetInvalid", lines: ["  backup set x is not valid"] }),
  );
  assertEquals([ok, error?.code], [false, 75]);
  assertEquals(error?.message, "verification of stanza 'demo' failed\nbackup set x is not valid");
});

Deno.test("the closing error repeats the first problems and counts the others", () => {
  const problems = Array.from({ length: 14 }, (_, at) => `file missing '${at}'`);
  const lines = judged(["content"], NOTHING, problems).error!.message.split("\n");
  assertEquals(lines.slice(1, 11), problems.slice(0, 10));
  assertEquals(lines.slice(11), ["and 4 more, see the log file"]);
});
