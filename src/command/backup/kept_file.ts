import { BackRestError } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { bundleName, storedName } from "../../repository/layout.ts";
import { fetchStored, type Repository } from "../../repository/repository.ts";
import { countOf, sha1Of } from "../../storage/transfer.ts";
import type { CopyFile, CopySettings, KeptFile } from "./copy_job.ts";
import { provingStages } from "./file_stages.ts";

/** What proving a stored file works with. */
export interface ProofTools {
  settings: CopySettings;
  repository: Repository;
  services: JobServices;
}

/** Reads back what a run that broke off stored of a file, down to the plain bytes. */
export async function isStoredWell(
  { name }: CopyFile,
  kept: KeptFile,
  { settings, repository, services }: ProofTools,
): Promise<boolean> {
  const { folder, compressType, passphrase } = settings;
  const { bundle, block, repoSize } = kept;
  const place = bundle === undefined
    ? { path: `${folder}/${storedName({ name, ...(block === undefined ? {} : { block }) }, compressType)}` }
    : { path: `${folder}/${bundleName(bundle.id)}`, offset: bundle.offset, length: repoSize };
  const specs = provingStages(settings, { bundled: bundle !== undefined, blocks: block !== undefined });
  try {
    const { results } = await fetchStored(repository, { ...place, passphrase }, specs, {
      write: () => {},
      check: services.checkCancelled,
    });
    const isWhole = countOf(results) === repoSize &&
      (kept.repoChecksum === undefined || sha1Of(results) === kept.repoChecksum);
    // Of blocks the plain bytes are spread over several backups.
    return isWhole && (block === undefined ? sha1Of(results, 1) === kept.checksum : kept.repoChecksum !== undefined);
  } catch (error) {
    if (error instanceof BackRestError && error.kind !== "term") return false;
    throw error;
  }
}
