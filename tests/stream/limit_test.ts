import { assertEquals } from "@std/assert";
import { concat, text } from "./samples.ts";
import { runStream } from "./run.ts";

const CASES: { name: string; chunks: string[]; bytes: number; want: string }[] = [
  { name: "in the middle of a chunk", chunks: ["abc", "def"], bytes: 4, want: "abcd" },
  { name: "at the end of a chunk", chunks: ["abc", "def"], bytes: 3, want: "abc" },
  { name: "behind the end", chunks: ["abc", "def"], bytes: 7, want: "abcdef" },
  { name: "nothing at all", chunks: ["abc", "def"], bytes: 0, want: "" },
];

for (const { name, chunks, bytes, want } of CASES) {
  Deno.test(`limit: ${name}`, async () => {
    const specs = [{ stage: "count" }, { stage: "limit", bytes }, { stage: "count" }] as const;
    const out = await runStream([...specs], chunks.map((chunk) => text(chunk)));
    assertEquals(new TextDecoder().decode(out.bytes), want);
    assertEquals(out.results.map(({ value }) => value), [concat(...chunks.map(text)).length, want.length]);
  });
}
