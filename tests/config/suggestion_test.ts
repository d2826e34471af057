import { assertEquals } from "@std/assert";
import { hintNearest, nearest } from "../../src/config/suggestion.ts";

const KNOWN = ["backup", "restore", "start", "stop", "repo-retention-full", "repo-retention-diff"];

const WORDS: [string, string | undefined][] = [
  ["backup", "backup"],
  ["bakup", "backup"],
  ["abckup", "backup"],
  ["backupp", "backup"],
  ["rstore", "restore"],
  ["stopp", "stop"],
  ["repo-retention-ful", "repo-retention-full"],
  ["repo-retntion-dif", "repo-retention-diff"],
  ["xyz", undefined],
  ["", undefined],
  ["completely-different", undefined],
];

for (const [word, want] of WORDS) {
  Deno.test(`nearest to '${word}'`, () => assertEquals(nearest(word, KNOWN), want));
}

Deno.test("a hint asks for the word that was probably meant", () => {
  assertEquals(hintNearest("bakup", KNOWN, "--"), { hint: "did you mean '--backup'?" });
  assertEquals(hintNearest("zzzzzz", KNOWN), {});
});
