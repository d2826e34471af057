import { assert, assertEquals, assertThrows } from "@std/assert";
import { planStanza } from "../../src/command/stanza_create.ts";
import type { Families } from "../../src/command/stanza/families.ts";
import { BackRestError } from "../../src/error.ts";
import type { ControlData } from "../../src/postgres/control.ts";
import { newArchiveInfo } from "../../src/repository/info/archive_info.ts";
import { newBackupInfo } from "../../src/repository/info/backup_info.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { posixStorage } from "../../src/storage/posix.ts";
import { CLUSTER_14, CLUSTER_15 } from "../repository/made.ts";

const CONTROL: ControlData = {
  ...CLUSTER_15,
  checkpoint: 1n,
  timeline: 1,
  pageSize: 8192,
  walSegmentSize: 2 ** 24,
  pageChecksums: true,
};
const REPOSITORY: Repository = { key: 1, stanza: "demo", storage: posixStorage("/nowhere") };
const NOTHING = { info: undefined, complete: false, others: [] };
const ARCHIVE = { info: newArchiveInfo(CLUSTER_15), complete: true, others: [] };
const BACKUP = { info: newBackupInfo(CLUSTER_15), complete: true, others: [] };

/** Which of the two families would be written. */
function written(families: Families): string[] {
  return Object.keys(planStanza(REPOSITORY, families, { control: CONTROL, encrypted: false })).sort();
}

for (
  const [what, families, want] of [
    ["nothing is there", { archive: NOTHING, backup: NOTHING }, ["archive", "backup"]],
    ["all is there", { archive: ARCHIVE, backup: BACKUP }, []],
    ["a copy of archive.info is missing", { archive: { ...ARCHIVE, complete: false }, backup: BACKUP }, ["archive"]],
    ["a copy of backup.info is missing", { archive: ARCHIVE, backup: { ...BACKUP, complete: false } }, ["backup"]],
    ["the run ended after archive.info", { archive: ARCHIVE, backup: NOTHING }, ["backup"]],
    ["the run ended within archive.info", { archive: { ...ARCHIVE, complete: false }, backup: NOTHING }, [
      "archive",
      "backup",
    ]],
    ["archive.info was lost before anything was archived", { archive: NOTHING, backup: BACKUP }, ["archive"]],
  ] as [string, Families, string[]][]
) Deno.test(`stanza-create writes what is missing where ${what}`, () => assertEquals(written(families), want));

for (
  const [what, families, code] of [
    ["there is WAL without info files", { archive: { ...NOTHING, others: ["15-1"] }, backup: NOTHING }, 40],
    ["there are backups without info files", { archive: NOTHING, backup: { ...NOTHING, others: ["x"] } }, 40],
    ["there are backups and no archive.info", { archive: NOTHING, backup: { ...BACKUP, others: ["x"] } }, 55],
    ["there is WAL and no backup.info", { archive: { ...ARCHIVE, others: ["15-1"] }, backup: NOTHING }, 55],
    ["both are of another cluster", {
      archive: { ...ARCHIVE, info: newArchiveInfo(CLUSTER_14) },
      backup: { ...BACKUP, info: newBackupInfo(CLUSTER_14) },
    }, 28],
    [
      "they are of different clusters",
      { archive: ARCHIVE, backup: { ...BACKUP, info: newBackupInfo(CLUSTER_14) } },
      28,
    ],
    ["half of it is of another cluster", {
      archive: { ...ARCHIVE, info: newArchiveInfo(CLUSTER_14) },
      backup: NOTHING,
    }, 28],
  ] as [string, Families, number][]
) {
  Deno.test(`stanza-create touches nothing where ${what}`, () => {
    assertEquals(assertThrows(() => written(families), BackRestError).code, code);
  });
}

Deno.test("each half of an encrypted stanza gets a passphrase of its own", () => {
  const encrypted = { ...REPOSITORY, passphrase: "secret" };
  const { archive, backup } = planStanza(encrypted, { archive: NOTHING, backup: NOTHING }, {
    control: CONTROL,
    encrypted: true,
  });
  assertEquals([archive?.cipherPass?.length, backup?.cipherPass?.length], [64, 64]);
  assert(archive?.cipherPass !== backup?.cipherPass);
});
