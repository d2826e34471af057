import { BackRestError } from "../../error.ts";
import { archivePath } from "../../repository/layout.ts";
import { holeMark } from "../../repository/wal/hole_mark.ts";
import type { ArchiveTarget } from "./target.ts";

/**
 * Takes the mark of a WAL file away that was given up and has arrived after all. A host from which nothing may be removed
 * keeps it: beside its file it says nothing.
 */
export async function withdrawMark({ repository, archiveId }: ArchiveTarget, name: string): Promise<void> {
  const { storage, stanza } = repository;
  try {
    await storage.remove(archivePath({ stanza, archiveId }, holeMark(name)));
  } catch (error) {
    if (!(error instanceof BackRestError) || error.kind !== "access") throw error;
  }
}
