import { fail } from "../../error.ts";
import type { JsonObject } from "../json.ts";
import { type Fields, objectFields, sectionFields } from "./fields.ts";

/** A cluster that was backed up into a repository: an entry of `[db:history]`. */
export interface ClusterEntry {
  /** Number within the stanza, 1 for the first. */
  id: number;
  systemId: bigint;
  /** Major version as it stands in names: `9.6`, `10`, `15`. */
  version: string;
}

/** The clusters of a stanza, ascending by id, and which one is current. */
export interface ClusterHistory<Entry extends ClusterEntry = ClusterEntry> {
  entries: Entry[];
  currentId: number;
}

/** What tells two clusters apart. */
export type ClusterIdentity = Pick<ClusterEntry, "systemId" | "version">;

/** `[db] db-id` and `[db:history]`; the rest of `[db]` is ignored, as the peer does. Error 29 where they do not fit together. */
export function readHistory<Entry extends ClusterEntry>(
  sections: ReadonlyMap<string, JsonObject>,
  { file, readEntry }: { file: string; readEntry: (id: number, fields: Fields) => Entry },
): ClusterHistory<Entry> {
  const currentId = clusterId(sectionFields(sections, { section: "db", file }).values["db-id"], file);
  const history = sectionFields(sections, { section: "db:history", file });
  const entries = Object.keys(history.values)
    .map((key) => readEntry(clusterId(/^\d{1,10}$/.test(key) ? Number(key) : key, file), objectFields(history, key)))
    .sort((a, b) => a.id - b.id);
  for (const { id, version } of entries) {
    if (!/^\d{1,2}(\.\d{1,2})?$/.test(version)) {
      fail("format", `db-version of cluster ${id} in '${file}' is '${version}', expected a PostgreSQL version`, {
        file,
      });
    }
  }
  if (!entries.some(({ id }) => id === currentId)) {
    fail("format", `db-id ${currentId} of '${file}' is not in its history (${entries.map(({ id }) => id)})`, { file });
  }
  return { entries, currentId };
}

/** The entry new backups and WAL belong to. */
export function currentCluster<Entry extends ClusterEntry>(history: ClusterHistory<Entry>): Entry {
  return clusterById(history, history.currentId) ??
    fail("assert", `cluster ${history.currentId} is not in the history`);
}

/** An entry by its id. */
export function clusterById<Entry extends ClusterEntry>(history: ClusterHistory<Entry>, id: number): Entry | undefined {
  return history.entries.find((entry) => entry.id === id);
}

/** Whether two entries are about the same cluster. */
export function isSameCluster(a: ClusterIdentity, b: ClusterIdentity): boolean {
  return a.systemId === b.systemId && a.version === b.version;
}

/** The history with this cluster as the current one: unchanged if it is that already, else with a new entry of the next id. */
export function withCluster<Entry extends ClusterEntry>(
  history: ClusterHistory<Entry>,
  cluster: Omit<Entry, "id">,
): ClusterHistory<Entry> {
  if (isSameCluster(currentCluster(history), cluster as ClusterIdentity)) return history;
  const id = Math.max(...history.entries.map((entry) => entry.id)) + 1;
  return { entries: [...history.entries, { ...cluster, id } as Entry], currentId: id };
}

/** Folder of the WAL of a cluster in the archive, `15-1`. */
export function archiveId(cluster: ClusterEntry): string {
  return `${cluster.version}-${cluster.id}`;
}

/** Archive ids that may hold WAL of a cluster, newest first; empty where the stanza never knew it. */
export function archiveIdsOf(history: ClusterHistory, cluster: ClusterIdentity): string[] {
  return history.entries.filter((entry) => isSameCluster(entry, cluster)).map(archiveId).reverse();
}

/** Error 29 unless archive.info and backup.info know the same clusters under the same ids. */
export function checkSameHistory(archive: ClusterHistory, backup: ClusterHistory): void {
  const [left, right] = [archive, backup].map(({ entries }) =>
    entries.map(({ id, systemId, version }) => `${id}: ${version}, system id ${systemId}`).join("; ")
  );
  if (left !== right) {
    fail("format", `archive.info and backup.info disagree about the clusters: found (${left}) against (${right})`, {
      hint: "has one of the two files been restored from elsewhere?",
    });
  }
}

function clusterId(value: unknown, file: string): number {
  if (typeof value === "number" && value >= 1 && value <= 0xffffffff) return value;
  fail("format", `db-id in '${file}' is '${String(value)}', expected an integer from 1 to 2^32-1`, { file });
}
