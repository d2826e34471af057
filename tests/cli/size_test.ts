import { assertEquals } from "@std/assert";
import { formatDuration, formatPercent, formatSize } from "../../src/cli/size.ts";

const KIB = 1024;

const SIZES: [number, string][] = [
  [0, "0B"],
  [403, "403B"],
  [1023, "1023B"],
  [KIB, "1KB"],
  [8 * KIB, "8KB"],
  [KIB + 103, "1.1KB"],
  [1.99 * KIB, "1.9KB"],
  [KIB ** 2 - 1, "1023.9KB"],
  [KIB ** 2, "1MB"],
  [23213931, "22.1MB"],
  [KIB ** 3 - 1, "1023.9MB"],
  [KIB ** 3, "1GB"],
  [2.5 * KIB ** 3, "2.5GB"],
  [5 * KIB ** 4, "5120GB"],
];

for (const [bytes, want] of SIZES) Deno.test(`size of ${bytes} bytes`, () => assertEquals(formatSize(bytes), want));

Deno.test("percent have two decimals and are cut off", () => {
  const texts = [[0, 3], [1, 3], [2, 3], [9999, 10000], [99999, 100000], [3, 3], [0, 0]] as const;
  assertEquals(texts.map(([part, whole]) => formatPercent(part, whole)), [
    "0.00%",
    "33.33%",
    "66.66%",
    "99.99%",
    "99.99%",
    "100.00%",
    "100.00%",
  ]);
});

Deno.test("durations show hours only when there are any", () => {
  assertEquals([0, 7400, 754_000, 3_723_000].map(formatDuration), ["0:00", "0:07", "12:34", "1:02:03"]);
});
