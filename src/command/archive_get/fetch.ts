import { BackRestError } from "../../error.ts";
import { decryptStages, describePath, fetchStored, readSmall } from "../../repository/repository.ts";
import { openSink } from "../../storage/posix_file.ts";
import { sha1Of } from "../../storage/transfer.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { StageSpec } from "../../stream/stage.ts";
import type { ArchiveMatch } from "./find.ts";

/** Stored segments up to this many bytes are fetched in one go, without the modules that streams need. */
const IN_MEMORY_LIMIT = 64 * 1024 * 1024;

/** Permission bits of a delivered file: PostgreSQL's own. */
const DELIVERED_MODE = 0o600;

/** How a file is delivered: to PostgreSQL, which makes it durable itself, or to the spool. */
export interface Delivery {
  /** Permission bits; default PostgreSQL's own. */
  mode?: number;
  /** Whether it must survive a crash of the host; default false. */
  sync?: boolean;
  /** Called when the file is whole, before it becomes visible. */
  beforeCommit?(): Promise<void>;
}

/**
 * Brings a stored file to its destination: decrypted, decompressed, and for a segment hashed against the checksum in its
 * name (error 26). Nothing appears at the destination unless all is well.
 */
export async function fetchMatch(
  match: ArchiveMatch,
  destination: string,
  { mode = DELIVERED_MODE, sync = false, beforeCommit }: Delivery = {},
): Promise<void> {
  await using sink = openSink(destination, { mode, sync });
  const size = (await match.repository.storage.info(match.path, { follow: true }))?.size ?? 0;
  const write = (chunk: Chunk) => sink.write(chunk);
  const found = size <= IN_MEMORY_LIMIT && await fetchInMemory(match, write) || await fetchStreaming(match, write);
  if (match.checksum !== undefined && found !== match.checksum) {
    const path = describePath(match.repository, match.path);
    throw new BackRestError(
      "checksum",
      `WAL segment '${path}' has checksum ${found} where its name says ${match.checksum}`,
      {
        file: path,
        hint: `the stored segment is damaged. Look with: pg_backrest --stanza=${match.repository.stanza} verify`,
      },
    );
  }
  await beforeCommit?.();
  await sink.commit();
}

/** The way of segments that are stored as they are: no module that streams need; false for every other form. */
async function fetchInMemory(
  match: ArchiveMatch,
  write: (chunk: Chunk) => void | Promise<void>,
): Promise<string | false> {
  if (match.checksum === undefined || match.compressType !== "none") return false;
  const bytes = await readSmall(match.repository, match.path, match.passphrase);
  const { sha1Once } = await import("../../stream/sha1.ts");
  await write(bytes);
  return await sha1Once(bytes);
}

/** Any size, any form: through the stages. Files that are no segments carry no checksum and give an empty one. */
async function fetchStreaming(match: ArchiveMatch, write: (chunk: Chunk) => void | Promise<void>): Promise<string> {
  const specs: StageSpec[] = [
    ...decryptStages(match.passphrase, "archive"),
    { stage: "decompress", type: match.compressType },
    ...(match.checksum === undefined ? [] : [{ stage: "sha1" } as const]),
  ];
  const { results } = await fetchStored(match.repository, match, specs, { write });
  return match.checksum === undefined ? "" : sha1Of(results);
}
