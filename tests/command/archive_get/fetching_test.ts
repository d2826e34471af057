import { assertEquals } from "@std/assert";
import { announce, isFetching } from "../../../src/command/archive_get/fetching.ts";
import { wal } from "../../repository/made.ts";

Deno.test("a segment is waited for when the process at work is about to fetch it, and only then", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-fetching-" });
  const path = `${folder}/fetching`;
  try {
    assertEquals(isFetching(path, { name: wal(3), execId: "1-a" }), false, "nobody has said anything");
    await announce(path, { execId: "1-a", first: wal(2), last: wal(4) });
    assertEquals([1, 2, 3, 4, 5].map((number) => isFetching(path, { name: wal(number), execId: "1-a" })), [
      false,
      true,
      true,
      true,
      false,
    ]);
    assertEquals(isFetching(path, { name: wal(3), execId: "2-b" }), false, "somebody else is at work");
    assertEquals(isFetching(path, { name: wal(3), execId: undefined }), false, "a peer that tells nothing");
    assertEquals(isFetching(path, { name: "0000000200000000" + wal(3).slice(16), execId: "1-a" }), false, "timeline");
    await Deno.writeTextFile(path, "");
    assertEquals(isFetching(path, { name: wal(3), execId: "1-a" }), false, "cut short");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
