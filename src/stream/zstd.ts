import { fail } from "../error.ts";
import { failDamaged } from "./damage.ts";
import type { Stage } from "./stage.ts";
import { OWN_BUFFER, ZlibCodec } from "./zlib_codec.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** Directives of zstd. */
const CONTINUE = 0;
const END = 2;

/** Compresses to one zstd frame without checksum and content size. Level -7 to 22; 0 is 3, negative levels are faster. */
export async function zstdStage(level: number): Promise<Stage> {
  const { createZstdCompress, constants } = await import("node:zlib");
  const params: Record<number, number> = { [constants.ZSTD_c_compressionLevel]: level };
  if (level === -1) {
    // The runtime takes -1 for "not given". All negative levels are one table row that differs in this parameter only.
    params[constants.ZSTD_c_compressionLevel] = -2;
    params[constants.ZSTD_c_targetLength] = 1;
  }
  const codec = new ZlibCodec(createZstdCompress({ params, ...OWN_BUFFER }), 1);
  const broken = (message: string) => fail("assert", `unable to compress zst: ${message}`);
  return {
    push(chunk, emit) {
      codec.load(chunk);
      while (codec.step(CONTINUE, emit, broken) === "more");
    },
    flush(emit) {
      while (codec.step(END, emit, broken) === "more");
      codec.drain(emit);
    },
    close: () => codec.close(),
  };
}

/** Decompresses zstd frames one behind the other; error 29 for anything else and for less. */
export async function unzstdStage(): Promise<Stage> {
  const { createZstdDecompress } = await import("node:zlib");
  const codec = new ZlibCodec(createZstdDecompress(OWN_BUFFER), 4);
  const frames = new ZstdFrames();
  const damaged = (message: string) =>
    failDamaged("zst", codec.offset, message.replace(/^Zstd decompress error: /, ""));
  return {
    push(chunk) {
      frames.push(chunk);
      codec.load(chunk);
    },
    more(emit) {
      const state = codec.step(CONTINUE, emit, damaged);
      if (state === "stuck") damaged("unusable data");
      return state === "more";
    },
    flush(emit) {
      frames.end();
      codec.drain(emit);
    },
    close: () => codec.close(),
  };
}
