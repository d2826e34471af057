import type { createHash } from "node:crypto";
import { asError, BackRestError, fail } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { openManifestStream } from "../../repository/manifest/stream.ts";
import { isForeign } from "../../repository/raw_text.ts";
import { openBlocks } from "../../repository/block_file.ts";
import { decryptStages, describePath, keyServices, type Repository } from "../../repository/repository.ts";
import { blockSource } from "../../storage/block_source.ts";
import type { Source } from "../../storage/storage.ts";
import { readPieces, transfer, type TransferOptions } from "../../storage/transfer.ts";
import { type Chunk, joinChunks } from "../../stream/chunk.ts";
import type { StageResult, StageSpec } from "../../stream/stage.ts";
import { checkForm, FORM_SIZE_MAX } from "./file_form.ts";
import type { OpenFile } from "./open_file.ts";
import { type CheckFinding, type ExpectedContent, problemOf, type StoredCheck } from "./stored_check.ts";

/** What a check is done with. */
export interface CheckTools {
  repository: Repository;
  files: OpenFile;
  services: Pick<JobServices, "signal" | "checkCancelled" | "progress">;
  /** Of the files that are checked. */
  passphrase: string | undefined;
  /** Folders of the backups of the chain, in the order block maps refer to them. */
  references: readonly string[];
  /** `createHash` of `node:crypto`. */
  createHash: typeof createHash;
}

/** What is to be said about a file; undefined when it is as it should be. Throws only what is not the file's fault. */
export async function examine(check: StoredCheck, tools: CheckTools): Promise<Omit<CheckFinding, "index"> | undefined> {
  try {
    if (isForeign(check.path)) fail("fileOpen", "the name is not valid UTF-8");
    if (check.content === undefined) return await examineStored(check, tools);
    if (check.content.block !== undefined) return await examineBlocks(check, check.content, tools);
    if (check.content.form === "manifest") return await examineManifest(check, check.content, tools);
    return await examineContent(check, check.content, tools);
  } catch (thrown) {
    const error = asError(thrown);
    if (error.kind === "term" || error.kind === "assert" || error.retry) throw error;
    if (error.kind === "fileMissing") return { problem: "missing" };
    return { problem: "other", error: { code: error.code, message: error.message } };
  }
}

/** Hashes the bytes as they are, without what stages cost. */
async function examineStored(
  check: StoredCheck,
  tools: CheckTools,
): Promise<Pick<CheckFinding, "problem"> | undefined> {
  const bytes = await tools.files.whole(check);
  const found = bytes === undefined ? await hashPieces(check, tools) : hashBytes(bytes, tools);
  const problem = problemOf(found, check.stored ?? {});
  return problem === undefined ? undefined : { problem };
}

function hashBytes(bytes: Chunk, { services, createHash }: CheckTools): { checksum: string; size: number } {
  services.progress(bytes.length);
  return { checksum: createHash("sha1").update(bytes).digest("hex"), size: bytes.length };
}

async function hashPieces(
  check: StoredCheck,
  { files, services, createHash }: CheckTools,
): Promise<{ checksum: string; size: number }> {
  const source = await files.open(check);
  const hash = createHash("sha1");
  let size = 0;
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
    services.checkCancelled();
    services.progress(chunk.length);
    hash.update(chunk);
    size += chunk.length;
  }
  return { checksum: hash.digest("hex"), size };
}

/** Decodes the bytes and, where a checksum of the stored ones is known, hashes these on the way. */
async function examineContent(
  check: StoredCheck,
  content: ExpectedContent,
  tools: CheckTools,
): Promise<Omit<CheckFinding, "index"> | undefined> {
  const kept: Chunk[] = [];
  let results: StageResult[];
  try {
    const specs = stagesOf(check, content, tools);
    results = content.pages === undefined
      ? (await transfer(await tools.files.open(check), keeper(content, kept), specs, optionsOf(check, tools))).results
      : await resultsWithPages(await tools.files.open(check), specs, tools);
  } catch (error) {
    if (!(error instanceof BackRestError) || (error.kind !== "format" && error.kind !== "crypto")) throw error;
    // That the bytes are not those that were stored says more than that they cannot be decoded.
    const finding = check.stored === undefined ? undefined : await examineStored(check, tools);
    if (finding === undefined) throw error;
    return finding;
  }
  const problem = contentProblem(results, check, content);
  if (problem !== undefined) return { problem };
  const { form } = content;
  if (form !== undefined && form !== "manifest") checkForm(form, joinChunks(kept), { file: check.path });
  return badPages(results);
}

