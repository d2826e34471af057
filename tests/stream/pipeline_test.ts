import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Chunk } from "../../src/stream/chunk.ts";
import { sinkStream, sourceStream } from "../../src/stream/pipe.ts";
import { build } from "../../src/stream/pipeline.ts";
import type { StageSpec } from "../../src/stream/stage.ts";
import { randomNumbers } from "../rig/dice.ts";
import { concat, cutRandomly, mixture } from "./samples.ts";
import { runBytes, runStream, thrown } from "./run.ts";
import { KEY, services } from "./keys.ts";

const PAGES: StageSpec = { stage: "pageChecksum", pageSize: 8192, segment: 0, segmentPages: 131072, headerCheck: true };

/** A pipeline that writes, and the one that reads what it wrote. */
const PIPELINES: { name: string; write: StageSpec[]; read: StageSpec[] }[] = [
  { name: "nothing", write: [], read: [] },
  {
    name: "none",
    write: [{ stage: "sha1" }, { stage: "compress", type: "none", level: 0 }],
    read: [{ stage: "count" }],
  },
  { name: "limit", write: [{ stage: "limit", bytes: 100_000 }, { stage: "sha1" }, { stage: "count" }], read: [] },
  ...(["gz", "zst", "lz4", "bz2"] as const).flatMap((type) =>
    [false, true].map((raw) => ({
      name: `${type}${raw ? " raw" : ""}`,
      write: [
        PAGES,
        { stage: "sha1" },
        { stage: "count" },
        { stage: "compress", type, level: 1, raw },
        { stage: "count" },
      ] satisfies StageSpec[],
      read: [{ stage: "decompress", type, raw }, { stage: "sha1" }, { stage: "count" }] satisfies StageSpec[],
    }))
  ),
  ...[false, true].map((raw) => ({
    name: `zst and cipher${raw ? " raw" : ""}`,
    write: [
      { stage: "sha1" },
      { stage: "compress", type: "zst", level: 1, raw },
      { stage: "encrypt", key: KEY, raw },
      { stage: "count" },
    ] satisfies StageSpec[],
    read: [
      { stage: "decrypt", key: KEY, raw },
      { stage: "decompress", type: "zst", raw },
      { stage: "sha1" },
    ] satisfies StageSpec[],
  })),
];

for (const { name, write, read } of PIPELINES) {
  Deno.test(`streams and a single call come to the same: ${name}`, async () => {
    const next = randomNumbers(4711);
    for (const size of [0, 1, 8191, 8192, 70_000, 300_001, 1_200_000]) {
      const plain = mixture(size, size);
      const chunks = () => cutRandomly(plain, { seed: next() * 1e9, max: 300_000 });
      const once = await runBytes(write, plain, services);
      const streamed = await runStream(write, chunks(), services);
      const limited = write.some(({ stage }) => stage === "limit") ? plain.subarray(0, 100_000) : plain;
      const back = await runStream(read, cutRandomly(streamed.bytes, { seed: next() * 1e9, max: 50_000 }), services);
      assert(sameBytes(back.bytes, limited), `size ${size}`);
      const backOnce = await runBytes(read, once.bytes, services);
      assert(sameBytes(backOnce.bytes, limited), `size ${size}`);
      assertEquals(backOnce.results, back.results);
      assertEquals(ofPlain(streamed.results, write), ofPlain(once.results, write));
    }
  });
}

