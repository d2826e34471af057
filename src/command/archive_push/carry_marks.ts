import { asError } from "../../error.ts";
import type { Logger } from "../../log.ts";
import { archivePath } from "../../repository/layout.ts";
import { holeMark } from "../../repository/wal/hole_mark.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { readDropped, saveDropped } from "../archive/spool/dropped.ts";
import type { ArchiveTarget, ArchiveTargets } from "./target.ts";

/**
 * Marks in the repositories what was dropped, as far as it has not arrived after all. The list in the spool ends when
 * every repository has its marks; one that cannot be written gets them another time.
 */
export async function carryMarks(
  dropped: string,
  { archive: { targets, failures }, log }: { archive: ArchiveTargets; log: Logger },
): Promise<void> {
  const names = readDropped(dropped);
  if (names.length === 0) return;
  let complete = failures.length === 0;
  for (const target of targets) {
    try {
      await markIn(target, names);
    } catch (thrown) {
      complete = false;
      log.warn(`unable to mark dropped WAL in repo${target.key}, will be retried: ${asError(thrown).message}`);
    }
  }
  if (!complete) return;
  log.info(`marked ${names.length} dropped WAL file(s) in the archive`);
  await saveDropped(dropped, []);
}

async function markIn({ repository, archiveId }: ArchiveTarget, names: readonly string[]): Promise<void> {
  const { storage, stanza } = repository;
  const listings = new Map<string, string[]>();
  for (const name of names) {
    const path = archivePath({ stanza, archiveId }, holeMark(name));
    const folder = parentOf(path);
    const stored = listings.get(folder) ?? await storage.names(folder);
    listings.set(folder, stored);
    if (stored.some((each) => each === baseOf(path) || each === name || each.startsWith(`${name}-`))) continue;
    await using sink = await storage.write(path);
    await sink.commit();
  }
}
