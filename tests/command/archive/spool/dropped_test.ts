import { assertEquals } from "@std/assert";
import { formatDropped, parseDropped } from "../../../../src/command/archive/spool/dropped.ts";

Deno.test("the list of what was dropped holds each name once, in order", () => {
  const text = formatDropped(["b", "a", "b"]);
  assertEquals(text, "a\nb\n");
  assertEquals(parseDropped(text), ["a", "b"]);
  assertEquals(parseDropped(formatDropped([])), []);
});

Deno.test("a line that was not written to its end, or leads elsewhere, is no name", () => {
  assertEquals(parseDropped("a\nb"), ["a"]);
  assertEquals(parseDropped("../x\n\na\n"), ["a"]);
});
