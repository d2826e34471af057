import { assertEquals } from "@std/assert";
import {
  createLog,
  EARLY_CONSOLE,
  formatTime,
  type LogDetail,
  type LogLevel,
  type LogSettings,
  STDERR_ONLY,
  takes,
  type Threshold,
} from "../src/log.ts";

const PLAIN: LogSettings = {
  console: "info",
  stderr: "off",
  file: "off",
  timestamp: false,
  dryRun: false,
  processDigits: 2,
};

const NOON = new Date(2026, 0, 31, 12, 3, 4, 5);

interface Written {
  console: string;
  stderr: string;
  file: string;
}

/** What each output gets of one message. */
function written(settings: Partial<LogSettings>, level: LogLevel, text: string, detail?: LogDetail): Written {
  const got = { console: "", stderr: "", file: "" };
  const log = createLog({ ...PLAIN, ...settings }, {
    console: (line) => void (got.console += line),
    stderr: (line) => void (got.stderr += line),
    file: (line) => void (got.file += line),
    now: () => NOON,
  });
  log.log(level, text, detail);
  return got;
}

const LINES: [string, Partial<LogSettings>, [LogLevel, string, LogDetail?], string][] = [
  ["plain", {}, ["info", "x"], "P00   INFO: x\n"],
  ["with time", { timestamp: true }, ["info", "x"], "2026-01-31 12:03:04.005 P00   INFO: x\n"],
  ["an error", {}, ["error", "x", { code: 31 }], "P00  ERROR: [031]: x\n"],
  ["an error of three digits", {}, ["error", "x", { code: 104 }], "P00  ERROR: [104]: x\n"],
  ["a bug", {}, ["assert", "x", { code: 25 }], "P00 ASSERT: [025]: x\n"],
  ["a warning of a worker", {}, ["warn", "x", { process: 7 }], "P07   WARN: x\n"],
  ["many workers", { processDigits: 3 }, ["info", "x", { process: 7 }], "P007   INFO: x\n"],
  ["detail", { console: "detail" }, ["detail", "x"], "P00 DETAIL: x\n"],
  ["debug", { console: "debug" }, ["debug", "x"], "P00  DEBUG:     x\n"],
  ["trace", { console: "trace" }, ["trace", "x"], "P00  TRACE:         x\n"],
  ["dry run", { dryRun: true }, ["info", "x"], "P00   INFO: [DRY-RUN] x\n"],
  ["error in a dry run", { dryRun: true }, ["error", "x", { code: 31 }], "P00  ERROR: [031]: [DRY-RUN] x\n"],
  ["two lines", {}, ["info", "x\ny"], "P00   INFO: x\n            y\n"],
  [
    "two lines with time",
    { timestamp: true },
    ["info", "x\ny"],
    `2026-01-31 12:03:04.005 P00   INFO: x\n${" ".repeat(36)}y\n`,
  ],
  ["two lines of an error", {}, ["error", "x\ny", { code: 31 }], "P00  ERROR: [031]: x\n            y\n"],
  ["two lines of debug", { console: "debug" }, ["debug", "x\ny"], "P00  DEBUG:     x\n                y\n"],
  ["two lines, many workers", { processDigits: 3 }, ["info", "x\ny"], "P000   INFO: x\n             y\n"],
];

for (const [name, settings, [level, text, detail], line] of LINES) {
  Deno.test(`log line: ${name}`, () => {
    assertEquals(written(settings, level, text, detail), { console: line, stderr: "", file: "" });
    const file = { ...settings, file: settings.console ?? "info", console: "off" } as const;
    assertEquals(written(file, level, text, detail), { console: "", stderr: "", file: line });
  });
}

Deno.test("stderr gets neither time nor process, and takes its messages away from the console", () => {
  const settings = { stderr: "warn", timestamp: true, file: "info" } as const;
  const warning = written(settings, "warn", "x\ny");
  assertEquals([warning.console, warning.stderr], ["", "WARN: x\n      y\n"]);
  assertEquals(warning.file, `2026-01-31 12:03:04.005 P00   WARN: x\n${" ".repeat(36)}y\n`);
  assertEquals(written(settings, "error", "x\ny", { code: 31, process: 3 }).stderr, "ERROR: [031]: x\n       y\n");
  assertEquals(written(settings, "info", "x").console, "2026-01-31 12:03:04.005 P00   INFO: x\n");
});

const LEVELS: LogLevel[] = ["assert", "error", "warn", "info", "detail", "debug", "trace"];

Deno.test("an output takes everything up to its level", () => {
  for (const [rank, threshold] of (["off", ...LEVELS] as Threshold[]).entries()) {
    assertEquals(LEVELS.map((level) => takes(threshold, level)), LEVELS.map((_, index) => index < rank), threshold);
    for (const level of LEVELS) {
      const got = written({ console: threshold }, level, "x").console !== "";
      assertEquals(got, takes(threshold, level), `${threshold} ${level}`);
    }
  }
});

Deno.test("whether anybody would take a level can be asked", () => {
  const log = (settings: Partial<LogSettings>) =>
    createLog({ ...PLAIN, ...settings }, { console: () => {}, stderr: () => {}, now: () => NOON });
  assertEquals([log({}).takes("info"), log({}).takes("detail")], [true, false]);
  assertEquals([log({ file: "debug" }).takes("debug"), log({ stderr: "trace" }).takes("trace")], [true, true]);
});

Deno.test("what is for developers is shown where debug messages are, and with every bug", () => {
  const settings = { console: "info", file: "debug" } as const;
  const got = written(settings, "error", "x", { code: 31, forDebug: "trace" });
  assertEquals([got.console, got.file], ["P00  ERROR: [031]: x\n", "P00  ERROR: [031]: x\n            trace\n"]);
  assertEquals(written({}, "assert", "x", { forDebug: "trace" }).console, "P00 ASSERT: x\n            trace\n");
});

Deno.test("early logs show warnings and errors, first bare on stderr, then on the console", () => {
  assertEquals(written(STDERR_ONLY, "error", "x", { code: 31 }), {
    console: "",
    stderr: "ERROR: [031]: x\n",
    file: "",
  });
  assertEquals(written(EARLY_CONSOLE, "error", "x", { code: 37 }), {
    console: "P00  ERROR: [037]: x\n",
    stderr: "",
    file: "",
  });
  assertEquals(written(EARLY_CONSOLE, "warn", "x").console, "P00   WARN: x\n");
  assertEquals(written(EARLY_CONSOLE, "info", "x").console, "");
});

Deno.test("times are local and have milliseconds", () => {
  assertEquals(formatTime(new Date(2026, 8, 7, 6, 5, 4, 321)), "2026-09-07 06:05:04.321");
});
