import { fail } from "../../error.ts";
import { baseOf } from "../../storage/path.ts";
import { openSource, readInto, readWhole } from "../../storage/posix_source.ts";
import { storageError } from "../../storage/os_error.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import { type Chunk, joinChunks } from "../../stream/chunk.ts";
import type { CompressType, StageServices, StageSpec } from "../../stream/stage.ts";

/** Up to this many bytes a file is held in memory: read once, hashed and compressed in one go. */
export const IN_MEMORY_LIMIT: number = 64 * 1024 * 1024;

/** How files are compressed. */
export interface Compression {
  type: CompressType;
  level: number;
}

/** A file PostgreSQL wants archived. */
export interface WalFile {
  path: string;
  name: string;
  /** Bytes. */
  size: number;
  /** The content, for files up to {@linkcode IN_MEMORY_LIMIT}. */
  bytes?: Chunk;
}

/** Memory for the content of one file after the other: new memory for each costs more than to read it. */
export class WalRoom {
  #bytes: Chunk = new Uint8Array(0);

  /** Memory of at least so many bytes; what was given out before is overwritten. */
  take(size: number): Chunk {
    if (this.#bytes.length < size) this.#bytes = new Uint8Array(size);
    return this.#bytes;
  }
}

/**
 * Opens a WAL file: small ones are read, into `room` where it is given, larger ones are only looked at. Errors: 55 missing,
 * 41, 42.
 */
export function openWalFile(path: string, room?: WalRoom): WalFile {
  const size = sizeOf(path);
  const file: WalFile = { path, name: baseOf(path), size };
  if (size > IN_MEMORY_LIMIT) return file;
  const bytes = room === undefined ? readWhole(path) : readInto(room.take(size), path);
  return { ...file, size: bytes.length, bytes };
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    throw storageError("fileMissing", "open WAL file", path, error);
  }
}

/** The first bytes of the file. */
export async function headOf(file: WalFile, length: number): Promise<Chunk> {
  if (file.bytes !== undefined) return file.bytes.subarray(0, length);
  using source = openSource(file.path, { length });
  return await source.next() ?? new Uint8Array(0);
}

/** SHA-1 of the content in hex. */
export async function checksumOf(file: WalFile): Promise<string> {
  if (file.bytes !== undefined) {
    const { sha1Once } = await import("../../stream/sha1.ts");
    return await sha1Once(file.bytes);
  }
  using source = openSource(file.path);
  const { results } = await transfer(source, { write: () => {} }, [{ stage: "sha1" }], { name: file.path });
  return sha1Of(results);
}

/** Content ready to be stored in any number of repositories, before encryption. */
export type Packed = (write: (chunk: Chunk) => void | Promise<void>, encrypt: EncryptTools) => Promise<void>;

/** What encrypts on the way into one repository; empty where it is not encrypted. */
export interface EncryptTools {
  stages: StageSpec[];
  services: Pick<StageServices, "key">;
}

/**
 * Compresses the content: once for all repositories when it is in memory, else on the way into each. What is stored must
 * hash to `checksum`; a file that changes under a running push is error 26.
 */
export async function pack(file: WalFile, compression: Compression, checksum: Promise<string>): Promise<Packed> {
  if (file.bytes === undefined) return packStreaming(file, compression, checksum);
  const packed = await compressOnce(file.bytes, compression);
  return async (write, { stages, services }) => {
    if (stages.length === 0) return await write(packed);
    const { runOnce } = await import("../../stream/pipeline.ts");
    const { bytes } = await runOnce(stages, packed, services);
    for (const chunk of bytes) await write(chunk);
  };
}

/** gz at its default level needs no `node:` module, which at this size saves more time than the codec takes. */
async function compressOnce(bytes: Chunk, { type, level }: Compression): Promise<Chunk> {
  if (type === "none") return bytes;
  if (type === "gz" && (level === 6 || level === -1)) {
    const { gzipOnce } = await import("../../stream/gzip.ts");
    return joinChunks(await gzipOnce(bytes));
  }
  const { runOnce } = await import("../../stream/pipeline.ts");
  return joinChunks((await runOnce([{ stage: "compress", type, level }], bytes)).bytes);
}

function packStreaming(file: WalFile, { type, level }: Compression, checksum: Promise<string>): Packed {
  return async (write, { stages, services }) => {
    using source = openSource(file.path);
    const specs: StageSpec[] = [{ stage: "sha1" }, { stage: "compress", type, level }, ...stages];
    const options = { name: file.path, ...services };
    const { results } = await transfer(source, { write: (chunk) => write(chunk) }, specs, options);
    const found = sha1Of(results);
    const wanted = await checksum;
    if (found === wanted) return;
    fail("checksum", `WAL file '${file.path}' changed while it was pushed: checksum ${wanted}, then ${found}`);
  };
}
