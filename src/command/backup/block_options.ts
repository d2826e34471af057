import type { Options } from "../../config/configuration.ts";
import { indexedName, type OptionName } from "../../config/options.ts";
import { parseInteger, parseSize } from "../../config/quantity.ts";
import { fail } from "../../error.ts";
import { BLOCK_TABLES, type BlockTables, type Threshold } from "../../repository/block_sizes.ts";
import { BLOCK_CHECKSUM_SIZE_DEFAULT, BLOCK_UNIT } from "../../repository/manifest/file_data.ts";
import { HASH_SIZE } from "../../stream/blocks/map.ts";

/** How changed blocks are stored. Sizes in bytes. */
export interface BlockSettings {
  tables: BlockTables;
  /** Least size of a super block, in full backups and in others. */
  superSizeFull: number;
  superSize: number;
}

const DAY = 86_400;

/** Largest block: super blocks are put together in memory. */
const BLOCK_MAX = 64 * 1024 * 1024;

/** What the options of a repository say; undefined where files are stored whole. Error 32 for a table that makes no sense. */
export function blockSettings(options: Options, repoKey: number): BlockSettings | undefined {
  if (!options.get("repo-block", repoKey)) return undefined;
  const sizes = table(options, repoKey, "repo-block-size-map", { key: size, value: blockSize }) ?? BLOCK_TABLES.sizes;
  const ages = table(options, repoKey, "repo-block-age-map", { key: days, value: count }) ?? BLOCK_TABLES.ages;
  const checksums = table(options, repoKey, "repo-block-checksum-size-map", { key: size, value: checksumSize }) ??
    BLOCK_TABLES.checksums;
  const largest = highest(sizes) * Math.max(1, highest(ages));
  if (largest > BLOCK_MAX) {
    fail("optionInvalidValue", `blocks of ${largest} bytes are too large, at most ${BLOCK_MAX} are possible`, {
      hint: "use smaller sizes in option repo-block-size-map, or smaller factors in option repo-block-age-map.",
    });
  }
  return {
    tables: { sizes, ages, checksums },
    superSizeFull: options.need("repo-block-size-super-full", repoKey),
    superSize: options.need("repo-block-size-super", repoKey),
  };
}

function highest(rows: readonly Threshold[]): number {
  return rows.reduce((most, { value }) => Math.max(most, value), 0);
}

type Parse = (text: string) => number | undefined;

const size: Parse = (text) => parseSize(text) || undefined;
const count: Parse = (text) => (parseInteger(text) ?? -1) >= 0 ? parseInteger(text) : undefined;
const days: Parse = (text) => {
  const found = count(text);
  return found === undefined ? undefined : found * DAY;
};
const blockSize: Parse = (text) => (parseSize(text) ?? NaN) % BLOCK_UNIT === 0 ? size(text) : undefined;
const checksumSize: Parse = (text) => {
  const found = count(text) ?? 0;
  return found >= BLOCK_CHECKSUM_SIZE_DEFAULT && found <= HASH_SIZE ? found : undefined;
};

type TableName = Extract<OptionName, `repo-block-${string}-map`>;

/** The rows of an option; undefined where nobody gave it. */
function table(
  options: Options,
  repoKey: number,
  name: TableName,
  parse: { key: Parse; value: Parse },
): Threshold[] | undefined {
  const given = options.get(name, repoKey);
  if (given === undefined || given.size === 0) return undefined;
  const refuse = (text: string): never => {
    fail("optionInvalidValue", `'${text}' is not valid for '${indexedName(name, repoKey)}' option`, {
      hint: HINTS[name],
    });
  };
  return [...given].map(([key, value]) => ({
    from: parse.key(key) ?? refuse(key),
    value: parse.value(value) ?? refuse(value),
  }));
}

const HINTS: Readonly<Record<TableName, string>> = {
  "repo-block-size-map": "file size=block size, of which the latter is a multiple of 8KiB: 16KiB=8KiB",
  "repo-block-age-map": "days=factor, both whole numbers, 0 to store the file whole: 28=0",
  "repo-block-checksum-size-map": `block size=bytes, from ${BLOCK_CHECKSUM_SIZE_DEFAULT} to ${HASH_SIZE}: 32KiB=7`,
};
