import { assertEquals, assertRejects } from "@std/assert";
import type { Chunk } from "../../src/stream/chunk.ts";
import { sinkStream, sourceStream } from "../../src/stream/pipe.ts";
import { text } from "./samples.ts";

Deno.test("a source is read only when somebody asks", async () => {
  let reads = 0;
  const stream = sourceStream(() => ++reads > 3 ? undefined : text(String(reads)));
  const reader = stream.getReader();
  await Promise.resolve();
  assertEquals(reads, 0);
  await reader.read();
  assertEquals(reads, 1);
  await reader.cancel();
});

for (const later of [false, true]) {
  Deno.test(`source to sink, ${later ? "answering later" : "answering at once"}`, async () => {
    const chunks = ["a", "b", "c"].map(text);
    const out: string[] = [];
    const next = () => later ? Promise.resolve(chunks.shift()) : chunks.shift();
    const write = (chunk: Chunk) => {
      out.push(new TextDecoder().decode(chunk));
      return later ? Promise.resolve() : undefined;
    };
    await sourceStream(next).pipeTo(sinkStream(write));
    assertEquals(out, ["a", "b", "c"]);
  });
}

Deno.test("errors of either end come out of the copy", async () => {
  const broken = () => Promise.reject(new Error("broken"));
  await assertRejects(() => sourceStream(broken).pipeTo(sinkStream(() => {})), Error, "broken");
  let reason: unknown;
  const source = sourceStream(() => text("a"), { cancelled: (why) => void (reason = why) });
  await assertRejects(() => source.pipeTo(sinkStream(broken)), Error, "broken");
  assertEquals((reason as Error).message, "broken");
});
