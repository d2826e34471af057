import { BackRestError, fail } from "../../error.ts";
import { archivePath } from "../../repository/layout.ts";
import { describePath, type Repository } from "../../repository/repository.ts";
import { findStored, type StoredSegment, storedSegmentName } from "../../repository/wal/stored_name.ts";
import { parentOf } from "../../storage/path.ts";

/** First and longest pause between two looks, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;

/** The archive of one cluster in one repository. */
export interface Archive {
  repository: Repository;
  archiveId: string;
}

/** How a segment is waited for. */
export interface WaitRules {
  /** Milliseconds. */
  timeout: number;
  /** Bytes of a segment of the cluster. */
  segmentSize: number;
  signal: AbortSignal;
}

/**
 * Waits until a segment is in the archive and returns its path there. Error 82 when it does not come within the timeout,
 * 45 when it is there twice, 28 when what is there cannot be the whole of it; its content is for verify to look at.
 */
export async function waitForSegment(
  { repository, archiveId }: Archive,
  segment: string,
  { timeout, segmentSize, signal }: WaitRules,
): Promise<string> {
  const folder = parentOf(archivePath({ stanza: repository.stanza, archiveId }, segment));
  const deadline = Date.now() + timeout;
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const sizes = new Map<string, number>();
    for await (const batch of repository.storage.list(folder)) {
      for (const { name, size } of batch) sizes.set(name, size);
    }
    const found = findStored(sizes.keys(), segment);
    if (found.length > 1) {
      fail(
        "archiveDuplicate",
        `duplicates found in archive for WAL segment ${segment}: ${found.map(storedSegmentName).join(", ")}`,
        {
          hint: "are multiple primaries archiving to this stanza?",
        },
      );
    }
    if (found[0] !== undefined) {
      const name = storedSegmentName(found[0]);
      checkSize(repository, `${folder}/${name}`, { stored: found[0], size: sizes.get(name)!, segmentSize });
      return `${folder}/${name}`;
    }
    if (Date.now() >= deadline) throw notArchived(repository, { segment, timeout });
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, Math.max(1, deadline - Date.now()))));
  }
}

/** A segment without compression and encryption has its size, any other at least some bytes. */
function checkSize(
  repository: Repository,
  path: string,
  { stored, size, segmentSize }: { stored: StoredSegment; size: number; segmentSize: number },
): void {
  const plain = stored.compressType === "none" && repository.passphrase === undefined;
  if (plain ? size === segmentSize : size > 0) return;
  fail(
    "fileInvalid",
    `WAL segment '${describePath(repository, path)}' has ${size} bytes, expected ${plain ? segmentSize : "more"}`,
    { hint: "no backup can be made consistent without it. Look for more of the kind with verify." },
  );
}

function notArchived(
  { key, stanza }: Repository,
  { segment, timeout }: { segment: string; timeout: number },
): BackRestError {
  return new BackRestError(
    "archiveTimeout",
    `WAL segment ${segment} was not archived to repo${key} before the ${timeout}ms timeout`,
    {
      hint: "check archive_command and the log of PostgreSQL: is archive-push reporting an error there?\n" +
        `check the configuration and archiving with: pg_backrest --stanza=${stanza} check`,
    },
  );
}
