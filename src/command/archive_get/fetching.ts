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

/** How long a process that was started may take until it holds the lock, in milliseconds. */
const START_GRACE = 1000;

/**
 * Whether waiting for a segment is worth while: the process that holds the lock is about to fetch it or, where nobody
 * holds it, one that was started a moment ago.
 */
export function isFetching(
  path: string,
  { name, holder, now }: { name: string; holder: { execId?: string } | undefined; now: number },
): boolean {
  const fetching = parse(readIfThere(path));
  if (fetching === undefined) return false;
  const { execId, first, last } = fetching;
  if (timelineOf(first) !== timelineOf(name) || name < first || last < name) return false;
  return holder === undefined ? now - timeOf(path) < START_GRACE : holder.execId === execId;
}

/** When something was announced, in epoch milliseconds. */
function timeOf(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
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
