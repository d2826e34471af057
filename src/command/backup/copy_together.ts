import { asError, type BackRestError, toRecord } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { keyServices } from "../../repository/repository.ts";
import { PIECE_SIZE } from "../../stream/chunk.ts";
import type { StageResult } from "../../stream/stage.ts";
import { EMPTY_SHA1 } from "../../repository/manifest/file_data.ts";
import { type Branch, type BranchEnd, deliverToAll } from "./branches.ts";
import { copyAnew, type CopyTools, ended, isSame, readSmall, withKept, withoutCopying } from "./copy_file.ts";
import type { CopiedFile, CopyFile, CopyPart, PartOutcome } from "./copy_job.ts";
import { copyPart, openPart } from "./copy_part.ts";
import { passingStages, type ReadFile, readResults, storingStages } from "./file_stages.ts";
import { oneChunk, type OpenedFile, openFile, unlessEmpty } from "./source_file.ts";
import type { FilePlace, SidedStages } from "./target.ts";

/** A part on its way beside others. */
interface Companion {
  files: ReadonlyMap<number, CopyFile>;
  tools: CopyTools;
  copied: CopiedFile[];
  /** Why it was left out. */
  error?: BackRestError;
}

/**
 * Copies files into several repositories: each file is read, checked and compressed once for all that take it in the same
 * form. A part that fails is left out while the others go on; then it is copied by itself, with retries. `rows` gives the
 * order.
 */
export async function copyTogether(
  parts: readonly CopyPart[],
  rows: readonly number[],
  services: JobServices,
): Promise<PartOutcome[]> {
  const companions = await copyAll(parts, rows, services);
  const outcomes: PartOutcome[] = [];
  for (const [i, { copied, error }] of companions.entries()) {
    outcomes.push(error === undefined ? { copied } : await copyAlone(parts[i]!, error, services));
  }
  return outcomes;
}

async function copyAlone(part: CopyPart, first: BackRestError, services: JobServices): Promise<PartOutcome> {
  services.checkCancelled();
  if (!toRecord(first).retry) return { error: toRecord(first) };
  try {
    // What it reads again has been counted.
    const uncounted = { ...services, progress: () => {} };
    return { copied: await services.attempt(() => copyPart(part, uncounted)) };
  } catch (error) {
    services.checkCancelled();
    return { error: toRecord(error) };
  }
}

async function copyAll(
  parts: readonly CopyPart[],
  rows: readonly number[],
  services: JobServices,
): Promise<Companion[]> {
  const companions = parts.map((part): Companion => ({
    files: new Map(part.files.map((file) => [file.row, file])),
    tools: openPart(part, services),
    copied: [],
  }));
  try {
    for (const row of rows) {
      services.checkCancelled();
      await copyRow(row, companions, services);
    }
    for (const companion of living(companions)) await guarded(companion, () => companion.tools.target.commit());
  } finally {
    for (const companion of companions) {
      await guarded(companion, () => companion.tools.target[Symbol.asyncDispose]());
    }
  }
  return companions;
}

function living(companions: readonly Companion[]): Companion[] {
  return companions.filter(({ error }) => error === undefined);
}

/** Does a step of one part; what it throws leaves only this part out. */
async function guarded(companion: Companion, step: () => PromiseLike<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    companion.tools.services.checkCancelled();
    companion.error ??= asError(error);
  }
}

async function copyRow(row: number, companions: readonly Companion[], services: JobServices): Promise<void> {
  const sharing: Member[] = [];
  // A file is counted once, by the first that reads it.
  let counted = false;
  const counting = (tools: CopyTools): CopyTools => {
    const { progress } = services;
    const counts = !counted;
    counted = true;
    return { ...tools, services: { ...tools.services, progress: counts ? progress : () => {} } };
  };
  for (const companion of living(companions)) {
    const file = companion.files.get(row);
    if (file === undefined) continue;
    await guarded(companion, async () => {
      const tools = counting(companion.tools);
      const early = await withoutCopying(file, tools);
      if (early !== undefined) companion.copied.push(early);
      else if (file.block !== undefined) companion.copied.push(await copyAnew(file, tools));
      else sharing.push(member(companion, file, tools));
    });
  }
  for (const members of bySource(sharing)) await copyShared(members);
}

