import { assertEquals } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { withRetry } from "../../src/process/worker.ts";

/** Runs an attempt that fails with these errors in turn and then succeeds. */
async function tried(errors: BackRestError[], { count = 2, signal = new AbortController().signal } = {}) {
  const left = [...errors];
  let taken = 0;
  const attempt = () => {
    const error = left.shift();
    return error === undefined ? Promise.resolve("done") : Promise.reject(error);
  };
  const outcome = await withRetry(attempt, { count, interval: 1 }, { signal, beforeRetry: () => void taken++ });
  return { result: outcome.result, tries: outcome.tries, taken, error: outcome.error };
}

const passing = (text: string) => new BackRestError("fileRead", text, { retry: true });
const lasting = (text: string) => new BackRestError("checksum", text);

Deno.test("what may be over a moment later is tried again", async () => {
  const { result, tries, taken } = await tried([passing("one"), passing("two")]);
  assertEquals([result, tries, taken], ["done", 3, 2]);
});

Deno.test("what stays as it is is not tried again", async () => {
  const { error, tries, taken } = await tried([lasting("one")]);
  assertEquals([error?.message, tries, taken], ["one", 1, 0]);
});

Deno.test("when every try failed the first error is told, and the others with it", async () => {
  const { error, tries } = await tried([passing("one"), passing("two"), passing("three"), passing("four")]);
  assertEquals([error?.message, error?.causes?.map(({ message }) => message), tries], ["one", ["two", "three"], 3]);
});

Deno.test("a cancelled run tries nothing again", async () => {
  const { error, tries } = await tried([passing("one"), passing("two")], { signal: AbortSignal.abort() });
  assertEquals([error?.message, tries], ["one", 1]);
});
