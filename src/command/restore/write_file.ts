import { fail } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { decryptStages, describePath, keyServices, type Repository } from "../../repository/repository.ts";
import type { PartReader } from "../../storage/parts.ts";
import { openSink, removeFile } from "../../storage/posix_file.ts";
import type { Sink } from "../../storage/storage.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import type { StageSpec } from "../../stream/stage.ts";
import type { RestoreFile, RestoreSettings, StoredFile } from "./restore_job.ts";

/** What writing files works with. */
export interface WriteTools {
  settings: RestoreSettings;
  repository: Repository;
  services: JobServices;
  /** Reads what is stored. */
  reader: PartReader;
}

/**
 * Writes a file of the backup; `until` is where what its neighbours have stored behind it ends. Error 26 when it is not
 * what the manifest says.
 */
export async function writeFile(file: RestoreFile, until: number, tools: WriteTools): Promise<void> {
  const { path, mode, time, uid, gid } = file;
  const owner = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  // A new file: the old one may be write-protected, or the other end of a hard link somebody made to keep it.
  removeFile(path);
  await using sink = openSink(path, { how: "inPlace", mode, time, owner });
  if (file.stored !== undefined) await writeContent({ ...file, stored: file.stored }, { sink, until, ...tools });
  await sink.commit();
}

async function writeContent(
  file: RestoreFile & { stored: StoredFile },
  { sink, until, settings, repository, services, reader }: WriteTools & { sink: Sink; until: number },
): Promise<void> {
  const { raw, ...part } = file.stored;
  const specs: StageSpec[] = [
    ...decryptStages(settings.passphrase, "set", raw),
    { stage: "decompress", type: settings.compressType, raw },
    { stage: "sha1" },
  ];
  const from = describePath(repository, part.path);
  let size = 0;
  const write = (chunk: Parameters<Sink["write"]>[0]) => {
    size += chunk.length;
    services.progress(chunk.length);
    return sink.write(chunk);
  };
  const { results } = await transfer(await reader.open(part, until), { write }, specs, {
    name: from,
    signal: services.signal,
    check: services.checkCancelled,
    ...keyServices(settings.passphrase),
  });
  checkContent(file, { size, checksum: sha1Of(results), from });
}

function checkContent(file: RestoreFile, found: { size: number; checksum: string; from: string }): void {
  if (found.size === file.size && found.checksum === file.checksum) return;
  fail(
    "checksum",
    `error restoring '${file.path}': actual checksum '${found.checksum}' (${found.size} bytes) does not match expected ` +
      `checksum '${file.checksum}' (${file.size} bytes)`,
    { file: found.from, hint: `the stored file is damaged: ${found.from}\nuse another backup set: --set=...` },
  );
}
