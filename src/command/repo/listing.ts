import { fail } from "../../error.ts";
import { quoteJson } from "../../repository/json.ts";
import type { Entry, Storage } from "../../storage/storage.ts";
import { joinPath } from "../../storage/path.ts";

/** Order of the names in a listing; `none` leaves them as the storage gives them. */
export type ListOrder = "none" | "asc" | "desc";

/** What a listing looks like. */
export interface ListRequest {
  order: ListOrder;
  /** Whether folders are gone into. */
  recurse: boolean;
  /** Only names it matches are shown; folders are gone into whatever their name is. */
  filter?: RegExp;
}

/**
 * What is at a path of a storage: first the path itself as `.`, then, if it is a folder, what is in it, with names relative
 * to the path; a folder stands before what is in it, in descending order behind. A missing path counts as an empty folder;
 * links are followed only at the path itself. Error 53 for what is neither file nor folder.
 */
export async function* listEntries(storage: Storage, path: string, request: ListRequest): AsyncGenerator<Entry> {
  const top = await storage.info(path, { follow: true });
  if (top?.kind === "special") fail("pathOpen", `unable to list '${storage.root}/${path}': it is not a folder`);
  const shown = ({ name }: Entry) => request.filter?.test(name) ?? true;
  const self: Entry = top ?? { name: ".", kind: "folder", size: 0, time: 0, mode: 0, uid: 0, gid: 0 };
  if (shown(self)) yield self;
  if (self.kind === "file") return;
  for await (const entry of walk(storage, { path, prefix: "" }, request)) if (shown(entry)) yield entry;
}

async function* walk(
  storage: Storage,
  { path, prefix }: { path: string; prefix: string },
  request: ListRequest,
): AsyncGenerator<Entry> {
  const entries: Entry[] = [];
  for await (const batch of storage.list(path)) entries.push(...batch);
  for (const entry of request.order === "desc" ? entries.reverse() : entries) {
    const named = { ...entry, name: prefix + entry.name };
    const below = { path: joinPath(path, entry.name), prefix: `${named.name}/` };
    if (request.order !== "desc") yield named;
    if (request.recurse && entry.kind === "folder") yield* walk(storage, below, request);
    if (request.order === "desc") yield named;
  }
}

/** An entry as a member of the JSON object a listing is, `"name":{...}`. Keys and their order are the peer's. */
export function entryJson({ name, kind, size, time, target }: Entry): string {
  const type = kind === "folder" ? "path" : kind;
  const detail = kind === "file"
    ? `,"size":${size},"time":${time}`
    : kind === "link"
    ? `,"destination":${quoteJson(target ?? "")}`
    : "";
  return `${quoteJson(name)}:{"type":"${type}"${detail}}`;
}
