import { fail } from "../../error.ts";
import { emptyObject, type JsonObject, type JsonValue } from "../json.ts";
import { printable } from "../raw_text.ts";

/** Values to be read by name, and what they are part of, for messages (`section [db] of 'archive.info'`). */
export interface Fields {
  values: JsonObject;
  where: string;
}

/** Sections of a document as fields. A missing section is an error (29) unless `optional`. */
export function sectionFields(
  sections: ReadonlyMap<string, JsonObject>,
  { section, file, optional = false }: { section: string; file: string; optional?: boolean },
): Fields {
  const where = `section [${section}] of '${file}'`;
  const values = sections.get(section);
  if (values === undefined && !optional) fail("format", `'${file}' has no section [${section}]`, { file });
  return { values: values ?? emptyObject(), where };
}

/** The value as an object of its own. */
export function objectFields(fields: Fields, key: string): Fields {
  const value = required(fields, key);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(fields, key, "an object");
  return { values: value, where: `'${printable(key)}' in ${fields.where}` };
}

/** A string; missing is an error (29). */
export function textOf(fields: Fields, key: string): string {
  const value = required(fields, key);
  return typeof value === "string" ? value : wrong(fields, key, "a string");
}

/** A string, or undefined where the key is missing or null. */
export function optionalText(fields: Fields, key: string): string | undefined {
  return isAbsent(fields, key) ? undefined : textOf(fields, key);
}

/** true or false; missing is an error (29). */
export function flagOf(fields: Fields, key: string): boolean {
  const value = required(fields, key);
  return typeof value === "boolean" ? value : wrong(fields, key, "true or false");
}

/** true or false, or undefined where the key is missing. */
export function optionalFlag(fields: Fields, key: string): boolean | undefined {
  return isAbsent(fields, key) ? undefined : flagOf(fields, key);
}

/** An integer from 0 to 2^53-1: a size in bytes, a number of things, an id. */
export function countOf(fields: Fields, key: string): number {
  const value = required(fields, key);
  return typeof value === "number" && value >= 0 ? value : wrong(fields, key, "an integer from 0 to 2^53-1");
}

/** Like {@linkcode countOf}, or undefined where the key is missing. */
export function optionalCount(fields: Fields, key: string): number | undefined {
  return isAbsent(fields, key) ? undefined : countOf(fields, key);
}

/** Epoch seconds. */
export function timeOf(fields: Fields, key: string): number {
  const value = required(fields, key);
  return typeof value === "number" ? value : wrong(fields, key, "epoch seconds");
}

/** A system identifier: 64 bits without sign, always a bigint. */
export function systemIdOf(fields: Fields, key: string): bigint {
  const value = required(fields, key);
  const id = typeof value === "number" || typeof value === "bigint" ? BigInt(value) : -1n;
  return id >= 0n && id < 1n << 64n ? id : wrong(fields, key, "an integer of 64 bits");
}

/** A name, or false where the id had none. Missing is undefined. */
export function optionalOwner(fields: Fields, key: string): string | false | undefined {
  const value = fields.values[key];
  if (value === undefined || value === false || typeof value === "string") return value;
  return wrong(fields, key, "a name or false");
}

/** Refuses a value: error 29 saying what it is part of, what was found and what is wanted. */
export function wrong(fields: Fields, key: string, wanted: string): never {
  const value = fields.values[key];
  const found = typeof value === "string" ? `'${printable(value)}'` : describe(value);
  fail("format", `'${printable(key)}' in ${fields.where} is ${found}, expected ${wanted}`);
}

function isAbsent(fields: Fields, key: string): boolean {
  return fields.values[key] === undefined || fields.values[key] === null;
}

function required(fields: Fields, key: string): JsonValue {
  const value = fields.values[key];
  return value === undefined ? fail("format", `${fields.where} has no '${printable(key)}'`) : value;
}

function describe(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
