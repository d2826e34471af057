import { describePath } from "../../repository/repository.ts";
import { decryptStages, keyServices } from "../../repository/stored_file.ts";
import { blockSource } from "../../storage/block_source.ts";
import { openStored, readingPlaces } from "../../storage/elsewhere.ts";
import { openSink, removeFile } from "../../storage/posix_file.ts";
import type { Chunk, Sink, Source } from "../../storage/storage.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import type { StageSpec } from "../../stream/stage.ts";
import { isBlockFile, openStoredBlocks } from "./block_file.ts";
import { checkContent, type WriteTools } from "./content.ts";
import type { RestoreFile, StoredFile } from "./restore_job.ts";

/**
 * Writes a file of the backup; `until` is where what its neighbours have stored behind it ends. Error 26 when it is not
 * what the manifest says.
 */
export async function writeFile(file: RestoreFile, until: number, tools: WriteTools): Promise<void> {
  const { path, mode, time, uid, gid, stored } = file;
  const owner = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  // A new file: the old one may be write-protected, or the other end of a hard link somebody made to keep it.
  removeFile(path);
  await using sink = openSink(path, { how: "inPlace", mode, time, owner });
  if (stored !== undefined) await writeContent({ ...file, stored }, { sink, until, ...tools });
  await sink.commit();
}

/** A file that has content, and up to where reading may go on for its neighbours. */
type Content = WriteTools & { sink: Sink; until: number };

async function writeContent(file: RestoreFile & { stored: StoredFile }, content: Content): Promise<void> {
  const { sink, settings, repository, services } = content;
  const from = describePath(repository, file.stored.path);
  const { source, specs } = await openContent(file, content);
  using _closed = source;
  let size = 0;
  const write = (chunk: Chunk) => {
    size += chunk.length;
    services.progress(chunk.length);
    return sink.write(chunk);
  };
  const { results } = await transfer(source, { write }, [...specs, { stage: "sha1" }], {
    name: from,
    signal: services.signal,
    check: services.checkCancelled,
    ...keyServices(settings.passphrase),
  });
  checkContent(file, { size, checksum: sha1Of(results), from });
}

/** What is stored of a file, and the stages that lead from there to its plain bytes. */
async function openContent(
  file: RestoreFile & { stored: StoredFile },
  { until, ...tools }: Content,
): Promise<{ source: Source; specs: StageSpec[] }> {
  const { settings: { passphrase, compressType: type }, repository, reader } = tools;
  if (isBlockFile(file)) {
    return { source: blockSource(repository.storage, await openStoredBlocks(file, tools)), specs: [] };
  }
  const { raw, ...part } = file.stored;
  const specs: StageSpec[] = [...decryptStages(passphrase, "set", raw), { stage: "decompress", type, raw }];
  if (readingPlaces(specs).there.length === 0) return { source: await reader.open(part, until), specs };
  // What another host decrypts comes file by file, not with its neighbours.
  const { source, here } = await openStored(repository.storage, part, specs);
  return { source, specs: here };
}
