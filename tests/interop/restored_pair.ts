/** One backup restored by both programs, side by side. */
import { assert, assertEquals } from "@std/assert";
import type { Site } from "../rig/site.ts";
import { differences, type TreeEntry, treeOf } from "./tree.ts";

/** Bytes of pg_control (PostgreSQL 15) that say where recovery may start, and its checksum. */
const CHECKPOINT = [32, 40] as const;
const CRC = [288, 292] as const;

/**
 * Restores a set with both programs into folders of their own and compares everything in them, which has to be more than
 * `entries`; from the second call on it is a restore with --delta over the set before. Two things differ on
 * purpose: we make the checkpoint in pg_control impossible, as 2.59 does, and with type none 2.45 leaves a recovery.signal
 * that keeps the cluster from starting.
 */
export async function assertRestoredAlike(
  site: Site,
  label: string,
  { entries = 600 }: { entries?: number } = {},
): Promise<void> {
  const programs = { ours: site.mustBackrest, theirs: site.mustPeer };
  const trees: Record<string, TreeEntry>[] = [];
  const controls: Uint8Array[] = [];
  for (const [name, restore] of Object.entries(programs)) {
    const below = `restored/${name}`;
    const delta = isThere(site.path(`${below}/pg/PG_VERSION`)) ? ["--delta"] : [];
    const places = [
      `--pg1-path=${site.path(`${below}/pg`)}`,
      `--tablespace-map-all=${site.path(`${below}/tablespaces`)}`,
    ];
    await restore(["restore", `--set=${label}`, "--type=none", ...delta, ...places, "--log-level-console=off"]);
    const tree = await treeOf(site.path(below), { skip: (path) => path === "pg/recovery.signal" });
    assert(Object.keys(tree).length > entries, `only ${Object.keys(tree).length} entries restored`);
    trees.push(normalised(tree, below));
    controls.push(Deno.readFileSync(site.path(`${below}/pg/global/pg_control`)));
  }
  const [ours, theirs] = trees;
  assertEquals(differences(ours!, theirs!), [], `restored from ${label}`);
  assertEquals(withoutCheckpoint(controls[0]!), withoutCheckpoint(controls[1]!), `pg_control of ${label}`);
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

function normalised(tree: Record<string, TreeEntry>, below: string): Record<string, TreeEntry> {
  const { sha1: _, time: __, ...control } = tree["pg/global/pg_control"]!;
  const { time: ___, ...settings } = tree["pg/postgresql.auto.conf"]!;
  const entries = Object.entries({
    ...tree,
    "pg/global/pg_control": control,
    "pg/postgresql.auto.conf": settings,
  }) as [string, TreeEntry][];
  return Object.fromEntries(entries.map(([path, entry]) => {
    if (entry.target === undefined) return [path, entry];
    return [path, { ...entry, target: entry.target.replace(`/${below}/`, "/restored/") }];
  }));
}

function withoutCheckpoint(control: Uint8Array): Uint8Array {
  return control.fill(0, ...CHECKPOINT).fill(0, ...CRC);
}
