import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { claimSet, shareSets } from "../../src/process/set_lock.ts";

const [FULL, INCR] = ["20261122-072810F", "20261122-072810F_20261122-073221I"];

function inFolder(name: string, body: (locks: { folder: string; stanza: string }) => void): void {
  Deno.test(name, () => {
    const folder = Deno.makeTempDirSync({ prefix: "pgbr-setlock-" });
    try {
      body({ folder, stanza: "demo" });
      assertEquals([...Deno.readDirSync(folder)], [], "no lock file stays");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

inFolder("restores share a backup, nobody removes it meanwhile", (locks) => {
  using first = shareSets(locks, [FULL, INCR]);
  {
    using _second = shareSets(locks, [FULL]);
    assertEquals(claimSet(locks, FULL), undefined);
  }
  assertEquals(claimSet(locks, FULL), undefined, "the first restore still holds it");
  assertEquals(claimSet(locks, INCR), undefined);
  first[Symbol.dispose]();
  using claim = claimSet(locks, FULL);
  assertEquals(claim === undefined, false);
});

inFolder("a backup that is being removed cannot be restored, and nothing of its set stays locked", (locks) => {
  using _claim = claimSet(locks, INCR);
  const error = assertThrows(() => shareSets(locks, [FULL, INCR]), BackRestError);
  assertEquals(error.code, 50);
  using full = claimSet(locks, FULL);
  assertEquals(full === undefined, false);
});
