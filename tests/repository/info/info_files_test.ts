import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { formatArchiveInfo, newArchiveInfo, readArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import {
  findBackup,
  formatBackupInfo,
  newBackupInfo,
  readBackupInfo,
  withBackup,
  withDependents,
  withoutBackups,
} from "../../../src/repository/info/backup_info.ts";
import { annotated } from "../../../src/repository/info/backup_record.ts";
import { GOLDEN, golden } from "../golden.ts";
import { CLUSTER_15, madeInfo, madeRecord, wal } from "../made.ts";
import { textOf } from "../pieces.ts";

for (const repository of GOLDEN) {
  Deno.test(`info files of pgBackRest come back byte for byte: ${repository}`, async () => {
    const archive = await golden(repository, "archive.info");
    const backup = await golden(repository, "backup.info");
    const archiveInfo = await readArchiveInfo([archive], { file: "archive.info" });
    const backupInfo = await readBackupInfo([backup], { file: "backup.info" });
    assertEquals(textOf(await formatArchiveInfo(archiveInfo, { writer: "2.59.1" })), textOf(archive));
    assertEquals(textOf(await formatBackupInfo(backupInfo, { writer: "2.59.1" })), textOf(backup));
    assertEquals(archiveInfo.entries, [{ id: 1, systemId: CLUSTER_15.systemId, version: "15" }]);
    assertEquals(backupInfo.entries, [{ ...CLUSTER_15, id: 1 }]);
    assertEquals(backupInfo.backups.map(({ type }) => type), ["full", "diff", "incr"]);
    assertEquals(backupInfo.cipherPass?.length, repository === "gz-block-aes" ? 64 : undefined);
  });
}

Deno.test("a new stanza after an upgrade is what the format notes show", async () => {
  const info = newArchiveInfo({ version: "15", systemId: 7710894912530717637n });
  info.entries.push({ id: 2, version: "15", systemId: 7710902338970540482n });
  const text = textOf(await formatArchiveInfo({ ...info, currentId: 2 }));
  assertEquals(
    text.split("\n").slice(4, 12).join("\n"),
    `[db]
db-id=2
db-system-id=7710902338970540482
db-version="15"

[db:history]
1={"db-id":7710894912530717637,"db-version":"15"}
2={"db-id":7710902338970540482,"db-version":"15"}`,
  );
});

Deno.test("the history is written by age, ten after nine", async () => {
  const info = newArchiveInfo(CLUSTER_15);
  for (let id = 2; id <= 11; id++) info.entries.push({ id, version: "15", systemId: BigInt(id) });
  const bytes = await formatArchiveInfo({ ...info, currentId: 11 });
  assertEquals(textOf(bytes).match(/^\d+(?==)/gm), ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]);
  assertEquals((await readArchiveInfo([bytes], { file: "x" })).entries.map(({ id }) => id), [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
  ]);
});

Deno.test("a passphrase stands before the cluster", async () => {
  const info = newBackupInfo(CLUSTER_15, { cipherPass: "secret" });
  const bytes = await formatBackupInfo(withBackup(info, madeRecord("20261122-083310F")));
  assertEquals(textOf(bytes).match(/^\[.*\]$/gm), [
    "[backrest]",
    "[backup:current]",
    "[cipher]",
    "[db]",
    "[db:history]",
    "[backrest]",
  ]);
  assertEquals((await readBackupInfo([bytes], { file: "x" })).cipherPass, "secret");
});

const RECORDS = [
  { name: "an offline backup", record: madeRecord("20261122-083310F") },
  {
    name: "everything",
    record: madeRecord("20261122-083310F_20261122-083323I", {
      annotation: { who: 'me "too"', why: "a=b" },
      walStart: wal(3),
      walStop: wal(4),
      lsnStart: 0x3000028n,
      lsnStop: 0xff_04000100n,
      pageErrors: true,
      repoSizeMap: 7,
      repoSizeMapDelta: 0,
      references: ["20261122-083310F", "20261122-083310F_20261122-083316D"],
    }),
  },
];

for (const { name, record } of RECORDS) {
  Deno.test(`an entry of backup.info comes back: ${name}`, async () => {
    const bytes = await formatBackupInfo(madeInfo([record]));
    assertEquals((await readBackupInfo([bytes], { file: "x" })).backups, [record]);
  });
}

Deno.test("an offline backup has null where WAL would stand and no LSN", async () => {
  const text = textOf(await formatBackupInfo(madeInfo([madeRecord("20261122-083310F")])));
  assertEquals(
    text.includes('"backup-archive-start":null,"backup-archive-stop":null,"backup-info-repo-size":512,'),
    true,
  );
  assertEquals(text.includes("lsn"), false);
});

