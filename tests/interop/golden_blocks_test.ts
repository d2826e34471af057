/** Files of the golden repositories stored as blocks once more: what comes out has to be what pgBackRest 2.59.1 has stored. */
import { assert, assertEquals } from "@std/assert";
import { fetchBlockMap } from "../../src/repository/block_file.ts";
import { storedPlace } from "../../src/repository/layout.ts";
import { type Manifest, readManifest } from "../../src/repository/manifest/manifest.ts";
import type { FileView } from "../../src/repository/manifest/file_table.ts";
import { decryptStages, keyServices } from "../../src/repository/repository.ts";
import { posixStorage } from "../../src/storage/posix.ts";
import type { MappedBlock } from "../../src/stream/blocks/map.ts";
import { readBlockMap } from "../../src/stream/blocks/map_read.ts";
import { type Chunk, joinChunks } from "../../src/stream/chunk.ts";
import { runOnce } from "../../src/stream/pipeline.ts";
import { casesOf } from "../rig/long_form.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { GOLDEN_PASS, unpackRepository } from "./golden_site.ts";
import { goldenLabels, goldenManifest } from "../repository/golden.ts";

/** A backup of a golden repository, and its files as they were. */
interface GoldenSet {
  label: string;
  manifest: Manifest;
  content(file: FileView): Chunk;
}

async function restoredSets(name: string, site: Site): Promise<GoldenSet[]> {
  const cipher = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": GOLDEN_PASS };
  site.configure({ global: name === "gz-block-aes" ? cipher : {}, [STANZA]: { "pg1-path": site.path("pg") } });
  await unpackRepository(name, site);
  const sets: GoldenSet[] = [];
  for (const label of goldenLabels(name)) {
    const place = site.path(`set-${label}`);
    const places = [`--pg1-path=${place}`, `--tablespace-map=ts=${place}-ts`];
    await site.mustBackrest(["restore", `--set=${label}`, "--type=none", ...places]);
    const manifest = await readManifest([await goldenManifest(name, label)], { file: label });
    const content = (file: FileView) => {
      return Deno.readFileSync(`${place}/${file.name.replace(/^pg_data\//, "")}`);
    };
    sets.push({ label, manifest, content });
  }
  return sets;
}

/** Stores what a backup holds of a file itself, and gives the map it has and the one that came out. */
async function storedAgain(
  site: Site,
  { label, manifest, content }: GoldenSet,
  { file, prior }: { file: FileView; prior: Chunk | undefined },
): Promise<{ theirs: Chunk; ours: Chunk }> {
  const { options: { compressType: type, compressLevel: level = 0 }, cipherPass: passphrase, backup } = manifest;
  const { size, checksumSize, mapSize } = file.block!;
  const repository = { key: 1, stanza: STANZA, storage: posixStorage(site.path("repo")) };
  const place = storedPlace(file, { stanza: STANZA, label, compressType: type });
  const services = keyServices(passphrase);
  const { bytes, results } = await runOnce(
    [{
      stage: "blocks",
      size,
      checksumSize,
      superSize: backup.type === "full" ? 1024 * 1024 : 256 * 1024,
      reference: backup.references.length - 1,
      place: { bundle: file.bundle?.id ?? 0, offset: place.offset },
      type,
      level,
      ...(prior === undefined ? {} : { prior: prior.toBase64() }),
      ...(passphrase === undefined ? {} : { passphrase }),
    }],
    content(file),
    services,
  );
  const report = results.find((result) => result.stage === "blocks")!.value;
  assert(report.changed, file.name);
  const all = joinChunks(bytes);
  const stored = all.slice(all.length - report.mapSize);
  const ours = joinChunks((await runOnce(decryptStages(passphrase, "set", true), stored, services)).bytes);
  const theirs = await fetchBlockMap(repository, place, { mapSize, passphrase });
  return { theirs, ours };
}

/** What a map says but for what compression makes of it. */
function structure(map: Chunk, shape: { blockSize: number; checksumSize: number }): string[] {
  const supers = new Map<string, number>();
  const nth = ({ reference, offset }: MappedBlock) => {
    const key = `${reference}/${offset}`;
    if (!supers.has(key)) supers.set(key, supers.size);
    return supers.get(key);
  };
  return readBlockMap(map, shape).map((block) => {
    const { reference, bundle, plainSize, checksum } = block;
    return `${reference}: ${bundle} ${nth(block)} (${plainSize}) ${block.block} ${checksum.toHex()}`;
  });
}

for (const name of casesOf(["gz-block-aes"], ["zst-block"])) {
  Deno.test(`files of ${name} are cut, grouped and mapped by us as they were`, async () => {
    await using site = makeSite("blocks");
    const sets = await restoredSets(name, site);
    const maps = new Map<string, Chunk>();
    let compared = 0;
    for (const set of sets) {
      const { manifest: { files, backup } } = set;
      const now = new Map<string, Chunk>();
      for (const row of files.rows()) {
        const file = files.at(row);
        if ((file.block?.mapSize ?? 0) === 0 || file.reference !== undefined) continue;
        const prior = maps.get(`${backup.prior} ${file.name}`);
        const { ours, theirs } = await storedAgain(site, set, { file, prior });
        const shape = { blockSize: file.block!.size, checksumSize: file.block!.checksumSize };
        assertEquals(structure(ours, shape), structure(theirs, shape), `${set.label} ${file.name}`);
        now.set(file.name, theirs);
        compared++;
      }
      for (const row of files.rows()) {
        const { name: file, reference } = files.at(row);
        const map = now.get(file) ?? maps.get(`${reference} ${file}`) ?? maps.get(`${backup.prior} ${file}`);
        if (map !== undefined) maps.set(`${set.label} ${file}`, map);
      }
    }
    assert(compared > 300, `${compared} files`);
  });
}
