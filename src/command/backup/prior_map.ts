import { BackRestError, type ErrorKind } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { fetchBlockMap } from "../../repository/block_file.ts";
import type { Repository } from "../../repository/repository.ts";
import { readBlockMap } from "../../stream/blocks/map_read.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { CopyFile, CopySettings } from "./copy_job.ts";

/** What a map that is gone or damaged looks like. */
const UNUSABLE: readonly ErrorKind[] = ["fileMissing", "format", "crypto"];

/**
 * The map the prior backup has of a file, as plain bytes; undefined where there is none. One that cannot be used is a warning:
 * the file is then stored with all its blocks.
 */
export async function priorMap(
  { name, block }: CopyFile,
  { settings, repository, services }: { settings: CopySettings; repository: Repository; services: JobServices },
): Promise<Chunk | undefined> {
  if (block?.prior === undefined) return undefined;
  const { size: blockSize, checksumSize, prior } = block;
  try {
    const { mapSize } = prior;
    const map = await fetchBlockMap(repository, prior, { mapSize, passphrase: settings.passphrase });
    readBlockMap(map, { blockSize, checksumSize });
    return map;
  } catch (error) {
    if (!(error instanceof BackRestError) || !UNUSABLE.includes(error.kind)) throw error;
    services.log(
      "warn",
      `block map of file '${name}' in the prior backup is unusable, all of it is stored: ${error.message}`,
    );
    return undefined;
  }
}
