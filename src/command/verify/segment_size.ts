import { BackRestError } from "../../error.ts";
import { parseWalHeader, WAL_HEADER_SIZE } from "../../postgres/wal_header.ts";
import { archiveFolder } from "../../repository/layout.ts";
import { describePath, type Repository } from "../../repository/repository.ts";
import { decryptStages, keyServices, readStored } from "../../repository/stored_file.ts";
import { parseStoredSegment } from "../../repository/wal/stored_name.ts";
import { baseOf } from "../../storage/path.ts";
import type { StageSpec } from "../../stream/stage.ts";
import type { ArchivedFile } from "./archive_files.ts";

/** Most segments that are tried: where so many cannot be read, all of them are damaged, or the passphrase is wrong. */
const TRIES = 16;

/** Segment size of an archive id in bytes, from the head of the first segment that can be read; undefined where none can. */
export async function findSegmentSize(
  repository: Repository,
  segments: readonly ArchivedFile[],
  passphrase: string | undefined,
): Promise<number | undefined> {
  for (const { path } of segments.slice(0, TRIES)) {
    const stored = `${archiveFolder(repository.stanza)}/${path}`;
    try {
      return parseWalHeader(await headOf(repository, stored, passphrase), path).segmentSize;
    } catch (error) {
      // The file will be found damaged when it is its turn.
      if (!(error instanceof BackRestError)) throw error;
    }
  }
  return undefined;
}

async function headOf(repository: Repository, path: string, passphrase: string | undefined): Promise<Uint8Array> {
  const specs: StageSpec[] = [
    ...decryptStages(passphrase, "archive"),
    { stage: "decompress", type: parseStoredSegment(baseOf(path))!.compressType },
  ];
  const head = new Uint8Array(WAL_HEADER_SIZE);
  let filled = 0;
  const options = { specs, name: describePath(repository, path), ...keyServices(passphrase) };
  for await (const piece of readStored(repository.storage, { path }, options)) {
    const taken = piece.subarray(0, WAL_HEADER_SIZE - filled);
    head.set(taken, filled);
    filled += taken.length;
    if (filled === WAL_HEADER_SIZE) break;
  }
  return head.subarray(0, filled);
}
