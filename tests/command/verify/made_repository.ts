/** A small repository made without any server, in every form in which files can be stored. */
import { createHash } from "node:crypto";
import { crc32c } from "../../../src/postgres/crc32c.ts";
import { formatArchiveInfo, newArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import {
  type BackupInfo,
  formatBackupInfo,
  newBackupInfo,
  withBackup,
} from "../../../src/repository/info/backup_info.ts";
import { storedPlace } from "../../../src/repository/layout.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import type { FileData } from "../../../src/repository/manifest/file_data.ts";
import { type Manifest, manifestPieces } from "../../../src/repository/manifest/manifest.ts";
import { recordOf } from "../../../src/repository/manifest/record.ts";
import { defaultsOf } from "../../../src/repository/manifest/tree.ts";
import { encryptStages, keyServices } from "../../../src/repository/repository.ts";
import { segmentName } from "../../../src/repository/wal/segment.ts";
import { storedSegmentName } from "../../../src/repository/wal/stored_name.ts";
import { type Chunk, joinChunks } from "../../../src/stream/chunk.ts";
import { runOnce } from "../../../src/stream/pipeline.ts";
import type { CompressType, StageSpec } from "../../../src/stream/stage.ts";
import { CLUSTER_15 } from "../../repository/made.ts";
import { validPages } from "../../stream/pages.ts";
import { mixture } from "../../stream/samples.ts";

/** How a repository stores what is in it. */
export interface MadeForm {
  compressType?: CompressType;
  /** Whether the backups put their files into bundles, and whether these have the raw form. */
  bundle?: boolean;
  raw?: boolean;
  /** Whether everything is encrypted. */
  encrypted?: boolean;
  /** False leaves out the checksums of stored bytes, as programs before 2.38 did. */
  repoChecksums?: boolean;
}

/** A repository with a full, a differential and an incremental backup of stanza `demo`, and WAL from 1 to 12. */
export interface MadeRepository {
  root: string;
  form: Required<MadeForm>;
  full: string;
  diff: string;
  incr: string;
  passphrase: string | undefined;
  /** Path of a stored file of a backup. */
  file(label: string, name: string): string;
  /** Path of a stored segment by its number. */
  wal(number: number): string;
}

export const FULL: string = "20260101-100000F";
export const DIFF: string = `${FULL}_20260102-100000D`;
export const INCR: string = `${FULL}_20260103-100000I`;

/** WAL a backup needs, by numbers of segments. */
export const NEEDED: Readonly<Record<string, readonly [number, number]>> = {
  [FULL]: [2, 3],
  [DIFF]: [6, 6],
  [INCR]: [9, 10],
};

export const SEGMENT_SIZE: number = 1024 * 1024;
const LAST_SEGMENT = 12;
const PASSPHRASES = { repository: "made-pass", archive: "archive-pass", backup: "backup-pass", set: "set-pass" };

/** Name of a segment of timeline 1. */
export function segment(number: number): string {
  return segmentName(1, BigInt(number * SEGMENT_SIZE), { segmentSize: SEGMENT_SIZE });
}

/** Plain files of each backup; the later ones hold what changed. */
const FILES: Readonly<Record<string, Readonly<Record<string, Chunk>>>> = {
  [FULL]: {
    "pg_data/PG_VERSION": new TextEncoder().encode("15\n"),
    "pg_data/base/1/1259": validPages(8192, 3),
    "pg_data/base/1/2600": validPages(8192, 40),
    "pg_data/base/1/empty": new Uint8Array(0),
    "pg_data/global/pg_control": controlFile(),
    "pg_data/pg_xact/0000": mixture(300, 1),
  },
  [DIFF]: { "pg_data/base/1/1259": validPages(8192, 4), "pg_data/global/pg_control": controlFile() },
  [INCR]: { "pg_data/global/pg_control": controlFile(), "pg_data/pg_xact/0000": mixture(301, 2) },
};

/** A pg_control as far as anybody looks at it: identity, page size, checksums on. */
function controlFile(): Chunk {
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, CLUSTER_15.systemId, true);
  view.setUint32(8, CLUSTER_15.controlVersion, true);
  view.setUint32(12, CLUSTER_15.catalogVersion, true);
  view.setUint32(216, 8192, true);
  view.setUint32(228, SEGMENT_SIZE, true);
  view.setUint32(252, 1, true);
  view.setUint32(288, crc32c(bytes.subarray(0, 288)), true);
  return bytes;
}

