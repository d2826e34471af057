import { asError, type BackRestError } from "../../error.ts";
import { stagedWriter } from "../../storage/staged.ts";
import { transfer, type TransferOptions } from "../../storage/transfer.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { StageResult, StageServices, StageSpec } from "../../stream/stage.ts";
import type { OpenedFile } from "./source_file.ts";
import type { FilePlace } from "./target.ts";

/** One of several places that get the same bytes. */
export interface Branch {
  place: FilePlace;
  /** Where its repository is, see SidedStages. */
  atTarget: StageSpec[];
  services: StageServices;
}

/** What came of a branch: what its stages learned before the place, or why it got not all of the bytes. */
export type BranchEnd = { results: StageResult[] } | { error: BackRestError };

/** What came of all branches. */
export interface DeliveredToAll {
  atSource: StageResult[];
  /** Bytes read. */
  size: number;
  /** In the order of the branches. */
  ends: BranchEnd[];
}

/**
 * Moves the bytes of a file to several places in lock-step: the next piece is read when all have taken the last one, so that
 * the slowest sets the pace and nothing piles up. A place that fails is left out while others go on; ending the places is
 * the caller's. Errors are those of the source, or of the last place that failed.
 */
export async function deliverToAll(
  { source, staged }: Pick<OpenedFile, "source" | "staged">,
  branches: readonly Branch[],
  atSource: readonly StageSpec[],
  options: TransferOptions,
): Promise<DeliveredToAll> {
  const arms = await Promise.all(branches.map(openArm));
  try {
    const write = async (chunk: Chunk) => {
      await Promise.all(arms.map((arm) => arm.write(chunk)));
      if (arms.every(({ error }) => error !== undefined)) throw arms[0]!.error;
    };
    const { results, size } = await transfer(source, { write }, staged ? [] : atSource, options);
    const ends: BranchEnd[] = [];
    for (const arm of arms) ends.push(await arm.end());
    return { atSource: staged ? source.results!() : results, size, ends };
  } finally {
    for (const arm of arms) arm[Symbol.dispose]();
  }
}

/** A branch that bytes go to; after its first error it takes no more. */
interface Arm extends Disposable {
  readonly error: BackRestError | undefined;
  write(chunk: Chunk): Promise<void>;
  end(): Promise<BranchEnd>;
}

async function openArm({ place, atTarget, services }: Branch): Promise<Arm> {
  const writer = await stagedWriter((chunk) => place.write(chunk), place.take(atTarget).here, { services });
  let error: BackRestError | undefined;
  return {
    get error() {
      return error;
    },
    async write(chunk) {
      if (error !== undefined) return;
      try {
        await writer.write(chunk);
      } catch (thrown) {
        error = asError(thrown);
      }
    },
    async end() {
      if (error !== undefined) return { error };
      try {
        return { results: await writer.end() };
      } catch (thrown) {
        return { error: asError(thrown) };
      }
    },
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}
