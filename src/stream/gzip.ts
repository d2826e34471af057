import { fail } from "../error.ts";
import { type Chunk, joinChunks } from "./chunk.ts";
import { failDamaged, failTrailing, failTruncated } from "./damage.ts";
import type { Stage } from "./stage.ts";
import { OWN_BUFFER, ZlibCodec } from "./zlib_codec.ts";

/** Flush values of zlib. */
const NO_FLUSH = 0;
const FINISH = 4;

/** What inflate says when `FINISH` meets the middle of a member. */
const TRUNCATED = "unexpected end of file";

/** Compresses to one gzip member, or to one zlib stream (`raw`). Level -1 to 9; -1 is 6. */
export async function gzipStage(form: { level: number; raw: boolean }): Promise<Stage> {
  const { createDeflate, createGzip } = await import("node:zlib");
  const options = { level: form.level, memLevel: 9, ...OWN_BUFFER };
  const codec = new ZlibCodec(form.raw ? createDeflate(options) : createGzip(options), 1);
  const broken = (message: string) => fail("assert", `unable to compress gz: ${message}`);
  return {
    push(chunk, emit) {
      codec.load(chunk);
      while (codec.step(NO_FLUSH, emit, broken) === "more");
    },
    flush(emit) {
      while (codec.step(FINISH, emit, broken) === "more");
      codec.drain(emit);
    },
    close: () => codec.close(),
  };
}

/** Decompresses gzip members or zlib streams (`raw`), one behind the other; error 29 for anything else and for less. */
export async function gunzipStage(form: { raw: boolean }): Promise<Stage> {
  const { createGunzip, createInflate } = await import("node:zlib");
  const codec = new ZlibCodec(form.raw ? createInflate(OWN_BUFFER) : createGunzip(OWN_BUFFER), 4);
  const damaged = (message: string) =>
    message === TRUNCATED ? failTruncated("gz", codec.offset) : failDamaged("gz", codec.offset, message);
  return {
    push: (chunk) => codec.load(chunk),
    more(emit) {
      const state = codec.step(NO_FLUSH, emit, damaged);
      if (state !== "stuck") return state === "more";
      // Only the gzip form goes on to a next member by itself; what it leaves are zeros behind the last one.
      if (!form.raw) failTrailing("gz", codec.offset);
      codec.reset();
      return true;
    },
    flush(emit) {
      while (codec.step(FINISH, emit, damaged) === "more");
      codec.drain(emit);
    },
    close: () => codec.close(),
  };
}

/**
 * Compresses bytes that are all in memory to a gzip member of level 6. For archive-push: it loads no `node:` module,
 * which would cost more than it saves on one segment. The whole input must be given at once, because the platform's
 * stream flushes after each write. The header is made equal to the peer's (it differs in the operating system byte).
 */
export async function gzipOnce(bytes: Chunk): Promise<Chunk[]> {
  const stream = new CompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const chunks: Chunk[] = [];
  for await (const chunk of stream.readable) chunks.push(chunk as Chunk);
  await written;
  while (chunks[0]!.length < 10) chunks.splice(0, 2, joinChunks(chunks.slice(0, 2)));
  chunks[0]![8] = 0;
  chunks[0]![9] = 3;
  return chunks;
}
