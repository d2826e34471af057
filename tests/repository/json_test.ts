import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { formatJson, type JsonValue, parseJson } from "../../src/repository/json.ts";
import { decodeRaw } from "../../src/repository/raw_text.ts";
import { bytesOf } from "./pieces.ts";

const SAME: { name: string; text: string; value: JsonValue }[] = [
  { name: "null", text: "null", value: null },
  { name: "true and false", text: "[true,false]", value: [true, false] },
  { name: "an integer", text: "-42", value: -42 },
  { name: "the largest exact number", text: "9007199254740991", value: 9007199254740991 },
  { name: "the first integer that needs a bigint", text: "9007199254740992", value: 9007199254740992n },
  { name: "a system identifier", text: "7710911066132591146", value: 7710911066132591146n },
  { name: "64 bits without sign", text: "18446744073709551615", value: 18446744073709551615n },
  { name: "an empty string", text: '""', value: "" },
  { name: "the escapes", text: '"\\"\\\\\\n\\r\\t\\b\\f"', value: '"\\\n\r\t\b\f' },
  { name: "other characters as they are", text: '"/\u0001\u007fé😀"', value: "/\u0001\u007fé😀" },
  { name: "objects by key", text: '{"-":1,"a":{"b":[]},"aa":{}}', value: { "-": 1, a: { b: [] }, aa: {} } },
  {
    name: "a key like a property of all objects",
    text: '{"__proto__":"x","constructor":1}',
    value: JSON.parse('{"__proto__":"x","constructor":1}'),
  },
];

for (const { name, text, value } of SAME) {
  Deno.test(`JSON is read and written: ${name}`, () => {
    assertEquals(parseJson(bytesOf(text)), value);
    assertEquals(formatJson(value), text);
  });
}

Deno.test("keys are written in byte order, whatever their order was", () => {
  assertEquals(
    formatJson({ b: 1, "😀": 3, a: 0, "10": 2, "9": 4, "\uffff": 5 }),
    '{"10":2,"9":4,"a":0,"b":1,"\uffff":5,"😀":3}',
  );
});

Deno.test("keys are read in any order, with blanks anywhere", () => {
  assertEquals(parseJson(bytesOf(' { "size" : 2 ,\t"a" : [ 1 , 2 ] } ')), { size: 2, a: [1, 2] });
});

Deno.test("an escape with u is one byte", () => {
  assertEquals(parseJson(bytesOf('"\\u0041\\/\\u00c3\\u00a9"')), "A/é");
  assertEquals(parseJson(bytesOf('"\\u00fc"')), decodeRaw(Uint8Array.of(0xfc)));
});

Deno.test("strings keep bytes that are not UTF-8", () => {
  const value = parseJson(Uint8Array.of(0x22, 0x61, 0xfc, 0x22));
  assertEquals(value, "a\udcfc");
  assertEquals(formatJson(value), '"a\udcfc"');
});

const REFUSED: { name: string; text: string }[] = [
  { name: "nothing", text: "" },
  { name: "something behind the value", text: "1 2" },
  { name: "a fraction", text: "1.5" },
  { name: "an exponent", text: "1e3" },
  { name: "more digits than 64 bits have", text: "123456789012345678901" },
  { name: "a minus alone", text: "-" },
  { name: "a word", text: "nul" },
  { name: "an open string", text: '"a' },
  { name: "an open string with an escape", text: '"\\n' },
  { name: "an unknown escape", text: '"\\x"' },
  { name: "an escape of two bytes", text: '"\\u20ac"' },
  { name: "an open object", text: '{"a":1' },
  { name: "an object without a colon", text: '{"a" 1}' },
  { name: "a key that is no string", text: "{1:1}" },
  { name: "a comma at the end", text: "[1,]" },
  { name: "nesting without end", text: "[".repeat(100000) },
];

for (const { name, text } of REFUSED) {
  Deno.test(`JSON is refused: ${name}`, () => {
    const error = assertThrows(() => parseJson(bytesOf(text)), BackRestError);
    assertEquals(error.kind, "jsonFormat");
  });
}

Deno.test("numbers that are not exact cannot be written", () => {
  for (const value of [0.5, 2 ** 53, NaN, Infinity]) assertThrows(() => formatJson(value), BackRestError, "exactly");
});
