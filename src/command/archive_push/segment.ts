import { BackRestError, fail } from "../../error.ts";
import { parseWalHeader, WAL_HEADER_SIZE } from "../../postgres/wal_header.ts";
import type { ClusterIdentity } from "../../repository/info/history.ts";
import { archivePath } from "../../repository/layout.ts";
import { encryptStages, keyServices } from "../../repository/stored_file.ts";
import { writingPlaces } from "../../storage/elsewhere.ts";
import { holeMark } from "../../repository/wal/hole_mark.ts";
import { findStored, type StoredSegment, storedSegmentName } from "../../repository/wal/stored_name.ts";
import { parentOf } from "../../storage/path.ts";
import { isTemporary } from "../../storage/posix_file.ts";
import { forEachRepository, type RepositoryFailure } from "../archive/failures.ts";
import type { ArchiveTarget } from "./target.ts";
import { withdrawMark } from "./withdraw_mark.ts";
import { checksumOf, type Compression, headOf, pack, type Packed, type WalFile } from "./wal_file.ts";

/** What pushing a segment needs beside the segment. */
export interface SegmentPush {
  targets: readonly ArchiveTarget[];
  compression: Compression;
  /** Tag of temporary names, so that two pushes of one segment do not share a file. */
  execId: string;
  /** Called before the segment becomes visible anywhere; what it throws ends the push. */
  beforePublish?(): void;
}

/** What came of a push. */
export interface PushOutcome {
  /** Keys of the repositories that had the segment already. */
  present: number[];
  failures: RepositoryFailure[];
}

/**
 * Error unless the segment is WAL of this cluster. Codes: 44 another cluster, 46 unknown version, 29 no WAL at all,
 * 42 too short.
 */
export async function checkHeader(file: WalFile, cluster: ClusterIdentity): Promise<void> {
  const header = parseWalHeader(await headOf(file, WAL_HEADER_SIZE), file.path);
  if (header.version === cluster.version && header.systemId === cluster.systemId) return;
  fail(
    "archiveMismatch",
    `WAL file '${file.path}' version ${header.version}, system-id ${header.systemId} do not match stanza version ` +
      `${cluster.version}, system-id ${cluster.systemId}`,
    { hint: "are you archiving to the correct stanza?" },
  );
}

/**
 * Stores a segment in every repository that lacks it. A repository that holds it with other content is error 45 before
 * anything is stored; what else fails is collected while the others go on.
 */
export async function pushSegment(file: WalFile, push: SegmentPush): Promise<PushOutcome> {
  const looked = await forEachRepository(push.targets, (target) => findSegment(target, file.name));
  const missing = looked.done.filter(({ result }) => result.stored.length === 0).map(({ item }) => item);
  const present = looked.done.filter(({ result }) => result.stored.length > 0);
  // Hashing runs on a thread of its own, so compression need not wait for it.
  const hashing = checksumOf(file);
  const packing = missing.length === 0 ? undefined : pack(file, push.compression, hashing);
  const [checksum, packed] = await Promise.all([hashing, packing]);
  const segment = { name: file.name, checksum, compressType: push.compression.type };
  for (const { item, result } of looked.done) refuseOther(segment, result, item);
  const arrived = await forEachRepository(
    present.map(({ item, result }) => ({ key: item.key, item, result })),
    async ({ item, result }) => {
      if (result.marked) await withdrawMark(item, file.name);
    },
  );
  const keys = present.map(({ item }) => item.key);
  if (packed === undefined) return { present: keys, failures: [...looked.failures, ...arrived.failures] };
  const stored = await forEachRepository(missing, (target) => storeSegment(segment, { target, packed, ...push }));
  const duplicate = stored.failures.find(({ error }) => error.kind === "archiveDuplicate");
  if (duplicate !== undefined) throw duplicate.error;
  return { present: keys, failures: [...looked.failures, ...arrived.failures, ...stored.failures] };
}

/** What the archive says of a segment: the forms in which it is stored, and whether it is marked as given up. */
interface FoundSegment {
  stored: StoredSegment[];
  marked: boolean;
  /** Paths of what pushes left in its folder that were killed long ago. */
  orphans: string[];
}

/** After so many seconds a temporary file of the archive belongs to nobody: its writer was killed. */
const ORPHAN_AGE = 3600;

async function findSegment({ repository, archiveId }: ArchiveTarget, name: string): Promise<FoundSegment> {
  const folder = parentOf(archivePath({ stanza: repository.stanza, archiveId }, name));
  const names = await repository.storage.names(folder);
  const orphans: string[] = [];
  const oldest = Date.now() / 1000 - ORPHAN_AGE;
  for (const path of names.filter(isTemporary).map((each) => `${folder}/${each}`)) {
    const entry = await repository.storage.info(path);
    if (entry !== undefined && entry.time < oldest) orphans.push(path);
  }
  return { stored: findStored(names, name), marked: names.includes(holeMark(name)), orphans };
}

function refuseOther(segment: StoredSegment, found: FoundSegment, target: ArchiveTarget): void {
  const other = found.stored.find(({ checksum }) => checksum !== segment.checksum);
  if (other === undefined) return;
  fail(
    "archiveDuplicate",
    `WAL file '${segment.name}' already exists in the repo${target.key} archive with a different checksum: ` +
      `${other.checksum} there, ${segment.checksum} here`,
    { hint: "this is valid in some recovery scenarios but may also indicate that two clusters push to one stanza." },
  );
}

async function storeSegment(
  segment: StoredSegment,
  { target, packed, execId, beforePublish }: Pick<SegmentPush, "execId" | "beforePublish"> & {
    target: ArchiveTarget;
    packed: Packed;
  },
): Promise<void> {
  const { repository, archiveId, passphrase } = target;
  const path = archivePath({ stanza: repository.stanza, archiveId }, storedSegmentName(segment));
  {
    const { there, here } = writingPlaces(encryptStages(passphrase, "archive"));
    await using sink = await repository.storage.write(path, {
      tag: execId,
      ...(there.length > 0 && { stages: there }),
    });
    await packed((chunk) => sink.write(chunk), { stages: here, services: keyServices(passphrase) });
    beforePublish?.();
    await unlessThere(sink.commit());
  }
  const found = await findSegment(target, segment.name);
  await withdrawIfRaced(segment, { target, path, found });
  if (found.marked) await withdrawMark(target, segment.name);
  // A host may let us remove nothing; the segment is stored all the same.
  for (const path of found.orphans) await repository.storage.remove(path).catch(() => {});
}

/** A file of the same name has the same content; a host that takes nothing but new files says that it is there. */
async function unlessThere(commit: Promise<unknown>): Promise<void> {
  try {
    await commit;
  } catch (error) {
    if (!(error instanceof BackRestError) || error.kind !== "fileExists") throw error;
  }
}

/**
 * Two pushes of different content may both have found the segment missing. Whoever sees the other one after its own
 * rename takes its own away: the other may have been acknowledged already, this one has not.
 */
async function withdrawIfRaced(
  segment: StoredSegment,
  { target, path, found }: { target: ArchiveTarget; path: string; found: FoundSegment },
): Promise<void> {
  if (found.stored.every(({ checksum }) => checksum === segment.checksum)) return;
  await target.repository.storage.remove(path);
  await target.repository.storage.syncFolder(parentOf(path));
  refuseOther(segment, found, target);
}
