import { assertEquals } from "@std/assert";
import { readIni, type Sections } from "../../src/config/ini.ts";
import { assertFails } from "./loading.ts";

function read(...texts: string[]): Record<string, Record<string, string[]>> {
  const sections: Sections = new Map();
  for (const text of texts) readIni(text, "/c.conf", sections);
  return Object.fromEntries([...sections].map(([name, keys]) => [name, Object.fromEntries(keys)]));
}

const FILES: [string, string[], Record<string, Record<string, string[]>>][] = [
  ["nothing", [""], {}],
  ["a section and keys", ["[a]\nk=v\nl=w\n"], { a: { k: ["v"], l: ["w"] } }],
  ["spaces around everything", ["  [a]  \n\t k = v w  \n"], { a: { k: ["v w"] } }],
  ["lines that end with CR LF", ["[a]\r\nk=v\r\n"], { a: { k: ["v"] } }],
  ["comments and blank lines", ["# x\n\n[a]\n  # k=w\nk=v\n"], { a: { k: ["v"] } }],
  ["no comment after a value", ["[a]\nk=v # c"], { a: { k: ["v # c"] } }],
  ["; begins no comment", ["[a]\n;k=v"], { a: { ";k": ["v"] } }],
  ["quotes are part of the value", ['[a]\nk="v"'], { a: { k: ['"v"'] } }],
  ["= in a value", ["[a]\nk=a=b"], { a: { k: ["a=b"] } }],
  ["an empty value", ["[a]\nk="], { a: { k: [""] } }],
  ["a key twice", ["[a]\nk=1\nl=2\nk=3"], { a: { k: ["1", "3"], l: ["2"] } }],
  ["a section twice", ["[a]\nk=1\n[b]\nk=2\n[a]\nk=3"], { a: { k: ["1", "3"] }, b: { k: ["2"] } }],
  ["a section in two files", ["[a]\nk=1", "[a]\nk=2"], { a: { k: ["1", "2"] } }],
  ["a section without keys", ["[a]"], { a: {} }],
  ["capitals matter", ["[a]\nK=1\nk=2"], { a: { K: ["1"], k: ["2"] } }],
  ["brackets inside a section's name", ["[a]b]\nk=1"], { "a]b": { k: ["1"] } }],
];

for (const [name, texts, want] of FILES) {
  Deno.test(`configuration file: ${name}`, () => assertEquals(read(...texts), want));
}

const ERRORS: [string, string][] = [
  ["[global", "ini section should end with ] at line 1: [global"],
  ["[global]x", "ini section should end with ] at line 1: [global]x"],
  ["\n []", "invalid empty section at line 2: []"],
  ["k=v", "key/value found outside of section at line 1: k=v"],
  ["[a]\nnothing", "missing '=' in key/value at line 2: nothing"],
  ["[a]\n =v", "key is zero-length at line 2: =v"],
];

for (const [text, message] of ERRORS) {
  Deno.test(`configuration file error: ${message}`, () => {
    const error = assertFails(() => read(text), "format", message);
    assertEquals(error.hint, "correct this line of '/c.conf'.");
  });
}

Deno.test("a second file does not go on in the first one's section", () => {
  assertFails(() => read("[a]\nk=1", "k=2"), "format", "key/value found outside of section at line 1: k=2");
});
