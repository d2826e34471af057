import type { Repository } from "../../repository/repository.ts";
import { type ListFolder, listNow } from "./find.ts";

/** Listings of archive folders, each read once: what is looked for follows one another in few folders. */
export class FolderMemory {
  readonly #listings = new Map<string, Promise<readonly string[]>>();

  /** Names in a folder, as they were when it was first asked for. */
  readonly list: ListFolder = (repository: Repository, folder: string) => {
    const key = `${repository.key}:${folder}`;
    const known = this.#listings.get(key);
    if (known !== undefined) return known;
    const listing = listNow(repository, folder);
    this.#listings.set(key, listing);
    // What failed is tried again the next time.
    listing.catch(() => this.#listings.delete(key));
    return listing;
  };

  /** Forgets everything: the archive grows. */
  clear(): void {
    this.#listings.clear();
  }
}
