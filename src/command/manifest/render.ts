import { formatSize } from "../../cli/size.ts";
import { formatTime } from "../../log.ts";
import { quoteJson } from "../../repository/json.ts";
import { bundleName, storedName } from "../../repository/layout.ts";
import type { FileView } from "../../repository/manifest/file_table.ts";
import type { ManifestBackup } from "../../repository/manifest/header.ts";
import type { CompressType } from "../../stream/stage.ts";
import { type ReferenceReads, totalReads } from "./block_reads.ts";

/** A file, and what reading its blocks takes where that was asked for. */
export interface ShownFile {
  file: FileView;
  reads?: readonly ReferenceReads[];
}

/** The manifest as one JSON object without line feed, in pieces. Keys and their order are the peer's. */
export function* manifestJson(backup: ManifestBackup, files: Iterable<ShownFile>): Generator<string> {
  yield headJson(backup);
  let separator = "";
  for (const shown of files) {
    yield separator + fileJson(shown);
    separator = ",";
  }
  yield "]}";
}

/** The manifest for people, in pieces; `compressType` tells how the files of blocks are called. */
export function* manifestText(
  backup: ManifestBackup,
  files: Iterable<ShownFile>,
  { compressType }: { compressType: CompressType },
): Generator<string> {
  yield headText(backup);
  let separator = "";
  for (const shown of files) {
    yield separator + fileText(shown, { references: backup.references, compressType });
    separator = "\n";
  }
}

function headJson(backup: ManifestBackup): string {
  const { label, references, type, timeStart, timeCopyStart, timeStop, bundle, bundleRaw, blockIncr } = backup;
  return `{"label":"${label}","reference":[${references.map(quoteJson).join(",")}],"type":"${type}",` +
    `"time":{"start":${timeStart},"copy":${timeCopyStart},"stop":${timeStop}},` +
    `"bundle":{"bundle":${bundle},"raw":${bundleRaw}},"block":{"block":${blockIncr}},"fileList":[`;
}

function fileJson({ file, reads }: ShownFile): string {
  const { name, reference, size, checksum, repoSize, bundle, block } = file;
  const delta = reads === undefined ? "" : `,"delta":[${reads.map(readsJson).join(",")}]`;
  return `{"name":${quoteJson(name)}` +
    (reference === undefined ? "" : `,"reference":${quoteJson(reference)}`) +
    `,"size":${size},"checksum":"${checksum ?? ""}","repo":{"size":${repoSize}}` +
    (bundle === undefined ? "" : `,"bundle":{"id":${bundle.id},"offset":${bundle.offset}}`) +
    (block === undefined
      ? ""
      : `,"block":{"size":${block.size},"map":{"size":${block.mapSize}${delta}},"checksum":{"size":${block.checksumSize}}}`) +
    "}";
}

function readsJson({ reference, reads, readSize, superBlocks, superBlockSize, blocks }: ReferenceReads): string {
  return `{"reference":${reference},"read":{"total":${reads},"size":${readSize}},` +
    `"superBlock":{"total":${superBlocks},"size":${superBlockSize}},"block":{"total":${blocks}}}`;
}

function headText(backup: ManifestBackup): string {
  const { label, references, type, timeStart, timeStop, bundle, blockIncr } = backup;
  const time = (seconds: number) => formatTime(new Date(seconds * 1000)).slice(0, 19);
  return [
    `label: ${label}`,
    `reference: ${references.join(", ")}`,
    `type: ${type}`,
    `time: start: ${time(timeStart)}, stop: ${time(timeStop)}, duration: ${duration(timeStop - timeStart)}`,
    `bundle: ${bundle}`,
    `block: ${blockIncr}`,
    "",
    "file list:",
    "",
  ].join("\n");
}

function duration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** What the place of a file of blocks depends on. */
interface BlockNames {
  references: readonly string[];
  compressType: CompressType;
}

function fileText({ file, reads }: ShownFile, names: BlockNames): string {
  const { name, reference, size, checksum, repoSize, bundle, block } = file;
  return [
    `  - ${name}`,
    ...(reference === undefined ? [] : [`      reference: ${reference}`]),
    `      size: ${formatSize(size)}, repo ${formatSize(repoSize)}`,
    `      checksum: ${checksum ?? ""}`,
    ...(bundle === undefined ? [] : [`      bundle: ${bundle.id}`]),
    ...(block === undefined ? [] : [
      `      block: size ${formatSize(block.size)}, map size ${formatSize(block.mapSize)}, ` +
      `checksum size ${formatSize(block.checksumSize)}`,
    ]),
    ...(reads === undefined ? [] : readsText(file, reads, names)),
    "",
  ].join("\n");
}

function readsText(file: FileView, reads: readonly ReferenceReads[], names: BlockNames): string[] {
  const sizes = (sum: Omit<ReferenceReads, "reference" | "bundle">) =>
    `${sum.reads}/${formatSize(sum.readSize)}, superBlock: ${sum.superBlocks}/${formatSize(sum.superBlockSize)}, ` +
    `block: ${sum.blocks}/${formatSize(sum.blocks * (file.block?.size ?? 0))}`;
  return [
    "      block delta:",
    ...reads.map((each) => {
      const place = each.bundle === 0 ? storedName(file, names.compressType) : bundleName(each.bundle);
      return `        reference: ${names.references[each.reference]}/${place}, read: ${sizes(each)}`;
    }),
    `        total read: ${sizes(totalReads(reads))}`,
  ];
}
