import { ANNOTATION_NAME } from "../../repository/annotation_file.ts";
import {
  BLOCK_SUFFIX,
  bundleName,
  COMPRESS_EXTENSIONS,
  copyOf,
  labelFolder,
  MANIFEST_NAME,
} from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { joinPath } from "../../storage/path.ts";
import type { Storage } from "../../storage/storage.ts";
import type { VerifyRun } from "./verify_run.ts";

/** Most names that a message shows. */
const SHOWN = 5;

/** Names that are looked up at a time; between two times the main thread hears its workers. */
const AT_A_TIME = 5000;

const BESIDE_DATA = new Set([MANIFEST_NAME, copyOf(MANIFEST_NAME), ANNOTATION_NAME]);

/** Tells about files in the folder of a backup that its manifest does not know. They do no harm but take up space. */
export async function findStrayFiles(run: VerifyRun, manifest: Manifest): Promise<void> {
  const { storage, stanza } = run.repository;
  const { label } = manifest.backup;
  const strays = new StrayNames();
  await walk(storage, { root: labelFolder(stanza, label), isKnown: knownFiles(manifest), strays }, "");
  strays.report(run, `folder of backup '${label}'`);
}

interface StrayWalk {
  root: string;
  isKnown(name: string): boolean;
  strays: StrayNames;
}

async function walk(storage: Storage, search: StrayWalk, folder: string): Promise<void> {
  const { root, isKnown, strays } = search;
  const names = await storage.names(joinPath(root, folder));
  for (const [at, name] of names.entries()) {
    if (at % AT_A_TIME === AT_A_TIME - 1) await new Promise((resolve) => setTimeout(resolve));
    const path = joinPath(folder, name);
    if (isKnown(path)) continue;
    const kind = (await storage.info(`${root}/${path}`))?.kind;
    if (kind === "folder") await walk(storage, search, path);
    else if (kind === "file" || kind === "special") strays.add(path);
  }
}

/** Whether a path within the folder of a backup is that of a file its manifest has. */
export function knownFiles({ files, options: { compressType } }: Manifest): (name: string) => boolean {
  const bundles = new Set<string>();
  for (const row of files.rows()) {
    const { bundle, reference } = files.stored(row);
    if (bundle !== undefined && reference === undefined) bundles.add(bundleName(bundle.id));
  }
  const endings = [COMPRESS_EXTENSIONS[compressType], BLOCK_SUFFIX];
  return (name) =>
    BESIDE_DATA.has(name) || bundles.has(name) ||
    endings.some((ending) =>
      name.endsWith(ending) && files.find(name.slice(0, name.length - ending.length)) !== undefined
    );
}

/** Names that belong to nothing: the first ones and how many there are. */
export class StrayNames {
  readonly #first: string[] = [];
  #count = 0;

  add(name: string): void {
    if (this.#first.length < SHOWN) this.#first.push(name);
    this.#count++;
  }

  /** Tells about them, if there are any. */
  report({ findings }: Pick<VerifyRun, "findings">, where: string): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#first.length;
    const names = this.#first.map((name) => `'${name}'`).join(", ") + (more > 0 ? ` and ${more} more` : "");
    findings.info(`${where} holds ${this.#count} file(s) that belong to nothing: ${names}`);
  }
}