/** Makes the repository in an empty folder. */
export async function makeRepository(root: string, wanted: MadeForm = {}): Promise<MadeRepository> {
  const form = {
    compressType: "gz",
    bundle: false,
    raw: false,
    encrypted: false,
    repoChecksums: true,
    ...wanted,
  } as const;
  const maker = new Maker(root, form);
  const records = [];
  for (const label of [FULL, DIFF, INCR]) records.push(recordOf(await maker.backup(label)));
  await maker.infoFiles(records.reduce(withBackup, newBackupInfo(CLUSTER_15, maker.pass("backup"))));
  for (let number = 1; number <= LAST_SEGMENT; number++) await maker.segment(number);
  await maker.archived("00000002.history", "1\t0/500000\tno recovery target specified\n");
  await maker.archived(
    `${segment(2)}.00000028.backup`,
    "START WAL LOCATION: 0/200028 (file 000000010000000000000002)\n",
  );
  return {
    root,
    form,
    full: FULL,
    diff: DIFF,
    incr: INCR,
    passphrase: form.encrypted ? PASSPHRASES.repository : undefined,
    file: (label, name) => maker.placeOf(label, name),
    wal: (number) => maker.segments.get(number)!,
  };
}

class Maker {
  readonly #root: string;
  readonly #form: Required<MadeForm>;
  readonly segments: Map<number, string> = new Map();
  readonly #files = new Map<string, FileData>();
  readonly #places = new Map<string, string>();

  constructor(root: string, form: Required<MadeForm>) {
    this.#root = root;
    this.#form = form;
  }

  /** The option that carries a passphrase, where everything is encrypted. */
  pass(level: keyof typeof PASSPHRASES): { cipherPass?: string } {
    return this.#form.encrypted ? { cipherPass: PASSPHRASES[level] } : {};
  }

  placeOf(label: string, name: string): string {
    return this.#places.get(`${label} ${name}`)!;
  }

