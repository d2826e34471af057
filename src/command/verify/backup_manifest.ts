import { asError, type BackRestError } from "../../error.ts";
import { type BackupInfo, findBackup } from "../../repository/info/backup_info.ts";
import { isOfTheWay } from "../../repository/info/copies.ts";
import { clusterById, isSameCluster } from "../../repository/info/history.ts";
import { streamHash } from "../../repository/info/text_hash.ts";
import { copyOf, manifestPath } from "../../repository/layout.ts";
import { type Manifest, readManifest } from "../../repository/manifest/manifest.ts";
import { storedPieces } from "../../repository/manifest_file.ts";
import { describePath, loadBackupInfo, type Repository } from "../../repository/repository.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { Findings } from "./findings.ts";

/** The manifest of a backup, or why its files cannot be verified. */
export type ManifestState =
  | { state: "usable"; manifest: Manifest; checksum: string; isCopy: boolean }
  | { state: "invalid" | "manifest missing" | "in-progress" | "expired" };

/** A backup whose manifest is to be loaded. */
export interface WantedManifest {
  label: string;
  info: BackupInfo;
  /** The backup that may be under way. */
  current: string | undefined;
}

interface LoadedManifest {
  manifest: Manifest;
  /** SHA-1 of the plain manifest. */
  checksum: string;
}

/** Loads the manifest of a backup, or its copy, and proves that it is of this backup and of a cluster of this stanza. */
export async function loadBackupManifest(
  repository: Repository,
  wanted: WantedManifest,
  findings: Findings,
): Promise<ManifestState> {
  const found = await findManifest(repository, wanted, findings);
  if (found.state !== "usable") return found;
  const refused = unusable(found.manifest, wanted);
  if (refused === undefined) return found;
  findings.problem(refused);
  findings.fault("info");
  return { state: "invalid" };
}

async function findManifest(
  repository: Repository,
  wanted: WantedManifest,
  findings: Findings,
): Promise<ManifestState> {
  const { label, info, current } = wanted;
  const path = manifestPath(repository.stanza, label);
  const main = await tryLoad(repository, path, info.cipherPass);
  if (!("error" in main)) return { state: "usable", ...main, isCopy: false };
  const isMissing = main.error.kind === "fileMissing";
  if (isMissing && label === current) {
    findings.info(`backup '${label}' appears to be in progress, skipping`);
    return { state: "in-progress" };
  }
  const isListed = findBackup(info, label) !== undefined;
  const copy = await tryLoad(repository, copyOf(path), info.cipherPass);
  if (!("error" in copy) && (isListed || !isMissing)) {
    findings.warn(main.error.message);
    findings.warn(
      `${label}/backup.manifest is missing or unusable, using copy\n` +
        "HINT: restore can use the copy, but the next backup or expire takes a backup without its manifest for lost.",
    );
    return { state: "usable", ...copy, isCopy: true };
  }
  if (isMissing && (!isListed || (copy as Failed).error.kind === "fileMissing")) {
    return await withoutManifest(repository, { label, isListed }, findings);
  }
  for (const { error } of [main, copy as Failed]) findings.problem(error.message);
  findings.fault("info");
  return { state: "invalid" };
}

interface Failed {
  error: BackRestError;
}

async function tryLoad(repository: Repository, path: string, passphrase?: string): Promise<LoadedManifest | Failed> {
  const hash = await streamHash();
  async function* hashed(): AsyncGenerator<Chunk> {
    for await (const piece of storedPieces(repository, path, passphrase)) {
      hash.update(piece);
      yield piece;
    }
  }
  try {
    const manifest = await readManifest(hashed(), { file: describePath(repository, path) });
    return { manifest, checksum: await hash.digest() };
  } catch (thrown) {
    const error = asError(thrown);
    if (isOfTheWay(error)) throw error;
    return { error };
  }
}

/** A backup that is listed must have a manifest, unless it is not listed any more: then it was expired meanwhile. */
async function withoutManifest(
  repository: Repository,
  { label, isListed }: { label: string; isListed: boolean },
  findings: Findings,
): Promise<ManifestState> {
  if (!isListed) {
    findings.warn(
      `folder of backup '${label}' has no manifest and is not in backup.info: what a broken backup or expire left\n` +
        "HINT: the next expire removes it.",
    );
    return { state: "manifest missing" };
  }
  if (await isExpired(repository, label)) {
    findings.info(`backup '${label}' was expired while it was to be verified, skipping`);
    return { state: "expired" };
  }
  findings.problem(`manifest missing for '${label}', which is in backup.info: the backup is lost`);
  findings.fault("info");
  return { state: "manifest missing" };
}

/** Whether a backup is not there any more: expire takes it out of backup.info, then removes its manifest, then its files. */
export async function isExpired(repository: Repository, label: string): Promise<boolean> {
  if (await repository.storage.info(manifestPath(repository.stanza, label)) !== undefined) return false;
  try {
    return findBackup((await loadBackupInfo(repository)).value, label) === undefined;
  } catch {
    return false;
  }
}

function unusable({ backup, cluster }: Manifest, { label, info }: WantedManifest): string | undefined {
  if (backup.label !== label) return `manifest in '${label}' is of backup '${backup.label}', skipping`;
  const known = clusterById(info, cluster.id);
  if (known !== undefined && isSameCluster(known, cluster)) return undefined;
  return `'${label}' may not be recoverable - PG data (id ${cluster.id}, version ${cluster.version}, system-id ` +
    `${cluster.systemId}) is not in the backup.info history, skipping`;
}
