import { formatArchiveInfo, newArchiveInfo } from "../../src/repository/info/archive_info.ts";
import { type BackupInfo, formatBackupInfo, newBackupInfo, withBackup } from "../../src/repository/info/backup_info.ts";
import type { BackupRecord } from "../../src/repository/info/backup_record.ts";
import { archiveId, currentCluster, withCluster } from "../../src/repository/info/history.ts";
import { type BackupType, formatLabel } from "../../src/repository/label.ts";
import { defaultsOf } from "../../src/repository/manifest/tree.ts";
import { FileTable } from "../../src/repository/manifest/file_table.ts";
import { type Manifest, manifestPieces } from "../../src/repository/manifest/manifest.ts";
import { recordOf } from "../../src/repository/manifest/record.ts";
import { SEGMENT_SIZE_DEFAULT, segmentName } from "../../src/repository/wal/segment.ts";
import type { Dice } from "../rig/dice.ts";
import type { RetentionPolicy } from "../../src/repository/retention/policy.ts";

const CLUSTERS = [
  { version: "13", catalogVersion: 202007201, controlVersion: 1300 },
  { version: "14", catalogVersion: 202107181, controlVersion: 1300 },
  { version: "15", catalogVersion: 202209061, controlVersion: 1300 },
];
const SECTION_SIZE = 256;

/** A made-up repository of stanza `demo`: what its files are called and hold. */
export interface History {
  files: Map<string, Uint8Array | string>;
  info: BackupInfo;
}

/** What the story so far has come to. */
interface Story {
  dice: Dice;
  time: number;
  info: BackupInfo;
  /** Number of the next segment, counted over all 16-digit folders. */
  segment: number;
  timeline: number;
  files: Map<string, Uint8Array | string>;
}

/** Makes up a repository whose story ends shortly before `now` (epoch seconds). */
export async function makeHistory(dice: Dice, now: number): Promise<History> {
  const story: Story = {
    dice,
    time: now - dice.roll(2, dice.pick([20, 60, 500, 1200])) * 86400 - dice.roll(0, 80000),
    info: newBackupInfo({ ...CLUSTERS[0]!, systemId: 7000000000000000001n }),
    segment: dice.roll(1, 300),
    timeline: 1,
    files: new Map(),
  };
  const steps = dice.roll(2, 45);
  const pace = Math.floor((now - story.time - 3600) / steps);
  for (let step = 0; step < steps; step++) {
    story.time += dice.roll(1, Math.max(2, pace));
    await takeStep(story);
  }
  await leaveTraces(story, now);
  const archive = newArchiveInfo(story.info.entries[0]!);
  Object.assign(archive, { currentId: story.info.currentId });
  archive.entries = story.info.entries.map(({ id, systemId, version }) => ({ id, systemId, version }));
  story.files.set("archive/demo/archive.info", await formatArchiveInfo(archive));
  story.files.set("archive/demo/archive.info.copy", await formatArchiveInfo(archive));
  story.files.set("backup/demo/backup.info", await formatBackupInfo(story.info));
  story.files.set("backup/demo/backup.info.copy", await formatBackupInfo(story.info));
  return { files: story.files, info: story.info };
}

/** A policy and perhaps a set to expire. */
export function makePolicy(dice: Dice, info: BackupInfo): { policy: RetentionPolicy; set?: string } {
  const policy: RetentionPolicy = {
    fullType: dice.chance(30) ? "time" : "count",
    archiveType: dice.pick(["full", "full", "diff", "incr"]),
  };
  if (dice.chance(75)) {
    policy.full = policy.fullType === "time" ? dice.roll(1, dice.pick([9, 60, 600])) : dice.roll(1, 5);
  }
  if (dice.chance(50)) policy.diff = dice.roll(1, 6);
  if (dice.chance(60)) policy.archive = dice.roll(1, 6);
  if (dice.chance(50)) policy.history = dice.pick([0, 1, 10, 100, 400]);
  const set = dice.chance(25) && info.backups.length > 0 ? dice.pick(info.backups).label : undefined;
  return set === undefined ? { policy } : { policy, set };
}

async function takeStep(story: Story): Promise<void> {
  const { dice } = story;
  archiveSome(story, dice.roll(0, 4));
  if (dice.chance(5)) upgrade(story);
  if (dice.chance(8)) switchTimeline(story);
  if (dice.chance(15)) story.segment += dice.roll(1, dice.pick([3, 300, 900]));
  if (dice.chance(85)) await backUp(story);
}

/** One backup of a type that is possible now. */
async function backUp(story: Story): Promise<void> {
  const { dice, info } = story;
  const own = info.backups.filter(({ clusterId }) => clusterId === info.currentId);
  const type: BackupType = own.length === 0 ? "full" : dice.pick(["full", "full", "diff", "incr", "incr"]);
  const prior = type === "full" ? undefined : own.findLast((record) => type === "incr" || record.type === "full");
  const offline = dice.chance(10);
  const start = story.segment;
  archiveSome(story, dice.roll(1, 3));
  const stop = dice.roll(start, story.segment - 1);
  const manifest = madeManifest(story, { type, prior, offline });
  if (!offline) {
    manifest.backup.walStart = walName(story, start);
    manifest.backup.walStop = walName(story, stop);
    if (dice.chance(50)) putWal(story, `${manifest.backup.walStart}.00000028.backup`);
  }
  story.time = manifest.backup.timeStop;
  if (dice.chance(97)) story.info = withBackup(info, recordOf(manifest));
  await putBackup(story, manifest);
}

