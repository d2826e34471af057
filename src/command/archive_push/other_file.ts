import { fail } from "../../error.ts";
import { archivePath } from "../../repository/layout.ts";
import { readSmall, writeSmall } from "../../repository/repository.ts";
import { forEachRepository } from "../archive/failures.ts";
import type { PushOutcome } from "./segment.ts";
import type { ArchiveTarget } from "./target.ts";
import type { WalFile } from "./wal_file.ts";

/**
 * Stores a file that is no segment (timeline history, backup history) under its own name, never compressed. One that is
 * there with other content is error 45 unless `overwrite`: a second timeline history of the same number means that two
 * clusters went different ways, and the first one must not be lost.
 */
export async function pushOther(
  file: WalFile,
  { targets, overwrite, execId }: { targets: readonly ArchiveTarget[]; overwrite: boolean; execId: string },
): Promise<PushOutcome> {
  const bytes = file.bytes ?? fail("format", `file '${file.path}' of ${file.size} bytes is too large for the archive`);
  const { done, failures } = await forEachRepository(targets, async ({ repository, archiveId, passphrase, key }) => {
    const path = archivePath({ stanza: repository.stanza, archiveId }, file.name);
    if (!overwrite && await repository.storage.info(path) !== undefined) {
      const there = await readSmall(repository, path, passphrase);
      if (isEqual(there, bytes)) return true;
      fail("archiveDuplicate", `file '${file.name}' already exists in the repo${key} archive with different content`, {
        hint: "do two clusters push to one stanza? To replace it nevertheless: --no-archive-mode-check",
      });
    }
    await writeSmall(repository, path, { bytes, passphrase, options: { tag: execId } });
    return false;
  });
  const duplicate = failures.find(({ error }) => error.kind === "archiveDuplicate");
  if (duplicate !== undefined) throw duplicate.error;
  return { present: done.filter(({ result }) => result).map(({ item }) => item.key), failures };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
