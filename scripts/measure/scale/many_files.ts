/** Clusters with a great many small files, as a server with many tables has them; made without a server. */

/** Bytes of each file: one page. */
const PAGE_SIZE = 8192;

/** First number of the files; higher than those initdb gives. */
const FIRST_NODE = 100_000;

/** Folder of the database that initdb made, and how many files each database gets; more come with more files. */
const DATABASE_FOLDER = "base/5";
const DATABASE_FILES = 20_000;

/**
 * Adds files with the names of relations to a stopped cluster. Each holds a page of the catalog with its own number in it,
 * so that no two are alike and all compress as well as data does. `sparse` ones have their size but no bytes on the disk.
 */
export function addFiles(pgPath: string, count: number, options: { sparse: boolean }): void {
  const page = Deno.readFileSync(`${pgPath}/${DATABASE_FOLDER}/1259`).subarray(0, PAGE_SIZE);
  for (let i = 0; i < count; i++) {
    if (i % DATABASE_FILES === 0) Deno.mkdirSync(databaseOf(pgPath, i), { recursive: true, mode: 0o700 });
    using file = Deno.createSync(nodePath(pgPath, i));
    if (options.sparse) file.truncateSync(PAGE_SIZE);
    else file.writeSync(numbered(page, i));
  }
}

/** Gives every `step`th file other content, as work in many tables does. */
export function changeFiles(
  pgPath: string,
  { count, step, mark }: { count: number; step: number; mark: number },
): void {
  for (let i = 0; i < count; i += step) {
    using file = Deno.openSync(nodePath(pgPath, i), { write: true });
    file.seekSync(PAGE_SIZE / 2, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(new Uint32Array([mark]).buffer));
  }
}

function nodePath(pgPath: string, i: number): string {
  return `${databaseOf(pgPath, i)}/${FIRST_NODE + i}`;
}

function databaseOf(pgPath: string, i: number): string {
  return `${pgPath}/base/${16_384 + Math.floor(i / DATABASE_FILES)}`;
}

function numbered(page: Uint8Array, i: number): Uint8Array {
  const copy = page.slice();
  new DataView(copy.buffer).setUint32(PAGE_SIZE - 64, i);
  return copy;
}
