import { assertEquals, assertThrows } from "@std/assert";
import { Line } from "../../src/stream/line.ts";
import type { Stage } from "../../src/stream/stage.ts";
import { text } from "./samples.ts";

/** A stage that writes down what happens to it. */
function witness(name: string, seen: string[], stage: Partial<Stage> = {}): Stage {
  return {
    push(chunk, emit) {
      seen.push(`${name} ${new TextDecoder().decode(chunk)}`);
      emit(chunk);
    },
    flush: () => void seen.push(`${name} end`),
    close: () => void seen.push(`${name} closed`),
    ...stage,
  };
}

function drive(line: Line): void {
  while (line.hasWork()) line.step();
}

Deno.test("a chunk goes down the whole line before the next one starts, and the ends follow in order", () => {
  const seen: string[] = [];
  const line = new Line([witness("a", seen), witness("b", seen)], (chunk) => {
    seen.push(`out ${new TextDecoder().decode(chunk)}`);
  });
  line.feed(text("1"));
  line.feed(text("2"));
  line.end();
  drive(line);
  assertEquals(seen, ["a 1", "b 1", "out 1", "a 2", "b 2", "out 2", "a end", "b end"]);
  line[Symbol.dispose]();
  assertEquals(seen.slice(-2), ["a closed", "b closed"]);
});

Deno.test("a stage with more is emptied before it gets the next chunk", () => {
  const seen: string[] = [];
  let left = 0;
  const doubling: Partial<Stage> = {
    push: () => void (left = 2),
    more(emit) {
      emit(text("x"));
      return --left > 0;
    },
  };
  const line = new Line([witness("a", seen, doubling), witness("b", seen)], () => {});
  line.feed(text("1"));
  line.feed(text("2"));
  line.step();
  line.step();
  assertEquals(seen, []);
  line.step();
  assertEquals(seen, ["b x"]);
  line.end();
  drive(line);
  assertEquals(seen, ["b x", "b x", "b x", "b x", "a end", "b end"]);
});

Deno.test("what a stage hands on at its end still goes through the stages behind it", () => {
  const seen: string[] = [];
  const line = new Line([
    witness("a", seen, { flush: (emit) => emit(text("rest")) }),
    witness("b", seen),
  ], () => {});
  line.end();
  drive(line);
  assertEquals(seen, ["b rest", "b end"]);
});

Deno.test("empty chunks reach nobody", () => {
  const seen: string[] = [];
  const line = new Line([witness("a", seen)], () => void seen.push("out"));
  line.feed(new Uint8Array(0));
  assertEquals(line.hasWork(), false);
  const none = new Line([], () => void seen.push("out"));
  none.feed(new Uint8Array(0));
  none.feed(text("1"));
  assertEquals(seen, ["out"]);
});

Deno.test("a disposed line has forgotten its chunks, and every stage is closed", () => {
  const seen: string[] = [];
  const fail = () => {
    throw new Error("broken");
  };
  const line = new Line([witness("a", seen), witness("b", seen, { push: fail })], () => {});
  line.feed(text("1"));
  line.feed(text("2"));
  assertThrows(() => drive(line), Error, "broken");
  line[Symbol.dispose]();
  assertEquals(seen, ["a 1", "a closed", "b closed"]);
  assertEquals(line.hasWork(), false);
});
