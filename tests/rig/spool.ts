/** What archive-push and archive-get leave for each other in the spool of a site, and who works there in the background. */
import { nextSegment } from "../../src/repository/wal/segment.ts";
import { until } from "./program.ts";
import { namesIn } from "./repository.ts";
import type { Site } from "./site.ts";
import type { Stanza } from "./stanza.ts";
import { makeSegment, type SegmentForm } from "./wal.ts";

/** Settings of a site that archives in the background. */
export const ASYNC: Record<string, string> = { "archive-async": "y", "log-level-file": "detail" };

/** The same before every call: nobody is at work in the background for the site. */
export async function quiet(site: Site): Promise<void> {
  await until("the background processes of the site to end", () => backgroundPids(site).length === 0);
}

/** Processes that work in the background for a site: ours and the peer's. */
export function backgroundPids(site: Site): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = wordsOf(name);
    if (words.includes(site.folder) && /archive-(push|get):(async|local)/.test(words)) found.push(Number(name));
  }
  return found;
}

function wordsOf(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}

/** Writes a segment into pg_wal and marks it as ready, as PostgreSQL does. */
export function makeReady(stanza: Stanza, name: string, form: SegmentForm = {}): string {
  const path = makeSegment(stanza, name, form);
  markReady(stanza, name);
  return path;
}

/** Marks a WAL file as ready to be archived. */
export function markReady({ site }: Stanza, name: string): void {
  site.write(`pg/pg_wal/archive_status/${name}.ready`, "", 0o600);
}

/** Says that a WAL file is archived, as PostgreSQL does when archive_command succeeded. */
export async function markDone({ site }: Stanza, name: string): Promise<void> {
  await Deno.rename(
    site.path(`pg/pg_wal/archive_status/${name}.ready`),
    site.path(`pg/pg_wal/archive_status/${name}.done`),
  );
}

/** Names of a spool folder of a site, in order. */
export function spooled(site: Site, folder: "out" | "in", spool = "spool"): string[] {
  return namesIn(site.path(`${spool}/archive/demo/${folder}`));
}

/** Those of ascending names of segments of 1 MiB behind which there is a hole, or which stand there twice. */
export function breaksIn(names: readonly string[]): string[] {
  const next = (name: string) => nextSegment(name, { segmentSize: 2 ** 20 });
  return names.filter((name, i) => i + 1 < names.length && next(name) !== names[i + 1]);
}

/** So many names of segments from a number on. */
export function segments(from: number, count: number, timeline = 1): string[] {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
  return Array.from({ length: count }, (_, i) => hex(timeline) + hex((from + i) >> 8) + hex((from + i) & 0xff));
}
