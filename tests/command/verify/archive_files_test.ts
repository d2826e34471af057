import { assertEquals } from "@std/assert";
import {
  archiveCheck,
  compareArchiveIds,
  duplicatesIn,
  isArchiveId,
  listArchive,
  segmentOf,
} from "../../../src/command/verify/archive_files.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import { wal } from "../../repository/made.ts";

const SUM = "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35";
const FOLDER = "15-1/0000000100000000";

Deno.test("archive ids are told from other folders and ordered by their number", () => {
  assertEquals(["15-1", "9.6-12", "15", "x-1", "15-1.copy", "-1"].filter(isArchiveId), ["15-1", "9.6-12"]);
  assertEquals(["15-10", "14-9", "9.6-1"].sort(compareArchiveIds), ["9.6-1", "14-9", "15-10"]);
});

Deno.test("only complete segments in the folder they belong to count as segments", () => {
  const cases: [string, string | undefined][] = [
    [`${FOLDER}/${wal(1)}-${SUM}.gz`, wal(1)],
    [`${FOLDER}/${wal(1)}-${SUM}`, wal(1)],
    [`${FOLDER}/${wal(1)}.partial-${SUM}.gz`, undefined],
    [`${FOLDER}/${wal(1)}-${SUM}.gz.pgbackrest.tmp`, undefined],
    [`${FOLDER}/${wal(0x101)}-${SUM}.gz`, undefined],
    [`${FOLDER}/${wal(1)}.00000028.backup`, undefined],
    [`15-1/${wal(1)}-${SUM}.gz`, undefined],
    ["15-1/00000002.history", undefined],
  ];
  for (const [path, segment] of cases) assertEquals(segmentOf({ path }), segment, path);
});

Deno.test("segments that are stored twice are found", () => {
  const files = [
    `${wal(1)}-${SUM}`,
    `${wal(2)}-${SUM}`,
    `${wal(2)}-${SUM}.gz`,
    `${wal(2)}-${SUM}.zst`,
    `${wal(3)}-${SUM}`,
  ];
  assertEquals([...duplicatesIn(files.map((name) => ({ path: `${FOLDER}/${name}`, size: 1 })))], [wal(2)]);
});

Deno.test("a stored file has to be what its name says", () => {
  const check = (path: string) => archiveCheck({ path, size: 1 }, { stanza: "demo", segmentSize: 1024 });
  assertEquals(check(`${FOLDER}/${wal(1)}-${SUM}.zst`), {
    path: `archive/demo/${FOLDER}/${wal(1)}-${SUM}.zst`,
    content: { compressType: "zst", raw: false, checksum: SUM, size: 1024 },
  });
  assertEquals(check(`${FOLDER}/${wal(1)}.partial-${SUM}`).content, {
    compressType: "none",
    raw: false,
    checksum: SUM,
    size: 1024,
  });
  assertEquals(check("15-1/00000002.history").content?.form, "timelineHistory");
  assertEquals(check(`${FOLDER}/${wal(1)}.00000028.backup`).content?.form, "backupHistory");
  assertEquals(check("15-1/otherfile").content, { compressType: "none", raw: false });
});

Deno.test("an archive id is listed by what its files are", async () => {
  const root = await Deno.makeTempDir({ prefix: "archive-files-" });
  try {
    const folder = `${root}/archive/demo/${FOLDER}`;
    await Deno.mkdir(`${folder}/folder`, { recursive: true });
    await Deno.mkdir(`${root}/archive/demo/15-1/nothing`);
    const names = [
      `${wal(2)}-${SUM}.gz`,
      `${wal(1)}-${SUM}.gz`,
      `${wal(3)}.partial-${SUM}`,
      `${wal(1)}.00000028.backup`,
      `${wal(4)}-${SUM}.gz.pgbackrest.tmp`,
      `${wal(5)}.hole`,
    ];
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "12345");
    for (const name of ["00000002.history", "otherfile"]) {
      await Deno.writeTextFile(`${root}/archive/demo/15-1/${name}`, "1");
    }
    const repository = { key: 1, stanza: "demo", storage: posixStorage(root) };
    const files = await listArchive(repository, "15-1");
    assertEquals(files.segments, [wal(1), wal(2)].map((name) => ({ path: `${FOLDER}/${name}-${SUM}.gz`, size: 5 })));
    assertEquals(files.others.map(({ path }) => path).sort(), [
      `${FOLDER}/${wal(1)}.00000028.backup`,
      `${FOLDER}/${wal(3)}.partial-${SUM}`,
      "15-1/00000002.history",
      "15-1/otherfile",
    ]);
    assertEquals(files.strays.sort(), [
      `${FOLDER}/${wal(4)}-${SUM}.gz.pgbackrest.tmp`,
      `${FOLDER}/folder`,
      "15-1/nothing",
    ]);
    const some = await listArchive(repository, "15-1", (segment) => segment === wal(2));
    assertEquals(some.segments.map(segmentOf), [wal(2)]);
    assertEquals(some.others.map(({ path }) => path).sort(), ["15-1/00000002.history", "15-1/otherfile"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
