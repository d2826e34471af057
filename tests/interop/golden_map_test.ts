/** Every block map that pgBackRest 2.59.1 has written into the golden repositories. */
import { assert, assertEquals } from "@std/assert";
import { fetchBlockMap } from "../../src/repository/block_file.ts";
import { storedPlace } from "../../src/repository/layout.ts";
import { readManifest } from "../../src/repository/manifest/manifest.ts";
import { posixStorage } from "../../src/storage/posix.ts";
import { readBlockMap } from "../../src/stream/blocks/map_read.ts";
import { writeBlockMap } from "../../src/stream/blocks/map_write.ts";
import { makeSite, STANZA } from "../rig/site.ts";
import { goldenLabels, goldenManifest } from "../repository/golden.ts";
import { unpackData } from "./golden_site.ts";

for (const name of ["zst-block", "gz-block-aes"]) {
  Deno.test(`every map of ${name} is read, has the blocks of its file, and is written again with the same bytes`, async () => {
    await using site = makeSite("maps");
    await unpackData(name, site.folder);
    const repository = { key: 1, stanza: STANZA, storage: posixStorage(site.path("repo")) };
    let maps = 0;
    for (const label of goldenLabels(name)) {
      const manifest = await readManifest([await goldenManifest(name, label)], { file: label });
      const { files, options: { compressType }, backup: { references }, cipherPass: passphrase } = manifest;
      for (const row of files.rows()) {
        const file = files.at(row);
        if ((file.block?.mapSize ?? 0) === 0) continue;
        const { size: blockSize, checksumSize, mapSize } = file.block!;
        const place = storedPlace(file, { stanza: STANZA, label, compressType });
        const map = await fetchBlockMap(repository, place, { mapSize, passphrase });
        const blocks = readBlockMap(map, { blockSize, checksumSize });
        assertEquals(blocks.length, Math.ceil(file.size / blockSize), file.name);
        assert(blocks.every(({ reference }) => reference < references.length), file.name);
        assertEquals(writeBlockMap(blocks, { blockSize, checksumSize }), map, file.name);
        maps++;
      }
    }
    assert(maps > 500, `${maps} maps`);
  });
}
