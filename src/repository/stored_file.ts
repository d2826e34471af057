import { fail } from "../error.ts";
import type { Sink, Source, Storage, WriteOptions } from "../storage/storage.ts";
import { readPieces, transfer, type TransferOptions, type Transferred } from "../storage/transfer.ts";
import type { Chunk } from "../stream/chunk.ts";
import type { KeyRef, StageResult, StageServices, StageSpec } from "../stream/stage.ts";
import { openStored, type StoredPlace, writingPlaces } from "../storage/elsewhere.ts";
import { readKeyHandle } from "./key_handle.ts";

/** Services that answer every key reference with one passphrase: the caller knows which level it works on. */
export function keyServices(passphrase: string | undefined): Pick<StageServices, "key"> {
  if (passphrase === undefined) return {};
  if (readKeyHandle(passphrase) !== undefined) {
    return { key: () => fail("assert", "a passphrase is wanted on a host that does not own it") };
  }
  const bytes = new TextEncoder().encode(passphrase);
  return { key: () => bytes };
}

/** The stage that decrypts, none where there is no passphrase. */
export function decryptStages(
  passphrase: string | undefined,
  level: KeyRef["level"],
  raw: boolean = false,
): StageSpec[] {
  return passphrase === undefined ? [] : [{ stage: "decrypt", key: keyOf(passphrase, level), raw }];
}

/** The stage that encrypts, none where there is no passphrase. */
export function encryptStages(
  passphrase: string | undefined,
  level: KeyRef["level"],
  raw: boolean = false,
): StageSpec[] {
  return passphrase === undefined ? [] : [{ stage: "encrypt", key: keyOf(passphrase, level), raw }];
}

function keyOf(passphrase: string, level: KeyRef["level"]): KeyRef {
  const ref = readKeyHandle(passphrase);
  return ref === undefined ? { level } : { ...ref, elsewhere: true };
}

/** The plain bytes of a stored file, piece by piece. */
export async function* readStored(
  storage: Storage,
  place: StoredPlace,
  { specs, ...options }: TransferOptions & { specs: readonly StageSpec[] },
): AsyncGenerator<Chunk> {
  const { source, here } = await openStored(storage, place, specs);
  using _open = source;
  yield* readPieces(source, here, options);
}

/** Moves the bytes of a stored file through stages to wherever `write` puts them. */
export async function transferStored(
  storage: Storage,
  place: StoredPlace,
  { specs, write, ...options }: TransferOptions & { specs: readonly StageSpec[]; write: Sink["write"] },
): Promise<Transferred> {
  const { source, here } = await openStored(storage, place, specs);
  using _open = source;
  const { results, size } = await transfer(source, { write: (chunk) => write(chunk) }, here, options);
  return { results: [...source.results?.() ?? [], ...results], size };
}

/** Stores what a source gives as a file, through stages; it appears when all of it is on disk. */
export async function storeFrom(
  storage: Storage,
  path: string,
  { source, specs, how, holdKeys, ...options }: TransferOptions & {
    source: Source;
    specs: readonly StageSpec[];
    how?: WriteOptions;
    holdKeys?: boolean;
  },
): Promise<Transferred> {
  const { there, here } = writingPlaces(specs, { holdKeys: holdKeys === true });
  await using sink = await storage.write(path, there.length === 0 ? how : { ...how, stages: there });
  const { results, size } = await transfer(source, sink, here, options);
  const committed = await sink.commit();
  return { results: [...results, ...committed.results ?? []], size };
}

/** Stores bytes that are at hand under each of the names, in their order; gives what the stages learned. */
export async function storeBytes(
  storage: Storage,
  paths: readonly string[],
  { bytes, specs, services, how }: {
    bytes: Chunk;
    specs: readonly StageSpec[];
    services: StageServices;
    how?: WriteOptions | undefined;
  },
): Promise<StageResult[]> {
  const { there, here } = writingPlaces(specs);
  const { bytes: made, results } = await runHere(here, bytes, services);
  let learned: StageResult[] = [];
  for (const path of paths) {
    await using sink = await storage.write(path, there.length === 0 ? how : { ...how, stages: there });
    for (const chunk of made) await sink.write(chunk);
    learned = (await sink.commit()).results ?? [];
  }
  return [...results, ...learned];
}

async function runHere(specs: readonly StageSpec[], bytes: Chunk, services: StageServices) {
  if (specs.length === 0) return { bytes: [bytes], results: [] };
  const { runOnce } = await import("../stream/pipeline.ts");
  return await runOnce(specs, bytes, services);
}
