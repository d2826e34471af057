import { DATA_TARGET, isDatabaseFolder, relationSegment, TABLESPACE_TARGET } from "./selection.ts";

/** A stretch of WAL that PostgreSQL has a summary of. Positions in WAL as its text, so that they can be sent. */
export interface SummaryRange {
  timeline: number;
  start: string;
  end: string;
}

/** What a server knows of its WAL summaries. */
export interface WalSummaries {
  /** True while it goes on making them (setting summarize_wal). */
  running: boolean;
  ranges: SummaryRange[];
}

/**
 * A gibibyte of a relation that WAL changed, numbers as text: tablespace, data base, relation (its file number), segment,
 * and whether the relation was also created, truncated or removed.
 */
export type SummarizedChange = readonly [
  tablespace: string,
  database: string,
  relation: string,
  segment: string,
  limited: boolean,
];

/** Main fork of a relation: a segment of it. Numbers as PostgreSQL prints them. */
export interface RelationFile {
  tablespace: string;
  database: string;
  relation: string;
  segment: number;
}

/** Tablespaces that have no folder of their own. Source: pg_tablespace.dat. */
const PG_DEFAULT = "1663";
const PG_GLOBAL = "1664";

/** Shared relations belong to no data base, and a row without a relation speaks of all of its data base. */
const NONE = "0";

const MAIN_FORK = /^([0-9]+)(?:\.[0-9]+)?$/;

/** The segment a file of a manifest is, undefined for whatever is not the main fork of a relation. */
export function relationFile(
  name: string,
  rules: { version: string; catalogVersion: number },
): RelationFile | undefined {
  const slash = name.lastIndexOf("/");
  const folder = name.slice(0, slash);
  const [, relation] = MAIN_FORK.exec(name.slice(slash + 1)) ?? [];
  if (relation === undefined || !isDatabaseFolder(folder, rules)) return undefined;
  const segment = relationSegment(name);
  const [target, second, ...below] = folder.split("/");
  if (target === TABLESPACE_TARGET) return { tablespace: second!, database: below.at(-1)!, relation, segment };
  return folder === `${DATA_TARGET}/global`
    ? { tablespace: PG_GLOBAL, database: NONE, relation, segment }
    : { tablespace: PG_DEFAULT, database: below.at(-1)!, relation, segment };
}

/** The first position from `from` on that no range covers; at or after `to` when everything between them is covered. */
export function coveredUntil(ranges: readonly { start: bigint; end: bigint }[], from: bigint): bigint {
  let reached = from;
  for (const { start, end } of ranges.toSorted((a, b) => a.start < b.start ? -1 : 1)) {
    if (start > reached) break;
    if (end > reached) reached = end;
  }
  return reached;
}

/**
 * Tells which segments may have changed. What is created, truncated or removed counts as changed in all of its segments;
 * a data base that was copied or removed as a whole, in all of its relations.
 */
export function changedSegments(changes: Iterable<SummarizedChange>): (file: RelationFile) => boolean {
  const segments = new Set<string>();
  const relations = new Set<string>();
  const databases = new Set<string>();
  for (const [tablespace, database, relation, segment, limited] of changes) {
    const path = `${tablespace}/${database}`;
    if (relation === NONE) databases.add(path);
    if (limited) relations.add(`${path}/${relation}`);
    segments.add(`${path}/${relation}/${segment}`);
  }
  return ({ tablespace, database, relation, segment }) => {
    const path = `${tablespace}/${database}`;
    return databases.has(path) || relations.has(`${path}/${relation}`) ||
      segments.has(`${path}/${relation}/${segment}`);
  };
}
