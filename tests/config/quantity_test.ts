import { assertEquals } from "@std/assert";
import { formatTime, parseInteger, parseSize, parseTime } from "../../src/config/quantity.ts";

const KIB = 1024;

const SIZES: [string, number | undefined][] = [
  ["0", 0],
  ["1", 1],
  ["007", 7],
  ["3b", 3],
  ["10bb", 10],
  ["2k", 2 * KIB],
  ["2K", 2 * KIB],
  ["2kb", 2 * KIB],
  ["2kB", 2 * KIB],
  ["2KiB", 2 * KIB],
  ["3m", 3 * KIB ** 2],
  ["3MB", 3 * KIB ** 2],
  ["3MiB", 3 * KIB ** 2],
  ["4g", 4 * KIB ** 3],
  ["5TiB", 5 * KIB ** 4],
  ["4PiB", 4 * KIB ** 5],
  ["", undefined],
  ["b", undefined],
  ["-1", undefined],
  ["+1", undefined],
  ["1.5k", undefined],
  [" 1", undefined],
  ["1 k", undefined],
  ["1x", undefined],
  ["1ki", undefined],
  ["1e3", undefined],
  ["99999999999999999999", undefined],
];

const TIMES: [string, number | undefined][] = [
  ["0", 0],
  ["1", 1000],
  ["+2", 2000],
  ["-1", -1000],
  ["5ms", 5],
  ["5S", 5000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["7D", 604_800_000],
  ["1w", 604_800_000],
  ["", undefined],
  ["1.5", undefined],
  ["1 s", undefined],
  ["1min", undefined],
  ["ms", undefined],
];

const INTEGERS: [string, number | undefined][] = [
  ["0", 0],
  ["+2", 2],
  ["-20", -20],
  ["02", 2],
  ["", undefined],
  ["+", undefined],
  ["1.0", undefined],
  ["0x1", undefined],
  [" 1", undefined],
  ["1 ", undefined],
  ["1e1", undefined],
  ["99999999999999999999999", undefined],
];

for (const [text, want] of SIZES) Deno.test(`size '${text}'`, () => assertEquals(parseSize(text), want));
for (const [text, want] of TIMES) Deno.test(`time '${text}'`, () => assertEquals(parseTime(text), want));
for (const [text, want] of INTEGERS) Deno.test(`integer '${text}'`, () => assertEquals(parseInteger(text), want));

Deno.test("times are written in the largest unit that divides them", () => {
  const written = [0, 5, 1000, 60_000, 90_000, 3_600_000, 86_400_000, 604_800_000].map(formatTime);
  assertEquals(written, ["0ms", "5ms", "1s", "1m", "90s", "1h", "1d", "1w"]);
});