const FULL = "20261122-083310F";
const HOSTILE: { name: string; change: [from: string, to: string]; says: string }[] = [
  {
    name: "a label that leads elsewhere",
    change: [`\n${FULL}=`, "\n../../x="],
    says: "'../../x' in section [backup:current]",
  },
  {
    name: "a reference that leads elsewhere",
    change: ['"backup-type"', '"backup-reference":["../x"],"backup-type"'],
    says: "expected a list of labels",
  },
  {
    name: "a prior that leads elsewhere",
    change: ['"backup-timestamp-start"', '"backup-prior":"../x","backup-timestamp-start"'],
    says: "expected a backup label",
  },
  {
    name: "WAL that is none",
    change: ['"backup-archive-start":null', '"backup-archive-start":"../../etc"'],
    says: "expected the name of a WAL segment",
  },
  {
    name: "a version that leads elsewhere",
    change: ['"db-version":"15"', '"db-version":"../15"'],
    says: "expected a PostgreSQL version",
  },
  { name: "a type that is not that of the label", change: ['"full"', '"diff"'], says: "is 'diff', expected 'full'" },
  { name: "a size below 0", change: ['repo-size":512', 'repo-size":-1'], says: "is -1, expected an integer" },
  {
    name: "a size beyond what is exact",
    change: ['repo-size":512', 'repo-size":9007199254740993'],
    says: "expected an integer from 0",
  },
  { name: "a missing option", change: [',"option-online":true', ""], says: "has no 'option-online'" },
  {
    name: "a current cluster that is not in the history",
    change: ["db-id=1", "db-id=3"],
    says: "db-id 3 of 'backup.info' is not in its history (1)",
  },
  { name: "a history id that is none", change: ["\n1={", "\nx={"], says: "expected an integer from 1" },
  {
    name: "a map size without that of the delta",
    change: ['"backup-info-size"', '"backup-info-repo-size-map":5,"backup-info-size"'],
    says: "has no 'backup-info-repo-size-map-delta'",
  },
];

for (const { name, change, says } of HOSTILE) {
  Deno.test(`backup.info is refused with ${name}`, async () => {
    const text = textOf(await formatBackupInfo(madeInfo([madeRecord(FULL)])));
    const changed = new TextEncoder().encode(text.replace(...change));
    const error = await assertRejects(
      async () => {
        const right = await withRightChecksum(changed);
        return await readBackupInfo([right], { file: "backup.info" });
      },
      BackRestError,
      says,
    );
    assertEquals(error.kind, "format");
  });
}

Deno.test("archive ids of the current cluster are needed by archive.info, but not its backups", async () => {
  const error = await assertRejects(
    async () => await readArchiveInfo([await formatBackupInfo(madeInfo([]))], { file: "archive.info" }),
    BackRestError,
    "'1' in section [db:history] of 'archive.info' has no 'db-id'",
  );
  assertEquals(error.kind, "format");
});

Deno.test("backups stay in order of their labels", () => {
  const info = madeInfo(
    ["20261122-083310F", "20261122-083310F_20261123-083310I", "20261121-083310F"].map((l) => madeRecord(l)),
  );
  assertEquals(info.backups.map(({ label }) => label), [
    "20261121-083310F",
    "20261122-083310F",
    "20261122-083310F_20261123-083310I",
  ]);
  assertEquals(withBackup(info, madeRecord("20261121-083310F", { size: 7 })).backups[0]?.size, 7);
  assertEquals(withoutBackups(info, ["20261121-083310F"]).backups.length, 2);
  assertEquals(findBackup(info, "20261121-083310F")?.size, 1024);
});

Deno.test("dependents are all that was built on a backup, over any number of steps", () => {
  const [full, diff, incr, last] = [
    FULL,
    `${FULL}_20261123-000000D`,
    `${FULL}_20261124-000000I`,
    `${FULL}_20261125-000000I`,
  ];
  const info = madeInfo([
    madeRecord(full!),
    madeRecord(diff!),
    madeRecord(incr!, { prior: diff!, references: [full!, diff!] }),
    madeRecord(last!, { prior: incr!, references: [full!, diff!, incr!] }),
    madeRecord(`${FULL}_20261126-000000D`),
    madeRecord("20261127-000000F"),
  ]);
  assertEquals(withDependents(info, diff!), [diff, incr, last]);
  assertEquals(withDependents(info, last!), [last]);
  assertEquals(withDependents(info, full!).length, 5);
});

Deno.test("annotations are set by a value and removed by an empty one", () => {
  assertEquals(annotated(undefined, { a: "1", b: "" }), { a: "1" });
  assertEquals(annotated({ a: "1", b: "2" }, { a: "", c: "3" }), { b: "2", c: "3" });
});

for (const key of ["", "x".repeat(67), 'a"b', "a\\b", "a\nb"]) {
  Deno.test(`an annotation key that peers could not read is refused: ${JSON.stringify(key)}`, () => {
    const error = assertThrows(() => annotated({}, { [key]: "x" }), BackRestError, "annotation key");
    assertEquals(error.kind, "optionInvalidValue");
  });
}

/** The file with the checksum it ought to have, as the reader says it. */
async function withRightChecksum(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    await readBackupInfo([bytes], { file: "backup.info" });
    return bytes;
  } catch (error) {
    const found = error instanceof BackRestError ? /found ([0-9a-f]{40})/.exec(error.message)?.[1] : undefined;
    if (found === undefined) throw error;
    return new TextEncoder().encode(textOf(bytes).replace(/[0-9a-f]{40}(?="\n$)/, found));
  }
}
