import { blockCut } from "../../repository/block_sizes.ts";
import { storedPlace } from "../../repository/layout.ts";
import type { OpenBackup } from "./backup.ts";
import type { CopyBlocks } from "./copy_job.ts";

/**
 * How each row of a new manifest is stored as blocks; undefined: whole. What the prior backup has in blocks goes on with the
 * same ones, the rest is cut by its size and age.
 */
export function blockRule(
  { repository: { stanza }, settings: { blocks }, manifest, comparison }: Pick<
    OpenBackup,
    "repository" | "settings" | "manifest" | "comparison"
  >,
): (row: number) => CopyBlocks | undefined {
  if (blocks === undefined) return () => undefined;
  const { files, backup: { label, timeStart }, options: { compressType } } = manifest;
  return (row) => {
    if (!comparison?.continued.has(row)) {
      return blockCut({ size: files.size(row), age: timeStart - files.time(row) }, blocks.tables);
    }
    const file = files.at(row);
    const { size, checksumSize, mapSize } = file.block!;
    const place = storedPlace(file, { stanza, label, compressType });
    return { size, checksumSize, prior: { ...place, mapSize, checksum: file.checksum! } };
  };
}