  async #encode(
    plain: Chunk,
    level: keyof typeof PASSPHRASES,
    stages: { compress: boolean; raw?: boolean },
  ): Promise<Chunk> {
    const { compressType: type, encrypted } = this.#form;
    const { compress, raw = false } = stages;
    const passphrase = encrypted ? PASSPHRASES[level] : undefined;
    const specs: StageSpec[] = [
      ...(compress ? [{ stage: "compress", type, level: type === "zst" ? 3 : 6, raw } as const] : []),
      ...encryptStages(passphrase, "set").map((spec) => ({ ...spec, raw } as StageSpec)),
    ];
    return joinChunks((await runOnce(specs, plain, keyServices(passphrase))).bytes);
  }

  async backup(label: string): Promise<Manifest> {
    const { compressType, bundle, raw } = this.#form;
    const time = Date.UTC(2026, 0, label === FULL ? 1 : label === DIFF ? 2 : 3, 10) / 1000;
    const owner = { user: "postgres", group: "postgres", mode: 0o700 };
    const [first, last] = NEEDED[label]!;
    const manifest: Manifest = {
      backup: {
        label,
        type: label === FULL ? "full" : label === DIFF ? "diff" : "incr",
        ...(label === FULL ? {} : { prior: label === DIFF ? FULL : DIFF }),
        references: label === FULL ? [FULL] : label === DIFF ? [FULL, DIFF] : [FULL, DIFF, INCR],
        timeStart: time,
        timeCopyStart: time + 1,
        timeStop: time + 5,
        walStart: segment(first),
        walStop: segment(last),
        lsnStart: BigInt(first * SEGMENT_SIZE + 0x28),
        lsnStop: BigInt(last * SEGMENT_SIZE + 0x100),
        bundle,
        bundleRaw: raw,
        blockIncr: false,
      },
      cluster: { id: 1, ...CLUSTER_15 },
      options: {
        archiveCheck: true,
        archiveCopy: false,
        backupStandby: false,
        bufferSize: 1048576,
        checksumPage: true,
        compressType,
        compressLevel: 6,
        compressLevelNetwork: 1,
        delta: false,
        hardlink: false,
        online: true,
        processMax: 1,
      },
      targets: [{ name: "pg_data", type: "path", path: "/srv/pg" }],
      files: await this.#table(label, { time, defaults: defaultsOf(owner).file }),
      paths: ["pg_data", "pg_data/base", "pg_data/base/1", "pg_data/global", "pg_data/pg_xact"]
        .map((name) => ({ name, ...owner })),
      links: [],
      defaults: defaultsOf(owner),
      ...this.pass("set"),
    };
    await this.#putManifest(manifest);
    return manifest;
  }

  async #table(
    label: string,
    { time, defaults }: { time: number; defaults: NonNullable<FileTable["defaults"]> },
  ): Promise<FileTable> {
    const table = new FileTable({ defaults });
    for (const name of Object.keys(FILES[FULL]!)) {
      const plain = FILES[label]![name];
      const own = plain === undefined ? undefined : await this.#store(label, { name, plain, time });
      const [prior, data] = own === undefined ? await this.#known(name) : [undefined, own];
      table.append(name, { ...data, ...(prior === undefined ? {} : { reference: prior }) });
    }
    return table;
  }

  /** The newest stored form of a file, and the backup that holds it. */
  #known(name: string): [string, FileData] {
    const label = [INCR, DIFF, FULL].find((each) => this.#files.has(`${each} ${name}`))!;
    return [label, this.#files.get(`${label} ${name}`)!];
  }

  async #store(label: string, { name, plain, time }: { name: string; plain: Chunk; time: number }): Promise<FileData> {
    const { bundle, raw, compressType, encrypted, repoChecksums } = this.#form;
    const data: FileData = { size: plain.length, time, checksum: sha1(plain) };
    const isBundled = bundle && name !== "pg_data/PG_VERSION";
    if (isBundled && plain.length === 0) return this.#remember(label, name, data);
    const stored = await this.#encode(plain, "set", { compress: true, raw: isBundled && raw });
    if (compressType !== "none" || encrypted) {
      Object.assign(data, { repoSize: stored.length }, repoChecksums ? { repoChecksum: sha1(stored) } : {});
    }
    if (isBundled) data.bundle = { id: 1, offset: sizeOf(`${this.#root}/backup/demo/${label}/bundle/1`) };
    const { path } = storedPlace({ name, ...data, repoSize: stored.length }, { stanza: "demo", label, compressType });
    this.#put(path, stored, { append: isBundled });
    this.#places.set(`${label} ${name}`, `${this.#root}/${path}`);
    return this.#remember(label, name, data);
  }

  #remember(label: string, name: string, data: FileData): FileData {
    this.#files.set(`${label} ${name}`, data);
    return data;
  }

  async #putManifest(manifest: Manifest): Promise<void> {
    const pieces: Chunk[] = [];
    for await (const piece of manifestPieces(manifest)) pieces.push(piece);
    const { label } = manifest.backup;
    const stored = await this.#encode(joinChunks(pieces), "backup", { compress: false });
    for (const suffix of ["", ".copy"]) this.#put(`backup/demo/${label}/backup.manifest${suffix}`, stored);
    const packed = await runOnce([{ stage: "compress", type: "gz", level: 9 }], joinChunks(pieces));
    const history = await this.#encode(joinChunks(packed.bytes), "backup", { compress: false });
    this.#put(`backup/demo/backup.history/2026/${label}.manifest.gz`, history);
  }

  async infoFiles(info: BackupInfo): Promise<void> {
    const archive = { ...newArchiveInfo(CLUSTER_15), ...this.pass("archive") };
    const stored = {
      "archive/demo/archive.info": await this.#encode(await formatArchiveInfo(archive), "repository", {
        compress: false,
      }),
      "backup/demo/backup.info": await this.#encode(await formatBackupInfo(info), "repository", { compress: false }),
    };
    for (const [path, bytes] of Object.entries(stored)) {
      for (const suffix of ["", ".copy"]) this.#put(path + suffix, bytes);
    }
  }

  async segment(number: number): Promise<void> {
    const { compressType } = this.#form;
    const plain = new Uint8Array(SEGMENT_SIZE);
    plain.set(mixture(5000, number), 8192);
    const view = new DataView(plain.buffer);
    view.setUint16(0, 0xd110, true);
    view.setUint16(2, 2, true);
    view.setBigUint64(24, CLUSTER_15.systemId, true);
    view.setUint32(32, SEGMENT_SIZE, true);
    const name = storedSegmentName({ name: segment(number), checksum: sha1(plain), compressType });
    const path = `archive/demo/15-1/${name.slice(0, 16)}/${name}`;
    this.#put(path, await this.#encode(plain, "archive", { compress: true }));
    this.segments.set(number, `${this.#root}/${path}`);
  }

  /** A file of the archive that is no segment. */
  async archived(name: string, text: string): Promise<void> {
    const folder = name.length > 24 ? `${name.slice(0, 16)}/` : "";
    const stored = await this.#encode(new TextEncoder().encode(text), "archive", { compress: false });
    this.#put(`archive/demo/15-1/${folder}${name}`, stored);
  }

  #put(path: string, bytes: Uint8Array, options: Deno.WriteFileOptions = {}): void {
    const whole = `${this.#root}/${path}`;
    Deno.mkdirSync(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(whole, bytes, options);
  }
}

function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
