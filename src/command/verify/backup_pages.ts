import { asError } from "../../error.ts";
import { CONTROL_PATH, parseControl } from "../../postgres/control.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";
import { storedPlace } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { packPageErrors, pageErrorsText, unpackPageErrors } from "../../repository/manifest/page_errors.ts";
import { decryptStages, fetchStored } from "../../repository/repository.ts";
import { type Chunk, joinChunks } from "../../stream/chunk.ts";
import type { PageReport } from "../../stream/stage.ts";
import type { BackupResult } from "./result.ts";
import type { VerifyRun } from "./verify_run.ts";

/**
 * Page size of the cluster in bytes, from the stored pg_control; undefined where its pages carry no checksums or pg_control
 * cannot be read, which is a warning. What the backup itself looked at does not matter: it may have been told not to look.
 */
export async function pageSizeOf({ repository, findings }: VerifyRun, manifest: Manifest): Promise<number | undefined> {
  const { backup, options: { compressType }, files, cipherPass } = manifest;
  const row = files.find(`${DATA_TARGET}/${CONTROL_PATH}`);
  if (row === undefined) return undefined;
  const file = files.at(row);
  const { path, ...range } = storedPlace(file, { stanza: repository.stanza, label: backup.label, compressType });
  const raw = file.bundle !== undefined && backup.bundleRaw;
  const chunks: Chunk[] = [];
  try {
    await fetchStored(
      repository,
      { path, ...range, passphrase: cipherPass },
      [...decryptStages(cipherPass, "set", raw), { stage: "decompress", type: compressType, raw }],
      { write: (chunk) => void chunks.push(chunk) },
    );
    const { pageSize, pageChecksums } = parseControl(joinChunks(chunks));
    return pageChecksums ? pageSize : undefined;
  } catch (thrown) {
    const { message } = asError(thrown);
    findings.warn(`pages of backup '${backup.label}' are not checked, for its pg_control cannot be read: ${message}`);
    return undefined;
  }
}

/** Warns about bad pages that are not known from the backup itself. */
export function reportPages(
  { findings }: VerifyRun,
  { name, report, manifest, result }: { name: string; report: PageReport; manifest: Manifest; result: BackupResult },
): void {
  const row = manifest.files.find(name);
  const known = new Set(row === undefined ? [] : unpackPageErrors(manifest.files.at(row).pageErrors ?? []));
  const unknown = report.bad.filter((page) => !known.has(page));
  if (unknown.length === 0) return;
  const pages = pageErrorsText(packPageErrors(unknown));
  result.badPages.push({ file: name, pages });
  findings.warn(
    `invalid page checksum${unknown.length > 1 ? "s" : ""} in '${name}' of backup '${result.label}' at page` +
      `${unknown.length > 1 ? "s" : ""} ${pages}\n` +
      "HINT: where the page was being written while it was copied, recovery replaces it; otherwise it is bad in the cluster too.",
  );
}
