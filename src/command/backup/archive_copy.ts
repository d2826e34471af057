import type { Invocation } from "../../cli/invocation.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";
import { labelFolder, storedName } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { loadArchiveInfo } from "../../repository/repository.ts";
import { decryptStages, encryptStages, keyServices, readStored } from "../../repository/stored_file.ts";
import { writingPlaces } from "../../storage/elsewhere.ts";
import { parseStoredSegment, type StoredSegment } from "../../repository/wal/stored_name.ts";
import { baseOf } from "../../storage/path.ts";
import { countOf, sha1Of, transfer } from "../../storage/transfer.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { StageSpec } from "../../stream/stage.ts";
import { fail } from "../../error.ts";
import type { Archive } from "../archive/wait.ts";

/** What copying WAL into a backup works on. */
export interface WalCopy {
  manifest: Manifest;
  archive: Archive;
  segmentSize: number;
}

/**
 * Copies WAL from the archive into the backup, so that the backup can be restored without the archive. The content is
 * hashed against the checksum in its name (error 26). `paths` are those of the stored segments.
 */
export async function copyWal({ log }: Invocation, paths: readonly string[], copy: WalCopy): Promise<void> {
  const { value: info } = await loadArchiveInfo(copy.archive.repository);
  for (const path of paths) {
    await copySegment(path, { ...copy, passphrase: info.cipherPass });
    log.detail(`copied WAL segment ${baseOf(path)} into the backup`);
  }
}

async function copySegment(path: string, copy: WalCopy & { passphrase: string | undefined }): Promise<void> {
  const { manifest, archive: { repository }, segmentSize, passphrase } = copy;
  const { compressType: type } = manifest.options;
  const segment = parseStoredSegment(baseOf(path)) ?? fail("assert", `'${path}' is no stored segment`);
  const name = `${DATA_TARGET}/pg_wal/${segment.name}`;
  const { storage } = repository;
  const reading = { specs: plainStages(segment, passphrase), name: path, ...keyServices(passphrase) };
  const plain = readStored(storage, { path }, reading);
  const { there, here } = writingPlaces(storingStages(manifest));
  await using sink = await storage.write(
    `${labelFolder(repository.stanza, manifest.backup.label)}/${storedName({ name }, type)}`,
    { how: "inPlace", ...(there.length > 0 && { stages: there }) },
  );
  const transferred = await transfer(piecesSource(plain), sink, here, {
    name: path,
    ...keyServices(manifest.cipherPass),
  });
  checkChecksum(segment, sha1Of(transferred.results), path);
  const results = [...transferred.results, ...(await sink.commit()).results ?? []];
  addToManifest(manifest, { name, segment, repoSize: countOf(results), segmentSize });
}

function plainStages({ compressType }: StoredSegment, passphrase: string | undefined): StageSpec[] {
  return [...decryptStages(passphrase, "archive"), { stage: "decompress", type: compressType }];
}

function storingStages(
  { options: { compressType: type, compressLevel: level = 0 }, cipherPass }: Manifest,
): StageSpec[] {
  return [{ stage: "sha1" }, { stage: "compress", type, level }, ...encryptStages(cipherPass, "set"), {
    stage: "count",
  }];
}

function checkChecksum({ name, checksum }: StoredSegment, found: string, path: string): void {
  if (found === checksum) return;
  fail("checksum", `WAL segment '${name}' in the archive has checksum ${found} where its name says ${checksum}`, {
    file: path,
  });
}

function addToManifest(
  manifest: Manifest,
  { name, segment, repoSize, segmentSize }: {
    name: string;
    segment: StoredSegment;
    repoSize: number;
    segmentSize: number;
  },
): void {
  const { user, group, mode } = manifest.defaults.file;
  manifest.files.append(name, {
    size: segmentSize,
    time: manifest.backup.timeStop,
    user,
    group,
    mode,
    checksum: segment.checksum,
    ...(repoSize === segmentSize ? {} : { repoSize }),
  });
}

function piecesSource(pieces: AsyncGenerator<Chunk>): Parameters<typeof transfer>[0] {
  return {
    next: async () => (await pieces.next()).value as Chunk | undefined,
    reread: () => fail("assert", "a stream cannot be read again"),
    [Symbol.dispose]: () => void pieces.return(undefined),
  };
}
