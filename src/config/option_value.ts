import { fail } from "../error.ts";
import type { OptionDef } from "./definition.ts";
import type { OptionDefs, OptionName } from "./options.ts";
import { parseInteger, parseSize, parseTime } from "./quantity.ts";

/** Any value an option can have: sizes in bytes, times in milliseconds. */
export type OptionValue = boolean | number | string | readonly string[] | ReadonlyMap<string, string>;

/** What stands for the program itself as it was called, in the defaults of `cmd` and its like. */
export const PROGRAM_ITSELF = "<argv0>";

type Choices<D> = D extends { allow: readonly (infer A)[] } ? A : never;
type Overrides<D> = D extends { per: infer P } ? P[keyof P] : never;

type Plain<D extends OptionDef> = D["type"] extends "boolean" ? boolean
  : D["type"] extends "integer" | "size" | "time" ? number
  : D["type"] extends "list" ? readonly string[]
  : D["type"] extends "hash" ? ReadonlyMap<string, string>
  : D["type"] extends "string-id" ? Choices<D> | Choices<Overrides<D>>
  : string;

type HasDefault<D> = D extends { default: string } ? true : D extends { by: unknown; unmet: string } ? true : false;
type MayBeUnmet<D> = D extends { unmet: string } ? false
  : Extract<D | Overrides<D>, { dependsOn: string }> extends never ? false
  : true;
type LosesDefault<D> = Extract<Overrides<D>, { default: null }> extends never ? false : true;

type IsCertain<D> = HasDefault<D> extends true
  ? MayBeUnmet<D> extends true ? false : LosesDefault<D> extends true ? false : true
  : false;

/** Type of an option's value when it has one, inferred from the table. */
export type PlainValue<N extends OptionName> = N extends OptionName ? Plain<OptionDefs[N]> : never;

/** Type of an option's value, inferred from the table: undefined is possible unless there is always a default. */
export type ValueOf<N extends OptionName> = N extends OptionName
  ? IsCertain<OptionDefs[N]> extends true ? PlainValue<N> : PlainValue<N> | undefined
  : never;

/** What limits a value; names are those for messages. */
export interface Limits {
  readonly shown: string;
  readonly allow?: readonly string[] | undefined;
  readonly range?: readonly [string, string] | undefined;
  /** What made these limits apply, for messages: ` when 'compress-type' option = 'gz'`. */
  readonly because?: string | undefined;
  /** Told about repeated keys of a hash. */
  warn(text: string): void;
}

/** Turns the texts of an option into its value. Errors: 32 not valid, out of range or not allowed; 31 for a hash. */
export function readOptionValue(def: OptionDef, texts: readonly string[], limits: Limits): OptionValue {
  if (def.type === "list") return texts;
  if (def.type === "hash") return readHash(texts, limits);
  const text = texts[0]!;
  switch (def.type) {
    case "boolean":
      return text === "y";
    case "integer":
    case "size":
    case "time":
      return readNumber(def, text, limits);
    case "path":
      return readPath(text, limits);
    case "string-id":
      return checkAllowed(text, text, limits);
    case "string":
      if (text === "") bad(`'' must be >= 1 character for '${limits.shown}' option`);
      return text;
  }
}

/** A number in the unit of its type; undefined when the text is none. */
export function readQuantity(type: "integer" | "size" | "time", text: string): number | undefined {
  if (type === "integer") return parseInteger(text);
  return type === "size" ? parseSize(text) : parseTime(text);
}

function readNumber(def: OptionDef, text: string, limits: Limits): number {
  const type = def.type as "integer" | "size" | "time";
  const value = readQuantity(type, text) ?? bad(`'${text}' is not valid for '${limits.shown}' option`);
  const [low, high] = limits.range ?? [];
  if (low !== undefined && (value < readQuantity(type, low)! || value > readQuantity(type, high!)!)) {
    bad(`'${text}' is out of range for '${limits.shown}' option${limits.because ?? ""}`);
  }
  if (limits.allow === undefined) return value;
  const choices = limits.allow.map((choice) => readQuantity(type, choice)!);
  return checkAllowed(value, text, { ...limits, allow: choices });
}

function checkAllowed<V extends string | number>(
  value: V,
  text: string,
  { shown, allow, because }: {
    shown: string;
    allow?: readonly (string | number)[] | undefined;
    because?: string | undefined;
  },
): V {
  if (allow !== undefined && !allow.includes(value)) {
    bad(`'${text}' is not allowed for '${shown}' option${because ?? ""}`, `allowed: ${allow.join(", ")}`);
  }
  return value;
}

function readPath(text: string, { shown }: Limits): string {
  if (text === "") bad(`'' must be >= 1 character for '${shown}' option`);
  if (!text.startsWith("/")) bad(`'${text}' must begin with / for '${shown}' option`);
  if (text.includes("//")) bad(`'${text}' cannot contain // for '${shown}' option`);
  return text !== "/" && text.endsWith("/") ? text.slice(0, -1) : text;
}

function readHash(texts: readonly string[], { shown, warn }: Limits): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals === -1) fail("optionInvalid", `key/value '${text}' not valid for '${shown}' option`);
    const key = text.slice(0, equals);
    if (map.has(key)) warn(`key '${key}' was given more than once for '${shown}' option, the last value counts`);
    map.set(key, text.slice(equals + 1));
  }
  return map;
}

function bad(message: string, hint?: string): never {
  fail("optionInvalidValue", message, hint === undefined ? {} : { hint });
}
