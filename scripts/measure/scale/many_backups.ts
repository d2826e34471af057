/** Repositories with a long history: valid info files, manifests and WAL segments, made up within seconds. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { parseControl } from "../../../src/postgres/control.ts";
import { archiveId } from "../../../src/repository/info/history.ts";
import { formatArchiveInfo, newArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import {
  type BackupInfo,
  formatBackupInfo,
  newBackupInfo,
  withBackup,
} from "../../../src/repository/info/backup_info.ts";
import { formatLabel } from "../../../src/repository/label.ts";
import { defaultsOf } from "../../../src/repository/manifest/tree.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { type Manifest, manifestPieces } from "../../../src/repository/manifest/manifest.ts";
import { recordOf } from "../../../src/repository/manifest/record.ts";
import { isSegment, segmentName } from "../../../src/repository/wal/segment.ts";

/** How long the history is. */
export interface HistorySize {
  /** Backups: sets of a full one and nine incremental ones. */
  backups: number;
  /** WAL segments in the archive, spread evenly over the backups. */
  segments: number;
  /** Files of a full backup; an incremental one has a tenth of them itself. */
  files: number;
}

const STANZA = "demo";
/** Backups of a set: a full one and incremental ones. */
export const BACKUPS_PER_SET = 10;
/** Seconds between two backups. */
const PACE = 3600;
/** Links to one file; file systems allow some ten thousand. */
const LINKS_MAX = 10_000;

/** Makes a repository of the cluster in `pgPath`, whose segment size may be any. */
export async function makeManyBackups(repository: string, pgPath: string, size: HistorySize): Promise<void> {
  const control = parseControl(Deno.readFileSync(`${pgPath}/global/pg_control`));
  const start = newBackupInfo(control);
  const maker = new HistoryMaker(repository, start, control.walSegmentSize);
  maker.linkWal(anySegment(`${pgPath}/pg_wal`), size.segments);
  await saveInfos(repository, await maker.backUp(size));
}

function anySegment(folder: string): string {
  return `${folder}/${[...Deno.readDirSync(folder)].find(({ name }) => isSegment(name))!.name}`;
}

/** Writes backup.info and archive.info with their copies. */
export async function saveInfos(repository: string, info: BackupInfo): Promise<void> {
  const archive = newArchiveInfo(info.entries[0]!);
  for (const copy of ["", ".copy"]) {
    for (const kind of ["archive", "backup"]) Deno.mkdirSync(`${repository}/${kind}/${STANZA}`, { recursive: true });
    Deno.writeFileSync(`${repository}/archive/${STANZA}/archive.info${copy}`, await formatArchiveInfo(archive));
    Deno.writeFileSync(`${repository}/backup/${STANZA}/backup.info${copy}`, await formatBackupInfo(info));
  }
}

/** Writes a manifest and its copy into the folder of its label. */
export async function saveManifest(repository: string, manifest: Manifest): Promise<Uint8Array> {
  const folder = `${repository}/backup/${STANZA}/${manifest.backup.label}`;
  Deno.mkdirSync(folder, { recursive: true });
  const pieces: BlobPart[] = [];
  for await (const piece of manifestPieces(manifest)) pieces.push(piece);
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  for (const copy of ["", ".copy"]) Deno.writeFileSync(`${folder}/backup.manifest${copy}`, bytes);
  return bytes;
}

function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

class HistoryMaker {
  readonly #repository: string;
  readonly #start: BackupInfo;
  readonly #segmentSize: number;
  readonly #content: { plain: Uint8Array; gz: Uint8Array; checksum: string; storedChecksum: string };

  constructor(repository: string, start: BackupInfo, segmentSize: number) {
    this.#repository = repository;
    this.#start = start;
    this.#segmentSize = segmentSize;
    const plain = new TextEncoder().encode("what a relation may hold ".repeat(20));
    const gz = gzipSync(plain);
    this.#content = { plain, gz, checksum: sha1(plain), storedChecksum: sha1(gz) };
  }

