import { assert, assertEquals, assertRejects } from "@std/assert";
import { Ahead } from "../../src/storage/ahead.ts";

/** Numbers that are opened early, but for those of ten; three cannot be opened. */
function opening(items: number[]) {
  const opened: number[] = [];
  const closed: number[] = [];
  const ahead = new Ahead<number, Disposable>(items, (item) => {
    if (item % 10 === 0) return undefined;
    opened.push(item);
    if (item === 3) return Promise.reject(new Error("three"));
    return Promise.resolve({ [Symbol.dispose]: () => void closed.push(item) });
  });
  return { ahead, opened, closed };
}

Deno.test("what comes next is open before it is wanted, in order, and not much of it", async () => {
  const items = Array.from({ length: 100 }, (_, i) => i + 1);
  const { ahead, opened } = opening(items);
  for (const item of items) {
    const taken = ahead.take(item);
    const reached = item - Math.floor(item / 10);
    assert(opened.length >= reached && opened.length <= reached + 8, `${opened.length} open at item ${item}`);
    if (item === 3) await assertRejects(() => taken!, Error, "three");
    else assertEquals(await taken === undefined, item % 10 === 0);
  }
  assertEquals(opened, items.filter((item) => item % 10 !== 0));
});

Deno.test("an item is given once; what nobody took is closed, also where it could not be opened", async () => {
  const { ahead, closed } = opening([1, 2, 3, 4]);
  assert(await ahead.take(1) !== undefined);
  assertEquals(ahead.take(1), undefined);
  ahead[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(closed, [2, 4]);
});
