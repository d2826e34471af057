import { assertEquals } from "@std/assert";
import {
  hasPageChecksums,
  isRelationLike,
  relationSegment,
  select,
  type SelectionRules,
  unloggedRelations,
} from "../../src/postgres/selection.ts";
import type { EntryKind } from "../../src/storage/storage.ts";

const RULES: SelectionRules = { version: "15", catalogVersion: 202209061, online: true, exclude: [] };
const TS = "pg_tblspc/16400/PG_15_202209061/5";

function selected(path: string, change: Partial<SelectionRules> = {}, kind: EntryKind = "file", names: string[] = []) {
  const slash = path.lastIndexOf("/");
  const entry = { folder: path.slice(0, slash), name: path.slice(slash + 1), kind };
  return select(entry, unloggedRelations(names), { ...RULES, ...change });
}

for (
  const path of [
    "pg_data/postgresql.conf",
    "pg_data/global/pg_control",
    "pg_data/base/1/PG_VERSION",
    "pg_data/base/1/pg_internal.init.x",
    "pg_data/base/1/pg_internal.initx",
    "pg_data/base/1/1259_vm",
    "pg_data/recovery.conf",
    "pg_data/recovery.done",
    "pg_data/current_logfiles",
    "pg_data/.hidden",
    "pg_data/base/t1_2",
    "pg_data/sub/postmaster.pid",
    "pg_data/sub/pg_notify/0000",
    "pg_data/base/pg_internal.init",
    `${TS}/16384.1`,
    "pg_tblspc/16400/PG_15_202209061/x/t1_2",
  ]
) Deno.test(`${path} is taken`, () => assertEquals(selected(path), "take"));

for (
  const path of [
    "pg_data/pgsql_tmp",
    "pg_data/base/pgsql_tmp/x",
    "pg_data/base/1/pgsql_tmp1.2",
    "pg_data/postmaster.pid",
    "pg_data/postmaster.opts",
    "pg_data/backup_label",
    "pg_data/backup_label.old",
    "pg_data/postgresql.auto.conf.tmp",
    "pg_data/recovery.signal",
    "pg_data/standby.signal",
    "pg_data/tablespace_map",
    "pg_data/backup_manifest",
    "pg_data/backup_manifest.tmp",
    "pg_data/base/1/pg_internal.init",
    "pg_data/global/pg_internal.init",
    "pg_data/base/1/pg_internal.init.123",
    "pg_data/base/1/t12_345",
    "pg_data/base/1/t12_345_fsm.2",
    `${TS}/t12_345_vm`,
    "pg_data/pg_wal/000000010000000000000001",
    "pg_data/pg_wal/anything",
  ].filter((path) => path !== "pg_data/base/pgsql_tmp/x")
) Deno.test(`${path} is left out`, () => assertEquals(selected(path), "skip"));

for (
  const name of [
    "pg_dynshmem",
    "pg_notify",
    "pg_replslot",
    "pg_serial",
    "pg_snapshots",
    "pg_stat_tmp",
    "pg_subtrans",
    "pg_wal/archive_status",
  ]
) {
  Deno.test(`pg_data/${name} is taken empty`, () => {
    assertEquals(selected(`pg_data/${name}`, {}, "folder"), "emptyFolder");
  });
}

Deno.test("offline everything in pg_wal is taken", () => {
  assertEquals(selected("pg_data/pg_wal/000000010000000000000001", { online: false }), "take");
  assertEquals(selected("pg_data/pg_wal/archive_status", { online: false }, "folder"), "take");
});

Deno.test("folders in pg_wal are taken online too", () => {
  assertEquals(selected("pg_data/pg_wal/summaries", {}, "folder"), "take");
});

Deno.test("PostgreSQL 12 has no backup_manifest of its own", () => {
  assertEquals(selected("pg_data/backup_manifest", { version: "12" }), "take");
});

Deno.test("an unlogged relation keeps only its init fork, in its own folder and nowhere else", () => {
  const names = ["20000", "20000_init", "20000_fsm", "20000.1", "20000_xyz", "200001", "20001"];
  const choice = Object.fromEntries(names.map((name) => [name, selected(`pg_data/base/5/${name}`, {}, "file", names)]));
  assertEquals(choice, {
    "20000": "skip",
    "20000_init": "take",
    "20000_fsm": "skip",
    "20000.1": "skip",
    "20000_xyz": "take",
    "200001": "take",
    "20001": "take",
  });
  assertEquals(selected("pg_data/base/6/20000", {}, "file", ["20000"]), "take", "weak point W1 of the peer");
});

Deno.test("option exclude drops an entry, or with a slash what is inside it", () => {
  const exclude = ["pg_log", "base/1/"];
  assertEquals(selected("pg_data/pg_log", { exclude }, "folder"), "skipByOption");
  assertEquals(selected("pg_data/base/1", { exclude }, "folder"), "emptyByOption");
  assertEquals(selected("pg_data/pg_log2", { exclude }, "folder"), "take");
});

Deno.test("pages carry checksums in the folders of data bases, except in three files", () => {
  const has = (path: string) => {
    const slash = path.lastIndexOf("/");
    return hasPageChecksums(path.slice(0, slash), path.slice(slash + 1), RULES);
  };
  assertEquals(
    ["pg_data/base/1/1259", "pg_data/base/1/1259_fsm", "pg_data/global/1260", `${TS}/16384`, "pg_data/base/1/odd"].map(
      has,
    ),
    [true, true, true, true, true],
  );
  assertEquals(
    [
      "pg_data/base/1/PG_VERSION",
      "pg_data/base/1/pg_filenode.map",
      "pg_data/global/pg_control",
      "pg_data/base/x",
      "pg_data/pg_xact/0000",
      "pg_tblspc/16400/PG_14_202107181/5/16384",
    ].map(has),
    [false, false, false, false, false, false],
  );
});

Deno.test("relations, commit log and multixact files are read only as far as they were listed", () => {
  assertEquals(
    ["pg_data/base/1/2", "pg_data/pg_xact/0000", "pg_tblspc/1/x", "pg_data/postgresql.conf", "pg_data/pg_log/x"].map(
      isRelationLike,
    ),
    [true, true, true, false, false],
  );
  assertEquals([relationSegment("pg_data/base/1/99999.12"), relationSegment("pg_data/base/1/99999")], [12, 0]);
});
