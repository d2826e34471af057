import { assertEquals } from "@std/assert";
import { alignColumns } from "../../src/cli/table.ts";

Deno.test("columns are as wide as their widest cell", () => {
  assertEquals(alignColumns([["a", "bb"], ["aaa", "b", "c"], []]), ["a    bb", "aaa  b   c", ""]);
});

Deno.test("columns can be aligned to the right", () => {
  assertEquals(alignColumns([["x", "1", "y"], ["xx", "100", ""]], ["left", "right"]), ["x     1  y", "xx  100"]);
});
