import { fail } from "../../error.ts";
import { compressTypeOf } from "../../repository/layout.ts";
import { decryptStages, fetchStored, type Repository } from "../../repository/repository.ts";
import { baseOf } from "../../storage/path.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { CompressType, StageSpec } from "../../stream/stage.ts";

/** How the bytes of a file are given out. */
export interface FetchOptions {
  /** Decrypts with this passphrase; without it the bytes come as they are stored. */
  passphrase?: string | undefined;
  /** Decompresses by the extension of the name. */
  decompress: boolean;
  write(chunk: Chunk): void;
}

/** Gives out a file of the repository; false when it is missing. Errors: 42 for a folder, 29 and 95 for damaged data. */
export async function fetchFile(repository: Repository, path: string, options: FetchOptions): Promise<boolean> {
  const { storage } = repository;
  const entry = await storage.info(path, { follow: true });
  if (entry === undefined) return false;
  if (entry.kind === "folder") fail("fileRead", `unable to read '${storage.root}/${path}': [21] Is a directory`);
  const { passphrase, decompress, write } = options;
  const specs: StageSpec[] = [
    ...decryptStages(passphrase, "set"),
    ...(decompress ? [{ stage: "decompress", type: compressTypeByName(path) } as const] : []),
  ];
  await fetchStored(repository, { path, passphrase }, specs, { write });
  return true;
}

/** What a file is compressed with, by the extension of its name; `none` where that says nothing. */
export function compressTypeByName(path: string): CompressType {
  return compressTypeOf(/\.[^.]*$/.exec(baseOf(path))?.[0] ?? "") ?? "none";
}
