import { assertEquals } from "@std/assert";
import { sha1Once } from "../../src/stream/sha1.ts";
import { mixture, text } from "./samples.ts";
import { runBytes, runStream } from "./run.ts";

const CASES: { plain: string; sha1: string }[] = [
  { plain: "", sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
  { plain: "15\n", sha1: "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35" },
];

for (const { plain, sha1 } of CASES) {
  Deno.test(`sha1 of ${JSON.stringify(plain)}, as a stage and in one call`, async () => {
    const { results } = await runBytes([{ stage: "sha1" }], text(plain));
    assertEquals(results, [{ stage: "sha1", value: sha1 }]);
    assertEquals(await sha1Once(text(plain)), sha1);
  });
}

Deno.test("sha1 is the same for any chunks and in one call", async () => {
  const bytes = mixture(300_000, 1);
  const { results } = await runStream([{ stage: "sha1" }], [
    bytes.slice(0, 1),
    bytes.slice(1, 150_000),
    bytes.slice(150_000),
  ]);
  assertEquals(results[0]!.value, await sha1Once(bytes));
});

Deno.test("sha1 of the stored form is that of the spec's example", async () => {
  const specs = [{ stage: "compress", type: "gz", level: 6 }, { stage: "sha1" }] as const;
  const { results } = await runBytes([...specs], text("15\n"));
  assertEquals(results[0]!.value, "b8b3ecfaf3ed3d6865df5807d66c5fd8cde3289e");
});