function madeManifest(
  story: Story,
  { type, prior, offline }: { type: BackupType; prior: BackupRecord | undefined; offline: boolean },
): Manifest {
  const { dice, info, time } = story;
  const label = formatLabel(type, time, prior === undefined ? {} : { prior: prior.label });
  const cluster = currentCluster(info);
  const owner = { user: "postgres", group: "postgres", mode: 0o700 };
  const files = new FileTable({ defaults: defaultsOf(owner).file });
  const checksum = dice.roll(0, 0xffffffff).toString(16).padStart(8, "0").repeat(5);
  files.append("pg_data/global/pg_control", { size: 8192, time, checksum, repoSize: dice.roll(1, 8191) });
  files.append("pg_data/PG_VERSION", { size: 3, time, checksum, repoSize: 23 });
  return {
    backup: {
      label,
      type,
      references: [...(prior === undefined ? [] : [...prior.references, prior.label]), label],
      timeStart: time,
      timeCopyStart: time + 1,
      timeStop: time + dice.roll(1, 5000),
      bundle: false,
      bundleRaw: false,
      blockIncr: false,
      ...(prior === undefined ? {} : { prior: prior.label }),
    },
    cluster: { ...cluster },
    options: {
      archiveCheck: !offline,
      archiveCopy: false,
      backupStandby: false,
      bufferSize: 1048576,
      checksumPage: true,
      compressType: "gz",
      compressLevel: 6,
      compressLevelNetwork: 1,
      delta: false,
      hardlink: false,
      online: !offline,
      processMax: 1,
    },
    targets: [{ name: "pg_data", type: "path", path: "/srv/pg" }],
    files,
    paths: [{ name: "pg_data", ...owner }, { name: "pg_data/global", ...owner }],
    links: [],
    defaults: defaultsOf(owner),
  };
}

async function putBackup(story: Story, manifest: Manifest): Promise<void> {
  const { dice, files } = story;
  const { label } = manifest.backup;
  const folder = `backup/demo/${label}`;
  const text = await bytesOf(manifest);
  if (dice.chance(97)) files.set(`${folder}/backup.manifest`, text);
  if (dice.chance(99)) files.set(`${folder}/backup.manifest.copy`, text);
  files.set(`${folder}/pg_data/PG_VERSION.gz`, "x");
  if (dice.chance(90)) files.set(`backup/demo/backup.history/${label.slice(0, 4)}/${label}.manifest.gz`, "x");
}

async function bytesOf(manifest: Manifest): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of manifestPieces(manifest)) pieces.push(piece);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Folders and names that belong to nothing, as crashes and other programs leave them. */
async function leaveTraces(story: Story, now: number): Promise<void> {
  const { dice, files } = story;
  for (let count = dice.roll(0, 2); count > 0; count--) {
    const label = formatLabel("full", story.time - dice.roll(0, 900000));
    files.set(`backup/demo/${label}/pg_data/PG_VERSION.gz`, "x");
    if (dice.chance(40)) files.set(`backup/demo/${label}/backup.manifest.copy`, "broken");
    if (dice.chance(30)) files.set(`backup/demo/backup.history/${label.slice(0, 4)}/${label}.manifest.gz`, "x");
  }
  story.time = now - 60;
  if (dice.chance(25)) await leavePartial(story);
  if (dice.chance(20)) files.set(`archive/demo/${archiveId(currentCluster(story.info))}/otherfile`, "x");
}

/** A backup that was interrupted and may be resumed: the newest folder, with a copy of its manifest only. */
async function leavePartial(story: Story): Promise<void> {
  const { dice, info, files } = story;
  const prior = dice.chance(60) ? info.backups.at(-1) : undefined;
  const manifest = madeManifest(story, { type: prior === undefined ? "full" : "incr", prior, offline: false });
  const folder = `backup/demo/${manifest.backup.label}`;
  if (dice.chance(85)) files.set(`${folder}/backup.manifest.copy`, await bytesOf(manifest));
  files.set(`${folder}/pg_data/PG_VERSION.gz`, "x");
}

function archiveSome(story: Story, count: number): void {
  const { dice } = story;
  for (let segment = 0; segment < count; segment++) {
    const name = walName(story, story.segment++);
    if (dice.chance(95)) putWal(story, `${name}-${"0123456789abcdef0123".repeat(2)}${dice.pick([".gz", "", ".zst"])}`);
    if (dice.chance(3)) putWal(story, `${name}.partial-${"0123456789abcdef0123".repeat(2)}.gz`);
    if (dice.chance(3)) putWal(story, `${name}-${"0123456789abcdef0123".repeat(2)}.gz.pgbackrest.tmp`);
  }
}

function switchTimeline(story: Story): void {
  story.timeline++;
  const history = `${story.timeline.toString(16).padStart(8, "0")}.history`;
  story.files.set(`archive/demo/${archiveId(currentCluster(story.info))}/${history}`, "x");
}

function upgrade(story: Story): void {
  const cluster = CLUSTERS[Math.min(story.info.entries.length, CLUSTERS.length - 1)]!;
  const systemId = 7000000000000000001n + BigInt(story.info.entries.length);
  story.info = { ...story.info, ...withCluster(story.info, { ...cluster, systemId }) };
  story.segment = story.dice.roll(1, 100);
  story.timeline = 1;
}

function walName({ timeline }: Story, segment: number): string {
  const lsn = (BigInt(Math.floor(segment / SECTION_SIZE)) << 32n) +
    BigInt(segment % SECTION_SIZE) * BigInt(SEGMENT_SIZE_DEFAULT);
  return segmentName(timeline, lsn, { segmentSize: SEGMENT_SIZE_DEFAULT });
}

function putWal({ files, info }: Story, name: string): void {
  files.set(`archive/demo/${archiveId(currentCluster(info))}/${name.slice(0, 16)}/${name}`, "");
}