  /** Every segment is a link to the same few files, named by the checksum of what they hold. */
  linkWal(segment: string, count: number): void {
    const plain = Deno.readFileSync(segment);
    const checksum = sha1(plain);
    const stored = gzipSync(plain);
    const root = `${this.#repository}/archive/${STANZA}/${archiveId(this.#start.entries[0]!)}`;
    let source = "";
    for (let i = 0; i < count; i++) {
      const name = this.#segment(i);
      const folder = `${root}/${name.slice(0, 16)}`;
      const path = `${folder}/${name}-${checksum}.gz`;
      Deno.mkdirSync(folder, { recursive: true });
      if (i % LINKS_MAX !== 0) Deno.linkSync(source, path);
      else Deno.writeFileSync(source = path, stored);
    }
  }

  async backUp({ backups, segments, files }: HistorySize): Promise<BackupInfo> {
    let info = this.#start;
    let labels: string[] = [];
    const first = Math.floor(Date.now() / 1000) - backups * PACE;
    for (let i = 0; i < backups; i++) {
      if (i % BACKUPS_PER_SET === 0) labels = [];
      const time = first + i * PACE;
      const manifest = this.#manifest({ labels, time, files });
      const wal = Math.floor(i * segments / backups);
      Object.assign(manifest.backup, { walStart: this.#segment(wal), walStop: this.#segment(wal + 1) });
      Object.assign(manifest.backup, { lsnStart: this.#lsn(wal) + 40n, lsnStop: this.#lsn(wal + 1) + 80n });
      labels = [...labels, manifest.backup.label];
      await this.#store(manifest);
      info = withBackup(info, recordOf(manifest));
    }
    return info;
  }

  #lsn(i: number): bigint {
    return BigInt(i + 1) * BigInt(this.#segmentSize);
  }

  #segment(i: number): string {
    return segmentName(1, this.#lsn(i), { segmentSize: this.#segmentSize });
  }

  /** `labels` are those of the set so far. */
  #manifest({ labels, time, files: count }: { labels: string[]; time: number; files: number }): Manifest {
    const type = labels.length === 0 ? "full" : "incr";
    const prior = labels.at(-1);
    const label = formatLabel(type, time, prior === undefined ? {} : { prior });
    const owner = { user: "postgres", group: "postgres", mode: 0o700 };
    const defaults = defaultsOf(owner);
    const files = new FileTable({ defaults: defaults.file });
    for (let i = 0; i < count; i++) {
      const reference = type === "full" || i % BACKUPS_PER_SET === labels.length ? {} : { reference: labels[0]! };
      const name = i === 0 ? "pg_data/global/pg_control" : `pg_data/base/5/${100_000 + i}`;
      files.append(name, {
        size: this.#content.plain.length,
        time: time - 60,
        checksum: this.#content.checksum,
        repoSize: this.#content.gz.length,
        repoChecksum: this.#content.storedChecksum,
        ...reference,
      });
    }
    const cluster = this.#start.entries[0]!;
    return {
      backup: {
        label,
        type,
        ...(prior === undefined ? {} : { prior }),
        references: [...labels, label],
        timeStart: time,
        timeCopyStart: time + 1,
        timeStop: time + 60,
        bundle: false,
        bundleRaw: false,
        blockIncr: false,
      },
      cluster: { ...cluster },
      options: {
        archiveCheck: true,
        archiveCopy: false,
        checksumPage: false,
        compressType: "gz",
        compressLevel: 6,
        delta: false,
        hardlink: false,
        online: true,
      },
      targets: [{ name: "pg_data", type: "path", path: "/srv/pg" }],
      files,
      paths: ["pg_data", "pg_data/base", "pg_data/base/5", "pg_data/global"].map((name) => ({ name, ...owner })),
      links: [],
      defaults,
    };
  }

  async #store(manifest: Manifest): Promise<void> {
    const { label } = manifest.backup;
    const folder = `${this.#repository}/backup/${STANZA}/${label}`;
    for (const { name } of manifest.paths) Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
    for (const row of manifest.files.rows()) {
      if (manifest.files.reference(row) !== undefined) continue;
      Deno.writeFileSync(`${folder}/${manifest.files.name(row)}.gz`, this.#content.gz);
    }
    const bytes = await saveManifest(this.#repository, manifest);
    const year = `${this.#repository}/backup/${STANZA}/backup.history/${label.slice(0, 4)}`;
    Deno.mkdirSync(year, { recursive: true });
    Deno.writeFileSync(`${year}/${label}.manifest.gz`, gzipSync(bytes));
  }
}