/** Results of stages in front of a compressor; the stored bytes may differ with the chunks, and a cipher has a salt. */
function ofPlain<T>(results: T[], specs: StageSpec[]): T[] {
  const at = specs.findIndex(({ stage }) => stage === "compress" || stage === "encrypt");
  return at === -1 ? results : results.slice(0, at);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

Deno.test("results come in the order of the stages", async () => {
  const { results } = await runStream([{ stage: "count" }, { stage: "limit", bytes: 1 }, { stage: "count" }], [
    new Uint8Array(3),
    new Uint8Array(4),
  ]);
  assertEquals(results, [{ stage: "count", value: 7 }, { stage: "count", value: 1 }]);
});

Deno.test("results cannot be asked for before the end", async () => {
  using pipeline = await build([{ stage: "sha1" }, { stage: "compress", type: "gz", level: 6 }]);
  const error = await thrown(() => Promise.resolve().then(() => pipeline.results()));
  assertEquals(error, "25 results of a pipeline that has not ended");
});

Deno.test("what is never asked for is never decoded", async () => {
  const zeros = await runBytes([{ stage: "compress", type: "zst", level: 1 }], new Uint8Array(1024 * 1024));
  const stored = concat(...Array.from({ length: 200 }, () => zeros.bytes));
  let steps = 0;
  using pipeline = await build([{ stage: "decompress", type: "zst" }], { check: () => void steps++ });
  const writer = pipeline.transform.writable.getWriter();
  const written = writer.write(stored);
  const reader = pipeline.transform.readable.getReader();
  const { value } = await reader.read();
  assert(value!.length <= 1024 * 1024);
  assert(steps < 20, `${steps} steps for one chunk`);
  await reader.cancel("enough");
  await assertRejects(() => written);
});

Deno.test("a chunk bigger than 1 MiB is worked on in pieces", async () => {
  let steps = 0;
  const specs: StageSpec[] = [{ stage: "count" }];
  await runBytes(specs, new Uint8Array(5 * 1024 * 1024 + 1), { check: () => void steps++ });
  assertEquals(steps, 6 + 1);
});

Deno.test("the check between two steps ends a pipeline", async () => {
  const check = () => {
    throw new Error("cancelled");
  };
  await assertRejects(() => runStream([{ stage: "sha1" }], [new Uint8Array(10)], { check }), Error, "cancelled");
  await assertRejects(() => runBytes([{ stage: "sha1" }], new Uint8Array(10), { check }), Error, "cancelled");
});

const WRITE: StageSpec[] = [PAGES, { stage: "sha1" }, { stage: "compress", type: "gz", level: 1 }, {
  stage: "encrypt",
  key: KEY,
}];

Deno.test("an error of the source reaches the copy and closes the stages", async () => {
  using pipeline = await build(WRITE, services);
  let calls = 0;
  const source = sourceStream(() => {
    if (++calls === 3) throw new Error("disk gone");
    return mixture(100_000, calls);
  });
  await assertRejects(
    () => source.pipeThrough(pipeline.transform).pipeTo(sinkStream(() => {})),
    Error,
    "disk gone",
  );
});

Deno.test("an error of the sink reaches the copy, and the source hears of it", async () => {
  using pipeline = await build(WRITE, services);
  let reason: unknown;
  const source = sourceStream(() => mixture(300_000, 1), { cancelled: (why) => void (reason = why) });
  const sink = sinkStream(() => {
    throw new Error("no space");
  });
  await assertRejects(() => source.pipeThrough(pipeline.transform).pipeTo(sink), Error, "no space");
  assertEquals((reason as Error).message, "no space");
});

Deno.test("a signal ends a copy that waits for its sink", async () => {
  using pipeline = await build(WRITE, services);
  const controller = new AbortController();
  let reason: unknown;
  const source = sourceStream(() => mixture(300_000, 1), { cancelled: (why) => void (reason = why) });
  const { promise, resolve } = Promise.withResolvers<void>();
  const sink = sinkStream((_chunk: Chunk) => {
    controller.abort(new Error("signal"));
    return promise;
  });
  const copy = source.pipeThrough(pipeline.transform).pipeTo(sink, { signal: controller.signal });
  resolve();
  await assertRejects(() => copy, Error, "signal");
  assertEquals((reason as Error).message, "signal");
});

Deno.test("a signal ends a copy that waits for its source", async () => {
  using pipeline = await build(WRITE, services);
  const controller = new AbortController();
  const never = new Promise<Chunk>(() => {});
  const source = sourceStream(() => never);
  const copy = source.pipeThrough(pipeline.transform).pipeTo(sinkStream(() => {}), { signal: controller.signal });
  controller.abort(new Error("signal"));
  await assertRejects(() => copy, Error, "signal");
});

Deno.test("aborting the writable side ends the readable side", async () => {
  using pipeline = await build(WRITE, services);
  const read = pipeline.transform.readable.getReader().read();
  await pipeline.transform.writable.abort(new Error("stop"));
  await assertRejects(() => read, Error, "stop");
});

Deno.test("a write that waits for a reader ends when the pipeline is aborted", async () => {
  using pipeline = await build([{ stage: "count" }]);
  const writer = pipeline.transform.writable.getWriter();
  const written = writer.write(new Uint8Array(1));
  const aborted = writer.abort(new Error("stop"));
  await assertRejects(() => written, Error, "stop");
  await assertRejects(() => pipeline.transform.readable.getReader().read(), Error, "stop");
  await aborted;
});

Deno.test("a passphrase that is not at hand leaves no stage open", async () => {
  const error = await thrown(() => build(WRITE));
  assertEquals(error, "25 no passphrase of level 'set' where stage 'encrypt' runs");
});

Deno.test("source and sink may answer later", async () => {
  using pipeline = await build([{ stage: "sha1" }]);
  const chunks = [new Uint8Array([1]), new Uint8Array([2])];
  const out: Chunk[] = [];
  await sourceStream(() => Promise.resolve(chunks.shift())).pipeThrough(pipeline.transform).pipeTo(
    sinkStream(async (chunk) => {
      await Promise.resolve();
      out.push(chunk);
    }),
  );
  assertEquals(concat(...out), new Uint8Array([1, 2]));
});

Deno.test("no stage gets more than 1 MiB at once, wherever it stands", async () => {
  const plain = mixture(3_000_001, 6);
  const stored = await runStream([{ stage: "compress", type: "bz2", level: 1 }, { stage: "encrypt", key: KEY }], [
    plain,
  ], services);
  const noise = [{ stage: "compress", type: "none", level: 0 }, { stage: "encrypt", key: KEY }] as StageSpec[];
  const wide = await runStream([...noise, { stage: "compress", type: "lz4", level: 1 }], [
    plain.slice(0, 200_000),
    plain,
  ], services);
  const back = await runStream(
    [{ stage: "decompress", type: "lz4" }, { stage: "decrypt", key: KEY }],
    cutRandomly(wide.bytes, { seed: 1, max: 2_000_000 }),
    services,
  );
  assert(sameBytes(back.bytes, concat(plain.subarray(0, 200_000), plain)));
  const read: StageSpec[] = [{ stage: "decrypt", key: KEY }, { stage: "decompress", type: "bz2" }];
  assert(sameBytes((await runBytes(read, stored.bytes, services)).bytes, plain));
});

Deno.test("results stay unknown when the reader leaves while the end is being worked on", async () => {
  let answer!: (bytes: Chunk) => void;
  const reread = () => new Promise<Chunk>((resolve) => answer = resolve);
  const pipeline = await build([PAGES], { reread });
  const writer = pipeline.transform.writable.getWriter();
  const reader = pipeline.transform.readable.getReader();
  const read = reader.read();
  const written = writer.write(mixture(8192, 7));
  const closed = writer.close();
  await read;
  await reader.cancel("enough");
  answer(new Uint8Array(0));
  const settled = await Promise.allSettled([written, closed]);
  assertEquals(settled.at(-1)!.status, "rejected");
  assertEquals(
    await thrown(() => Promise.resolve().then(() => pipeline.results())),
    "25 results of a pipeline that has not ended",
  );
});
