import { openSink } from "../../storage/posix_file.ts";
import { timelineOf } from "../../repository/wal/segment.ts";
import { readIfThere } from "../archive/spool/folder.ts";

/** What a background process says that it is about to fetch: one timeline, from a segment to another. */
export interface Fetching {
  /** Of the process, as it stands in its lock file too. */
  execId: string;
  first: string;
  last: string;
}

/** Whether the process that holds the lock is about to fetch a segment, so that waiting for it is worth while. */
export function isFetching(path: string, { name, execId }: { name: string; execId: string | undefined }): boolean {
  const fetching = parse(readIfThere(path));
  if (fetching === undefined || fetching.execId !== execId) return false;
  return timelineOf(fetching.first) === timelineOf(name) && fetching.first <= name && name <= fetching.last;
}

function parse(text: string | undefined): Fetching | undefined {
  const [execId, first, last] = text?.split(" ") ?? [];
  return execId === undefined || first === undefined || last === undefined ? undefined : { execId, first, last };
}

/** Says what is about to be fetched; need not survive a crash, for then nobody fetches. */
export async function announce(path: string, { execId, first, last }: Fetching): Promise<void> {
  await using sink = openSink(path, { sync: false });
  await sink.write(new TextEncoder().encode([execId, first, last].join(" ")));
  await sink.commit();
}
