import { openBlocks } from "../../repository/block_file.ts";
import type { StoredBlocks } from "../../storage/block_source.ts";
import type { WriteTools } from "./content.ts";
import type { RestoreFile, StoredFile } from "./restore_job.ts";

/** A file that is stored as blocks. */
export type BlockRestoreFile = RestoreFile & { stored: StoredFile & { block: NonNullable<StoredFile["block"]> } };

/** Whether a file is stored as blocks. */
export function isBlockFile(file: RestoreFile): file is BlockRestoreFile {
  return file.stored?.block !== undefined;
}

/** How a file is put together. Errors 55, 29, 95. */
export async function openStoredBlocks(
  { name, size, stored }: BlockRestoreFile,
  { settings, repository, services }: Omit<WriteTools, "reader">,
): Promise<StoredBlocks> {
  return await openBlocks(repository, { name, size, part: stored, block: stored.block }, {
    references: settings.references,
    compressType: settings.compressType,
    passphrase: settings.passphrase,
    check: services.checkCancelled,
  });
}
