import { BackRestError, fail } from "../../error.ts";
import { archivePath } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import { findStored, storedSegmentName } from "../../repository/wal/stored_name.ts";
import { parentOf } from "../../storage/path.ts";

/** First and longest pause between two looks, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;

/** The archive of one cluster in one repository. */
export interface Archive {
  repository: Repository;
  archiveId: string;
}

/**
 * Waits until a segment is in the archive and returns its path there. Error 82 when it does not come within `timeout`
 * milliseconds, 45 when it is there twice.
 */
export async function waitForSegment(
  { repository, archiveId }: Archive,
  segment: string,
  { timeout, signal }: { timeout: number; signal: AbortSignal },
): Promise<string> {
  const folder = parentOf(archivePath({ stanza: repository.stanza, archiveId }, segment));
  const deadline = Date.now() + timeout;
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const names: string[] = [];
    for await (const batch of repository.storage.list(folder)) names.push(...batch.map(({ name }) => name));
    const found = findStored(names, segment);
    if (found.length > 1) {
      fail(
        "archiveDuplicate",
        `duplicates found in archive for WAL segment ${segment}: ${found.map(storedSegmentName).join(", ")}`,
        {
          hint: "are multiple primaries archiving to this stanza?",
        },
      );
    }
    if (found[0] !== undefined) return `${folder}/${storedSegmentName(found[0])}`;
    if (Date.now() >= deadline) throw notArchived(repository, { segment, timeout });
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, Math.max(1, deadline - Date.now()))));
  }
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
