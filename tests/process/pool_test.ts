import { assert, assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { type PoolOptions, startPool } from "../../src/process/pool.ts";

function options(change: Partial<PoolOptions> = {}): PoolOptions {
  return {
    size: 2,
    kind: "backup-copy",
    early: false,
    setup: {},
    retry: { count: 0, interval: 1 },
    signal: new AbortController().signal,
    onLog: () => {},
    ...change,
  };
}

/** Jobs of a kind that does not exist: each of them fails. */
function* hopeless(count: number): Generator<{ kind: string; id: number }> {
  for (let id = 0; id < count; id++) yield { kind: "no-such-job", id };
}

Deno.test("every job comes back with its outcome, whichever worker took it", async () => {
  await using pool = startPool(options());
  const seen: number[] = [];
  for await (const { job, worker, tries, error } of pool.run(hopeless(20))) {
    seen.push(job.id);
    assert(worker === 1 || worker === 2);
    assertEquals([tries, error?.code, error?.message], [1, 25, "no job of kind 'no-such-job'"]);
  }
  assertEquals(seen.toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("a pool runs again after it was left early, and has nothing to do where there are no jobs", async () => {
  await using pool = startPool(options({ size: 1 }));
  for await (const _ of pool.run(hopeless(0))) assert(false, "no job, no outcome");
  for await (const _ of pool.run(hopeless(3))) break;
});

Deno.test("an aborted run ends with the reason", async () => {
  const cancel = new AbortController();
  await using pool = startPool(options({ signal: cancel.signal }));
  const reason = new BackRestError("term", "terminated on signal SIGTERM");
  const error = await assertRejects(async () => {
    for await (const _ of pool.run(hopeless(1000))) cancel.abort(reason);
  }, BackRestError);
  assertEquals(error, reason);
});
