import { assertEquals } from "@std/assert";
import {
  advance,
  type Progress,
  progressLine,
  progressText,
  rateOf,
  startProgress,
  timeLeft,
} from "../../src/cli/progress.ts";
import { lineDisplay, terminalDisplay } from "../../src/cli/progress_display.ts";

const MIB = 1024 * 1024;

/** Progress of a copy at a constant speed, seen every `step` milliseconds. */
function copied(
  total: number,
  { bytesPerSecond, seconds, step = 1000 }: { bytesPerSecond: number; seconds: number; step?: number },
): Progress {
  let progress = startProgress("backup", total, 0);
  for (let at = step; at <= seconds * 1000; at += step) {
    progress = advance(progress, { at, done: (at / 1000) * bytesPerSecond });
  }
  return progress;
}

Deno.test("rate and time left follow from what was done of late", () => {
  const progress = copied(100 * MIB, { bytesPerSecond: MIB, seconds: 40 });
  assertEquals([rateOf(progress), timeLeft(progress)], [MIB, 60_000]);
  const slower = advance(progress, { at: 60_000, done: 40 * MIB });
  assertEquals(rateOf(advance(slower, { at: 75_000, done: 40 * MIB })), 0);
  assertEquals(timeLeft(advance(slower, { at: 75_000, done: 40 * MIB })), undefined);
});

Deno.test("nothing is said about the rate before anything was measured", () => {
  const progress = startProgress("backup", 100, 0);
  assertEquals([rateOf(progress), timeLeft(progress)], [undefined, undefined]);
  assertEquals(progressText(progress), "backup: 0.00% (0B of 100B)");
});

Deno.test("frequent samples do not pile up", () => {
  const progress = copied(MIB, { bytesPerSecond: 1000, seconds: 60, step: 1 });
  assertEquals(progress.samples.length <= 70, true);
  assertEquals(Math.round(rateOf(progress)!), 1000);
});

Deno.test("the text has percent, sizes, rate and time left, and no time left at the end", () => {
  const half = copied(100 * MIB, { bytesPerSecond: MIB, seconds: 50 });
  assertEquals(progressText(half), "backup: 50.00% (50MB of 100MB), 1MB/s, 0:50 left");
  const done = copied(10 * MIB, { bytesPerSecond: MIB, seconds: 10 });
  assertEquals(progressText(done), "backup: 100.00% (10MB of 10MB), 1MB/s");
});

Deno.test("the line of a terminal never fills it, and has a bar where there is room", () => {
  const half = copied(100 * MIB, { bytesPerSecond: MIB, seconds: 50 });
  for (let columns = 1; columns <= 200; columns++) {
    assertEquals(progressLine(half, columns).length < Math.max(columns, 1) || columns === 1, true, String(columns));
  }
  assertEquals(progressLine(half, 30), "backup: 50.00% (50MB of 100MB");
  assertEquals(progressLine(half, 200), `${progressText(half)}  [${"#".repeat(20)}${" ".repeat(20)}]`);
  assertEquals(progressLine(startProgress("x", 0, 0), 80), `x: 100.00% (0B of 0B)  [${"#".repeat(40)}]`);
});

Deno.test("a terminal's line is written over, and not too often", () => {
  let time = 0;
  let text = "";
  const display = terminalDisplay("x", 100, { write: (piece) => void (text += piece), now: () => time, columns: 40 });
  display.update(10);
  time = 100;
  display.update(20);
  assertEquals(text, "\r\x1b[Kx: 10.00% (10B of 100B)");
  time = 300;
  display.update(30);
  assertEquals(text.split("\r\x1b[K").length, 3);
  display.clear();
  display.clear();
  display[Symbol.dispose]();
  assertEquals(text.endsWith("\r\x1b[K"), true);
  assertEquals(text.split("\r\x1b[K").length, 4);
});

Deno.test("elsewhere a line is written once a minute", () => {
  let time = 0;
  const lines: string[] = [];
  using display = lineDisplay("x", 1000, { write: (line) => void lines.push(line), now: () => time });
  for (time = 0; time <= 150_000; time += 1000) display.update(time / 1000);
  assertEquals(lines, ["x: 6.00% (60B of 1000B), 1B/s, 15:40 left", "x: 12.00% (120B of 1000B), 1B/s, 14:40 left"]);
});
