import { assertEquals } from "@std/assert";
import { formatArchiveInfo } from "../../src/repository/info/archive_info.ts";
import { type BackupInfo, formatBackupInfo, newBackupInfo, withBackup } from "../../src/repository/info/backup_info.ts";
import { archiveId } from "../../src/repository/info/history.ts";
import type { BackupType } from "../../src/repository/label.ts";
import { reportJson } from "../../src/repository/report/json.ts";
import { type RepositoryFinding, stanzaReport, type WalBounds } from "../../src/repository/report/stanza.ts";
import { reportText } from "../../src/repository/report/text.ts";
import { CLUSTER_14, CLUSTER_15, madeInfo, madeRecord, wal } from "../repository/made.ts";

/** What `info` says, against Debian's pgbackrest on the same made-up repositories. */

interface Content {
  info: BackupInfo;
  /** Segments by archive id. */
  segments?: Record<string, string[]>;
}

const record = (label: string, timeStop: number, other: Parameters<typeof madeRecord>[1] = {}) =>
  madeRecord(label, {
    timeStop,
    walStart: wal(3),
    walStop: wal(4),
    lsnStart: 0x3000028n,
    lsnStop: 0x4000100n,
    size: 3 * 2 ** 20,
    sizeDelta: 8192,
    repoSize: 403,
    pageErrors: false,
    ...other,
  });

const [F1, F2] = ["20231114-221320F", "20231115-221320F"];
const ONE = madeInfo([record(F1, 1700000100)]);
const UPGRADED: BackupInfo = {
  ...withBackup(newBackupInfo(CLUSTER_14), record(F1, 1700000100)),
  ...{ entries: [{ ...CLUSTER_14, id: 1 }, { ...CLUSTER_15, id: 2 }], currentId: 2 },
};

const CASES: { name: string; repositories: (Content | undefined)[]; type?: BackupType }[] = [
  { name: "no stanza in two repositories", repositories: [undefined, undefined] },
  { name: "a new stanza", repositories: [{ info: madeInfo([]) }] },
  { name: "a new stanza in one of two repositories", repositories: [{ info: madeInfo([]) }, undefined] },
  {
    name: "backups of all types, with errors and annotations",
    repositories: [{
      info: madeInfo([
        record(F1, 1700000100, { annotation: { who: "me", why: 'it "is"' } }),
        record(`${F1}_20231114-231320D`, 1700003000, { pageErrors: true }),
        record(`${F1}_20231115-001320I`, 1700006000, {
          references: [F1!, `${F1}_20231114-231320D`],
          repoSizeMap: 7,
          repoSizeMapDelta: 5,
        }),
        madeRecord(F2!, { timeStop: 1700090000 }),
      ]),
      segments: { "15-1": [wal(0xff), wal(0x100), wal(0x203)] },
    }],
  },
  {
    name: "a new stanza beside one with a backup",
    repositories: [{ info: madeInfo([]) }, { info: ONE, segments: { "15-1": [wal(3), wal(7)] } }],
  },
  {
    name: "repositories of two clusters",
    repositories: [{ info: UPGRADED }, { info: ONE, segments: { "15-1": [wal(9)] } }],
  },
  {
    name: "a first repository of another cluster",
    repositories: [
      { info: withBackup(newBackupInfo(CLUSTER_14), record(F1!, 1700000100)), segments: { "14-1": [wal(3)] } },
      { info: ONE, segments: { "15-1": [wal(9)] } },
    ],
  },
  {
    name: "an upgraded stanza",
    repositories: [{
      info: withBackup(UPGRADED, record(F2!, 1700090000, { clusterId: 2 })),
      segments: { "14-1": [wal(1)], "15-2": [wal(2)] },
    }],
  },
  {
    name: "an older cluster without anything left",
    repositories: [{ info: { ...UPGRADED, backups: [record(F2!, 1700090000, { clusterId: 2 })] } }],
  },
  {
    name: "backups whose stop times cross in two repositories",
    repositories: [
      { info: madeInfo([record("20231114-221320F", 500), record("20231114-221330F", 400)]) },
      { info: madeInfo([record("20231114-221325F", 450), record("20231114-221335F", 100)]) },
    ],
  },
  { name: "a type no backup is of", repositories: [{ info: ONE }], type: "diff" },
  {
    name: "one type",
    repositories: [{ info: madeInfo([record(F1!, 1700000100), record(`${F1}_20231115-001320I`, 1700006000)]) }],
    type: "incr",
  },
];

for (const { name, repositories, type } of CASES) {
  Deno.test(`info reports like pgbackrest: ${name}`, async () => {
    const root = await Deno.makeTempDir({ prefix: "info-" });
    try {
      for (const [at, content] of repositories.entries()) await writeRepository(`${root}/r${at + 1}`, content);
      const report = stanzaReport("demo", repositories.map((content, at) => findingOf(at + 1, content)), {
        request: type === undefined ? {} : { type },
        restoreLock: { held: false },
      });
      const filter = type === undefined ? [] : [`--type=${type}`];
      const peer = (output: string) =>
        runInfo(root, [
          ...repositories.map((_, at) => `--repo${at + 1}-path=${root}/r${at + 1}`),
          `--output=${output}`,
          ...filter,
        ]);
      assertEquals(
        reportJson([report], { level: "full" }).replace(',"restore":{"held":false}', ""),
        await peer("json"),
      );
      assertEquals(withoutNews(reportText([report], { level: "full" })), withoutNews(await peer("text")));
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

/** The text without what 2.59 shows otherwise than 2.45: the zone of times, and how many backups are referred to instead of which. */
function withoutNews(text: string): string {
  return text.replaceAll(/(\d\d:\d\d:\d\d)[+-]\d\d(?::\d\d)?/g, "$1").replaceAll(/ +backup reference .*\n/g, "");
}

function findingOf(key: number, content: Content | undefined): RepositoryFinding {
  const backupLock = { held: false };
  if (content === undefined) return { key, cipher: "none", backupLock, found: { state: "noPath" } };
  const { info, segments = {} } = content;
  const wal = Object.entries(segments).map(([id, names]): WalBounds => ({
    archiveId: id,
    min: names[0]!,
    max: names.at(-1)!,
  }));
  return {
    key,
    cipher: "none",
    backupLock,
    found: { state: "loaded", archive: { entries: info.entries, currentId: info.currentId }, backup: info, wal },
  };
}

async function writeRepository(root: string, content: Content | undefined): Promise<void> {
  if (content === undefined) return;
  const { info, segments = {} } = content;
  await Deno.mkdir(`${root}/archive/demo`, { recursive: true });
  await Deno.mkdir(`${root}/backup/demo`, { recursive: true });
  await Deno.writeFile(`${root}/archive/demo/archive.info`, await formatArchiveInfo(info));
  await Deno.writeFile(`${root}/backup/demo/backup.info`, await formatBackupInfo(info));
  for (const cluster of info.entries) {
    for (const name of segments[archiveId(cluster)] ?? []) {
      const folder = `${root}/archive/demo/${archiveId(cluster)}/${name.slice(0, 16)}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}-${"0".repeat(40)}.gz`, "");
    }
  }
}

async function runInfo(root: string, options: string[]): Promise<string> {
  const args = [
    "--no-config",
    "--stanza=demo",
    `--lock-path=${root}/lock`,
    "--log-level-console=warn",
    ...options,
    "info",
  ];
  const { stdout } = await new Deno.Command("pgbackrest", { args, stdout: "piped", stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout);
}
