import { describePath } from "../../repository/repository.ts";
import { decryptStages, keyServices } from "../../repository/stored_file.ts";
import { Ahead } from "../../storage/ahead.ts";
import { blockSource } from "../../storage/block_source.ts";
import { openStored, readingPlaces } from "../../storage/elsewhere.ts";
import { openSink, removeFile } from "../../storage/posix_file.ts";
import type { Chunk, Sink, Source } from "../../storage/storage.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import type { StageSpec } from "../../stream/stage.ts";
import { isBlockFile, openStoredBlocks } from "./block_file.ts";
import { checkContent, type OpenedContent, type WriteTools } from "./content.ts";
import type { RestoreFile, RestoreSettings, StoredFile } from "./restore_job.ts";

/**
 * Writes a file of the backup, which the caller commits or disposes; `until` is where what its neighbours have stored
 * behind it ends. Error 26 when it is not what the manifest says.
 */
export async function writeFile(file: RestoreFile, until: number, tools: WriteTools): Promise<Sink> {
  const { path, mode, time, uid, gid } = file;
  const owner = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  // A new file: the old one may be write-protected, or the other end of a hard link somebody made to keep it.
  removeFile(path);
  await using stack = new AsyncDisposableStack();
  const sink = stack.use(openSink(path, { how: "inPlace", mode, time, owner, sync: "aside" }));
  if (isStored(file)) await writeContent(file, { sink, until, ...tools });
  stack.move();
  return sink;
}

function isStored(file: RestoreFile): file is RestoreFile & { stored: StoredFile } {
  return file.stored !== undefined;
}

/** A file that has content, and up to where reading may go on for its neighbours. */
type Content = WriteTools & { sink: Sink; until: number };

async function writeContent(file: RestoreFile & { stored: StoredFile }, content: Content): Promise<void> {
  const { sink, settings, repository, services } = content;
  const from = describePath(repository, file.stored.path);
  using opened = await openContent(file, content);
  const { source, specs } = opened;
  let size = 0;
  const write = (chunk: Chunk) => {
    size += chunk.length;
    services.progress(chunk.length);
    return sink.write(chunk);
  };
  const { results } = await transfer(source, { write }, [...specs, { stage: "sha1" }], {
    name: from,
    // Blocks are parts of what is kept for those behind them.
    release: !isBlockFile(file),
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
): Promise<OpenedContent> {
  const { repository, reader } = tools;
  if (isBlockFile(file)) return content(blockSource(repository.storage, await openStoredBlocks(file, tools)), []);
  const opened = tools.ahead?.take(file) ?? openApart(file, until, tools);
  return await opened ?? content(await reader.open(file.stored, until), storedStages(file.stored, tools.settings));
}

function content(source: Source, specs: StageSpec[]): OpenedContent {
  return { source, specs, [Symbol.dispose]: () => source[Symbol.dispose]() };
}

/** The stages that lead from what is stored of a whole file to its plain bytes. */
function storedStages({ raw }: StoredFile, { passphrase, compressType: type }: RestoreSettings): StageSpec[] {
  return [...decryptStages(passphrase, "set", raw), { stage: "decompress", type, raw }];
}

/**
 * Opens what is stored of a file by itself; nothing for what is better read in one go with its neighbours, up to `until`.
 * What another host decrypts comes file by file.
 */
function openApart(
  file: RestoreFile,
  until: number,
  { settings, repository }: Pick<WriteTools, "settings" | "repository">,
): Promise<OpenedContent> | undefined {
  const { stored } = file;
  if (stored === undefined || isBlockFile(file)) return undefined;
  const specs = storedStages(stored, settings);
  const isAlone = stored.offset === 0 && stored.length === until;
  if (!isAlone && readingPlaces(specs).there.length === 0) return undefined;
  const { path, offset, length } = stored;
  return openStored(repository.storage, { path, offset, length }, specs).then(({ source, here }) =>
    content(source, here)
  );
}

/** Opens files early that lie on another host; `ends` says up to where each is read with its neighbours. */
export function openAhead(
  files: readonly RestoreFile[],
  ends: readonly number[],
  tools: Pick<WriteTools, "settings" | "repository">,
): Ahead<RestoreFile, OpenedContent> | undefined {
  if (!tools.repository.storage.can.stages) return undefined;
  const until = new Map(files.map((file, i) => [file, ends[i]!]));
  return new Ahead(files, (file) => openApart(file, until.get(file)!, tools));
}