/** A part that takes a file, with the place where it goes and the stages by which it gets there. */
interface Member {
  companion: Companion;
  file: CopyFile;
  tools: CopyTools;
  place: FilePlace;
  storing: SidedStages;
  stages: SidedStages;
}

function member(companion: Companion, file: CopyFile, tools: CopyTools): Member {
  const place = tools.target.place(file);
  const storing = storingStages(tools.settings, { file, place });
  const stages = passingStages(tools.settings, file, storing);
  return { companion, file, tools, place, storing, stages };
}

/** Those that take the same bytes: what is done before a key comes into play is alike. */
function bySource(members: readonly Member[]): Iterable<Member[]> {
  return Map.groupBy(members, ({ stages }) => JSON.stringify(stages.atSource)).values();
}

async function copyShared(members: readonly Member[]): Promise<void> {
  try {
    await readOnce(members);
  } catch (error) {
    for (const { companion } of members) await guarded(companion, () => Promise.reject(error));
  } finally {
    for (const { companion, place } of members) await guarded(companion, () => place[Symbol.asyncDispose]());
  }
}

async function readOnce(members: readonly Member[]): Promise<void> {
  const [{ file, tools, stages }] = members as [Member, ...Member[]];
  using opened = await openFile(file, { ...tools, stages: stages.atSource });
  if (opened === undefined) return settle(members, { state: "missing", size: 0, checksum: "" });
  const content = tools.settings.bundling ? await unlessEmpty(opened) : opened;
  if (content === undefined) return settle(members, { state: "copied", size: 0, checksum: EMPTY_SHA1 });
  const isLookedAt = file.size <= PIECE_SIZE && members.some(({ file }) => file.priorChecksum !== undefined);
  if (isLookedAt) await storeWhereChanged(content, members);
  else await store(content, members, { atSource: stages.atSource });
}

function settle(members: readonly Member[], outcome: Omit<CopiedFile, "row">): void {
  for (const { companion, file } of members) {
    companion.copied.push(withKept(file, { row: file.row, ...outcome }));
  }
}

/** A small file is looked at before it is stored: touched is not changed. */
async function storeWhereChanged(opened: OpenedFile, members: readonly Member[]): Promise<void> {
  const [{ file, tools }] = members as [Member, ...Member[]];
  const { bytes, read } = await readSmall(opened, file, tools);
  const isTouched = ({ file }: Member) => isSame(file, read, file.priorChecksum);
  settle(members.filter(isTouched), { state: "same", ...read });
  const changed = members.filter((each) => !isTouched(each));
  if (changed.length === 0) return;
  await store({ source: oneChunk(bytes), staged: false }, changed, {
    // What another host has compressed already is only to be stored.
    atSource: opened.staged ? [] : changed[0]!.storing.atSource,
    read,
  });
}

async function store(
  opened: Pick<OpenedFile, "source" | "staged">,
  members: readonly Member[],
  { atSource, read }: {
    atSource: SidedStages["atSource"];
    /** What was learned of the plain bytes before. */
    read?: ReadFile;
  },
): Promise<void> {
  const [{ file, tools: { services } }] = members as [Member, ...Member[]];
  const branches = members.map(({ place, stages, tools }): Branch => ({
    place,
    atTarget: stages.atTarget,
    services: { check: services.checkCancelled, ...keyServices(tools.settings.passphrase) },
  }));
  const delivered = await deliverToAll(opened, branches, atSource, {
    name: file.name,
    signal: services.signal,
    check: services.checkCancelled,
    ...(read === undefined ? { onRead: services.progress } : {}),
  });
  const learned = read ?? { size: delivered.size, ...readResults(delivered.atSource) };
  for (const [i, { companion, file, place }] of members.entries()) {
    await guarded(companion, () => end(delivered.ends[i]!, { companion, file, place, learned, ...delivered }));
  }
}

async function end(
  branch: BranchEnd,
  { companion, file, place, learned, atSource, size }: Pick<Member, "companion" | "file" | "place"> & {
    learned: ReadFile;
    atSource: StageResult[];
    size: number;
  },
): Promise<void> {
  if ("error" in branch) throw branch.error;
  const copied = await ended(file, {
    place,
    read: learned,
    delivered: { atSource, atTarget: branch.results, size },
  });
  companion.copied.push(withKept(file, copied!));
}
