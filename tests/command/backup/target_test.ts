import { assertEquals, assertRejects } from "@std/assert";
import { Bundle, deliver } from "../../../src/command/backup/target.ts";
import { oneChunk } from "../../../src/command/backup/source_file.ts";
import type { Chunk, Sink, Storage } from "../../../src/storage/storage.ts";
import type { SidedStages } from "../../../src/command/backup/target.ts";

const STAGES: SidedStages = { atSource: [{ stage: "sha1" }], atTarget: [{ stage: "sha1" }, { stage: "count" }] };

/** A storage of one file; writing fails when `broken` says so. */
function memory(broken: () => boolean = () => false): { storage: Storage; said: string[] } {
  const said: string[] = [];
  const sink: Pick<Sink, "write" | "commit" | "abort"> = {
    write(chunk) {
      if (broken()) throw new Error("disk");
      said.push(`write ${chunk.length}`);
    },
    commit: () => Promise.resolve(said.push("commit")).then(() => ({ size: 0, time: 0 })),
    abort: () => Promise.resolve(void said.push("abort")),
  };
  const write = (path: string) => {
    said.push(`open ${path}`);
    return Promise.resolve(sink);
  };
  return { storage: { can: { stages: false }, write } as unknown as Storage, said };
}

const bytes = (size: number): Chunk => new Uint8Array(size);

Deno.test("files lie in a bundle one behind the other; what one that failed has left is passed over", async () => {
  const { storage, said } = memory();
  await using bundle = new Bundle(storage, { folder: "label", id: 3 });
  const first = bundle.place();
  await deliver({ source: oneChunk(bytes(10)), staged: false }, first, STAGES, { name: "a" });
  const failed = bundle.place();
  await failed.write(bytes(7));
  const again = bundle.place();
  const { atSource, atTarget } = await deliver({ source: oneChunk(bytes(5)), staged: false }, again, STAGES, {
    name: "b",
  });
  assertEquals([first.bundle, failed.bundle, again.bundle].map((place) => place!.offset), [0, 10, 17]);
  assertEquals(again.bundle!.id, 3);
  assertEquals([atSource.map(({ stage }) => stage), atTarget.map(({ stage }) => stage)], [["sha1"], ["sha1", "count"]]);
  await bundle.commit();
  assertEquals(said, ["open label/bundle/3", "write 10", "write 7", "write 5", "commit"]);
  assertEquals(bundle.spoilt(), false);
});

Deno.test("a bundle nothing is put into does not come into being", async () => {
  const { storage, said } = memory();
  {
    await using bundle = new Bundle(storage, { folder: "label", id: 1 });
    await using _ = bundle.place();
    await bundle.commit();
  }
  assertEquals(said, []);
});

Deno.test("a bundle that could not be written to is spoilt as a whole", async () => {
  let broken = false;
  const { storage } = memory(() => broken);
  await using bundle = new Bundle(storage, { folder: "label", id: 1 });
  await deliver({ source: oneChunk(bytes(10)), staged: false }, bundle.place(), STAGES, { name: "a" });
  assertEquals(bundle.spoilt(), false);
  broken = true;
  await assertRejects(
    () => deliver({ source: oneChunk(bytes(10)), staged: false }, bundle.place(), STAGES, { name: "b" }),
    Error,
    "disk",
  );
  assertEquals(bundle.spoilt(), true);
});
