import type { Invocation } from "../../cli/invocation.ts";
import { fail } from "../../error.ts";
import { findBetaBlocks } from "../../repository/beta_blocks.ts";
import { choosePrior, inheritSettings } from "../../repository/choice/prior.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import type { BackupType } from "../../repository/label.ts";
import { manifestPath } from "../../repository/layout.ts";
import type { ManifestHeader } from "../../repository/manifest/header.ts";
import { type ManifestStream, openManifestStream } from "../../repository/manifest/stream.ts";
import { loadEither } from "../../repository/info/copies.ts";
import { storedPieces } from "../../repository/manifest_file.ts";
import { describePath, type Repository } from "../../repository/repository.ts";
import type { BackupSettings } from "./settings.ts";

/** The backup a new one builds on. */
export interface PriorBackup {
  label: string;
  header: ManifestHeader;
  /** Opens its manifest to be read once, from beginning to end. */
  open(): Promise<ManifestStream>;
}

/** Of which type the backup will be, and what it builds on. */
export interface TypeChoice {
  type: BackupType;
  prior?: PriorBackup;
}

/** Chooses the prior backup for the wanted type; without one the backup becomes a full one, with a warning. */
export async function chooseType(
  { configuration, log }: Invocation,
  repository: Repository,
  info: BackupInfo,
): Promise<TypeChoice> {
  const { type, prior, warning } = choosePrior(info, configuration.options.need("type") as BackupType);
  if (warning !== undefined) log.warn(warning);
  if (prior === undefined) return { type };
  const beta = findBetaBlocks(info, [...prior.references, prior.label]);
  if (beta !== undefined) {
    fail(
      "featureNotSupported",
      `backup '${beta}' holds blocks in the layout that pgbackrest had as a beta up to 2.45`,
      {
        hint:
          `nothing can be built on it, make a full backup: pg_backrest --stanza=${repository.stanza} --type=full backup`,
      },
    );
  }
  log.info(`last backup label = ${prior.label}, version = ${prior.writer}`);
  return { type, prior: await openPrior(repository, prior.label, info.cipherPass) };
}

async function openPrior(repository: Repository, label: string, passphrase: string | undefined): Promise<PriorBackup> {
  const openAt = async (path: string) =>
    await openManifestStream(storedPieces(repository, path, passphrase), { file: describePath(repository, path) });
  // Read once to the end: only then is its checksum proven, and a damaged one is replaced by its copy.
  const { value: header, path } = await loadEither(manifestPath(repository.stanza, label), async (each) => {
    const stream = await openAt(each);
    for await (const _ of stream.files) { /* the checksum stands behind the files */ }
    return stream.header;
  });
  return { label, header, open: () => openAt(path) };
}

/** Settings a backup has to share with its prior one, each difference from the wanted ones a warning. */
export function settingsOfSet(
  { log }: Invocation,
  settings: BackupSettings,
  prior: PriorBackup | undefined,
): BackupSettings {
  if (prior === undefined) return settings;
  const inherited = inheritSettings(settings.options, { label: prior.label, options: prior.header.options });
  for (const warning of inherited.warnings) log.warn(warning);
  return { ...settings, options: { ...settings.options, ...inherited.settings } };
}
