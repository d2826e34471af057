import { BackRestError, fail } from "../../error.ts";
import { archivePath } from "../../repository/layout.ts";
import { readSmall, writeSmall } from "../../repository/repository.ts";
import type { Chunk, WriteOptions } from "../../storage/storage.ts";
import { forEachRepository } from "../archive/failures.ts";
import type { PushOutcome } from "./segment.ts";
import type { ArchiveTarget } from "./target.ts";
import type { WalFile } from "./wal_file.ts";
import { withdrawMark } from "./withdraw_mark.ts";

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
  const { done, failures } = await forEachRepository(targets, async (target) => {
    if (!overwrite && await isPresent(file.name, { target, bytes })) return true;
    try {
      await store(file.name, { target, bytes, options: { tag: execId, how: overwrite ? "atomic" : "noReplace" } });
      return false;
    } catch (error) {
      // Another push was quicker.
      if (error instanceof BackRestError && error.kind === "fileExists") {
        return await isPresent(file.name, { target, bytes });
      }
      throw error;
    }
  });
  const duplicate = failures.find(({ error }) => error.kind === "archiveDuplicate");
  if (duplicate !== undefined) throw duplicate.error;
  return { present: done.filter(({ result }) => result).map(({ item }) => item.key), failures };
}

/** Whether the archive holds the file already; error 45 when it does with other content. */
async function isPresent(name: string, { target, bytes }: { target: ArchiveTarget; bytes: Chunk }): Promise<boolean> {
  const { repository, passphrase, key } = target;
  const path = pathOf(name, target);
  if (await repository.storage.info(path) === undefined) return false;
  if (isEqual(await readSmall(repository, path, passphrase), bytes)) return true;
  fail("archiveDuplicate", `file '${name}' already exists in the repo${key} archive with different content`, {
    hint: "do two clusters push to one stanza? To replace it nevertheless: --no-archive-mode-check",
  });
}

async function store(
  name: string,
  { target, bytes, options }: { target: ArchiveTarget; bytes: Chunk; options: WriteOptions },
): Promise<void> {
  const { repository, passphrase } = target;
  await writeSmall(repository, pathOf(name, target), { bytes, passphrase, options });
  await withdrawMark(target, name);
}

function pathOf(name: string, { repository: { stanza }, archiveId }: ArchiveTarget): string {
  return archivePath({ stanza, archiveId }, name);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
