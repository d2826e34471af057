import { assertEquals } from "@std/assert";
import {
  findStored,
  isStoredSegment,
  parseStoredSegment,
  type StoredSegment,
  storedSegmentName,
} from "../../../src/repository/wal/stored_name.ts";

const SHA1 = "1449b7dbc12df6cd7a037d912946cb23e6ba3f86";
const NAME = "000000010000000000000002";

const STORED: { text: string; want: StoredSegment | undefined }[] = [
  { text: `${NAME}-${SHA1}`, want: { name: NAME, checksum: SHA1, compressType: "none" } },
  { text: `${NAME}-${SHA1}.gz`, want: { name: NAME, checksum: SHA1, compressType: "gz" } },
  { text: `${NAME}-${SHA1}.lz4`, want: { name: NAME, checksum: SHA1, compressType: "lz4" } },
  { text: `${NAME}-${SHA1}.zst`, want: { name: NAME, checksum: SHA1, compressType: "zst" } },
  { text: `${NAME}-${SHA1}.bz2`, want: { name: NAME, checksum: SHA1, compressType: "bz2" } },
  { text: `${NAME}.partial-${SHA1}.gz`, want: { name: `${NAME}.partial`, checksum: SHA1, compressType: "gz" } },
  { text: `${NAME}-${SHA1}.rar`, want: undefined },
  { text: `${NAME}-${SHA1}.gz.pgbackrest.tmp`, want: undefined },
  { text: `${NAME}-${SHA1.slice(1)}`, want: undefined },
  { text: `${NAME}.00000028.backup`, want: undefined },
  { text: NAME, want: undefined },
];

for (const { text, want } of STORED) {
  Deno.test(`a stored segment is ${want === undefined ? "not " : ""}recognised: ${text}`, () => {
    assertEquals(parseStoredSegment(text), want);
    if (want !== undefined) assertEquals(storedSegmentName(want), text);
    assertEquals(isStoredSegment(text), want !== undefined && want.name === NAME);
  });
}

Deno.test("all forms of a segment are found, its partial one apart", () => {
  const folder = [
    `${NAME}-${SHA1}`,
    `${NAME}-${SHA1}.gz`,
    `${NAME}.partial-${SHA1}.gz`,
    `${NAME}.00000028.backup`,
    "x",
  ];
  assertEquals(findStored(folder, NAME).map(({ compressType }) => compressType), ["none", "gz"]);
  assertEquals(findStored(folder, `${NAME}.partial`).length, 1);
  assertEquals(findStored(folder, "000000010000000000000003"), []);
});