function badPages(results: readonly StageResult[]): Pick<CheckFinding, "pages"> | undefined {
  const pages = results.find((result) => result.stage === "pageChecksum")?.value;
  return pages === undefined || pages.valid ? undefined : { pages };
}

/**
 * The same as a transfer, but a bad page counts at once: a transfer would read it again, from where the stored bytes come
 * from, because of files that are just written to.
 */
async function resultsWithPages(
  source: Source,
  specs: StageSpec[],
  tools: CheckTools,
): Promise<StageResult[]> {
  const [{ build }, { sourceStream }] = await Promise.all([
    import("../../stream/pipeline.ts"),
    import("../../stream/pipe.ts"),
  ]);
  const { services } = tools;
  const next = async () => {
    services.checkCancelled();
    const chunk = await source.next();
    services.progress(chunk?.length ?? 0);
    return chunk;
  };
  using pipeline = await build(specs, { check: services.checkCancelled, ...keyServices(tools.passphrase) });
  for await (const _ of sourceStream(next).pipeThrough(pipeline.transform)) continue;
  return pipeline.results();
}

/** What is stored of the file in its backup, and then all of it, for which super blocks of other backups are read too. */
async function examineBlocks(
  check: StoredCheck,
  content: ExpectedContent,
  tools: CheckTools,
): Promise<Omit<CheckFinding, "index"> | undefined> {
  const finding = await examineStored(check, tools);
  if (finding !== undefined) return finding;
  const { repository, services, passphrase, references } = tools;
  const { compressType, block, pages } = content;
  const set = { references, compressType, passphrase, check: services.checkCancelled };
  using source = blockSource(repository.storage, await openBlocks(repository, block!, set));
  const results = await resultsWithPages(source, [
    ...(pages === undefined ? [] : [{ stage: "pageChecksum", ...pages } as const]),
    { stage: "sha1" },
    { stage: "count" },
    { stage: "limit", bytes: 0 },
  ], tools);
  const problem = contentProblem(results, {}, content);
  if (problem !== undefined) return { problem };
  return badPages(results);
}

/** Keeps what comes out of a file whose form is looked at. */
function keeper({ form }: ExpectedContent, kept: Chunk[]): { write(chunk: Chunk): void } {
  let size = 0;
  return {
    write(chunk) {
      if (form === undefined) return;
      size += chunk.length;
      if (size > FORM_SIZE_MAX) fail("format", `it is larger than ${FORM_SIZE_MAX} bytes`);
      kept.push(chunk);
    },
  };
}

function stagesOf({ stored }: StoredCheck, content: ExpectedContent, { passphrase }: CheckTools): StageSpec[] {
  const { compressType: type, raw, form, pages } = content;
  const measure: StageSpec[] = [{ stage: "sha1" }, { stage: "count" }];
  return [
    ...(stored === undefined ? [] : measure),
    ...decryptStages(passphrase, "set", raw),
    { stage: "decompress", type, raw },
    ...(pages === undefined ? [] : [{ stage: "pageChecksum", ...pages } as const]),
    ...measure,
    // What nobody wants is dropped here: a megabyte can become a gigabyte.
    ...(form === undefined ? [{ stage: "limit", bytes: 0 } as const] : []),
  ];
}

function contentProblem(
  results: readonly StageResult[],
  { stored }: Pick<StoredCheck, "stored">,
  content: ExpectedContent,
): ReturnType<typeof problemOf> {
  const sums = results.flatMap((result) => result.stage === "sha1" ? [result.value] : []);
  const counts = results.flatMap((result) => result.stage === "count" ? [result.value] : []);
  const ofStored = stored === undefined ? undefined : problemOf({ checksum: sums[0]!, size: counts[0]! }, stored);
  return ofStored ?? problemOf({ checksum: sums.at(-1)!, size: counts.at(-1)! }, content);
}

/** Reads a manifest to its end, where its checksum is proven. */
async function examineManifest(
  check: StoredCheck,
  { compressType: type }: ExpectedContent,
  tools: CheckTools,
): Promise<undefined> {
  const source = await tools.files.open(check);
  const specs: StageSpec[] = [...decryptStages(tools.passphrase, "backupInfo"), { stage: "decompress", type }];
  const pieces = readPieces(source, specs, optionsOf(check, tools));
  const { files } = await openManifestStream(pieces, { file: describePath(tools.repository, check.path) });
  for await (const _ of files) tools.services.checkCancelled();
}

function optionsOf({ path }: StoredCheck, { repository, services, passphrase }: CheckTools): TransferOptions {
  return {
    name: describePath(repository, path),
    signal: services.signal,
    check: services.checkCancelled,
    onRead: services.progress,
    ...keyServices(passphrase),
  };
}
