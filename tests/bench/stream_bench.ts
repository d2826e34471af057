// How fast the pipelines are, from file to file, one thread. Run by hand:
//
//   deno bench -A tests/bench/stream_bench.ts
//   BENCH_FILE=/path/of/a/relation deno bench -A tests/bench/stream_bench.ts
//
// Without BENCH_FILE it makes 32 MiB of pages of its own. MB/s = size of the file / time per iteration.

import { type Chunk, CHUNK_SIZE } from "../../src/stream/chunk.ts";
import { sinkStream, sourceStream } from "../../src/stream/pipe.ts";
import { build } from "../../src/stream/pipeline.ts";
import type { StageSpec } from "../../src/stream/stage.ts";
import { KEY, services } from "../stream/keys.ts";
import { validPages } from "../stream/pages.ts";

const folder = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const plain = Deno.env.get("BENCH_FILE") ?? `${folder}/plain`;
if (plain.startsWith(folder)) Deno.writeFileSync(plain, validPages(8192, 4096));

async function copy(from: string, to: string, specs: StageSpec[]): Promise<void> {
  using source = Deno.openSync(from);
  using target = Deno.openSync(to, { write: true, create: true, truncate: true });
  using pipeline = await build(specs, services);
  const next = (): Chunk | undefined => {
    const chunk = new Uint8Array(CHUNK_SIZE);
    const size = source.readSync(chunk);
    return size === null ? undefined : chunk.subarray(0, size);
  };
  const write = (chunk: Chunk) => {
    for (let at = 0; at < chunk.length;) at += target.writeSync(chunk.subarray(at));
  };
  await sourceStream(next).pipeThrough(pipeline.transform).pipeTo(sinkStream(write));
}

const READ: StageSpec[] = [
  { stage: "pageChecksum", pageSize: 8192, segment: 0, segmentPages: 131072, headerCheck: true },
  { stage: "sha1" },
  { stage: "count" },
];
const STORED: StageSpec[] = [{ stage: "sha1" }, { stage: "count" }];

const FORMS: { name: string; write: StageSpec[]; read: StageSpec[] }[] = [
  { name: "none", write: [], read: [] },
  ...([["gz", 6], ["gz", 1], ["zst", 3], ["zst", 1], ["lz4", 1], ["bz2", 9]] as const).map(([type, level]) => ({
    name: `${type} ${level}`,
    write: [{ stage: "compress", type, level }] satisfies StageSpec[],
    read: [{ stage: "decompress", type }] satisfies StageSpec[],
  })),
  { name: "aes", write: [{ stage: "encrypt", key: KEY }], read: [{ stage: "decrypt", key: KEY }] },
];

for (const { name, write, read } of FORMS) {
  const stored = `${folder}/${name}`;
  await copy(plain, stored, write);
  for (
    const [group, from, specs] of [["backup", plain, [...READ, ...write, ...STORED]], ["restore", stored, [
      ...read,
      ...STORED,
    ]]] as const
  ) {
    Deno.bench({ name: `${group} ${name}`, group, fn: async () => await copy(from, `${folder}/out`, [...specs]) });
  }
}
