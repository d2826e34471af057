import { assertEquals } from "@std/assert";
import { wrapRows, wrapText } from "../../src/cli/wrap.ts";

const TEXTS: [string, string, number, string[]][] = [
  ["short", "a b", 5, ["a b"]],
  ["empty", "", 5, [""]],
  ["just fits", "ab cd", 5, ["ab cd"]],
  ["one too long", "ab cde", 5, ["ab", "cde"]],
  ["a word that is too long", "a abcdefgh b", 5, ["a", "abcdefgh", "b"]],
  ["paragraphs", "a\n\nb", 5, ["a", "", "b"]],
  ["bullets", "* ab cd\n* e", 5, ["* ab", "  cd", "* e"]],
];

for (const [name, text, width, want] of TEXTS) {
  Deno.test(`wrapping: ${name}`, () => assertEquals(wrapText(text, width), want));
}

Deno.test("no line of a wrapped text is longer than the page", () => {
  const words = Array.from({ length: 500 }, (_, index) => "x".repeat((index * 7) % 19 + 1)).join(" ");
  assertEquals(wrapText(words).filter((line) => line.length > 80), []);
  assertEquals(wrapText(words).join(" "), words);
});

Deno.test("rows have their texts in one column", () => {
  const rows = wrapRows([["ab", "x ".repeat(40).trim()], ["c", ""]], 70);
  assertEquals(rows[0], `ab${" ".repeat(68)}x x x x x`);
  assertEquals(rows[1], `${" ".repeat(70)}x x x x x`);
  assertEquals(rows.at(-1), "c");
});
