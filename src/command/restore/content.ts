import { fail } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Ahead } from "../../storage/ahead.ts";
import type { PartReader } from "../../storage/parts.ts";
import type { Source } from "../../storage/storage.ts";
import type { StageSpec } from "../../stream/stage.ts";
import type { RestoreFile, RestoreSettings } from "./restore_job.ts";

/** What writing files works with. */
export interface WriteTools {
  settings: RestoreSettings;
  repository: Repository;
  services: JobServices;
  /** Reads what is stored. */
  reader: PartReader;
  /** Files that are open already. */
  ahead?: Ahead<RestoreFile, OpenedContent> | undefined;
}

/** What is stored of a file, and the stages its bytes still have to go through here. Disposing closes it. */
export interface OpenedContent extends Disposable {
  source: Source;
  specs: StageSpec[];
}

/** Error 26 unless what was written of a file is what the manifest says. */
export function checkContent(file: RestoreFile, found: { size: number; checksum: string; from: string }): void {
  if (found.size === file.size && found.checksum === file.checksum) return;
  fail(
    "checksum",
    `error restoring '${file.path}': actual checksum '${found.checksum}' (${found.size} bytes) does not match expected ` +
      `checksum '${file.checksum}' (${file.size} bytes)`,
    { file: found.from, hint: `the stored file is damaged: ${found.from}\nuse another backup set: --set=...` },
  );
}
