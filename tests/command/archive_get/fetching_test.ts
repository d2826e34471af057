import { assertEquals } from "@std/assert";
import { announce, isFetching } from "../../../src/command/archive_get/fetching.ts";
import { wal } from "../../repository/made.ts";

Deno.test("a segment is waited for when the process at work is about to fetch it, and only then", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-fetching-" });
  const path = `${folder}/fetching`;
  const now = Date.now();
  const ask = (name: string, execId: string | undefined = "1-a") =>
    isFetching(path, { name, holder: execId === undefined ? {} : { execId }, now });
  try {
    assertEquals(ask(wal(3)), false, "nobody has said anything");
    await announce(path, { execId: "1-a", first: wal(2), last: wal(4) });
    assertEquals([1, 2, 3, 4, 5].map((number) => ask(wal(number))), [false, true, true, true, false]);
    assertEquals(ask(wal(3), "2-b"), false, "somebody else is at work");
    assertEquals(isFetching(path, { name: wal(3), holder: {}, now }), false, "a peer that tells nothing");
    assertEquals(isFetching(path, { name: wal(3), holder: undefined, now }), true, "who says so is about to start");
    assertEquals(isFetching(path, { name: wal(3), holder: undefined, now: now + 5000 }), false, "it never came");
    assertEquals(ask("0000000200000000" + wal(3).slice(16)), false, "another timeline");
    await Deno.writeTextFile(path, "");
    assertEquals(ask(wal(3)), false, "cut short");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
