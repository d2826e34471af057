import { assertEquals } from "@std/assert";
import { COMMAND_NAMES, type CommandName, type Role } from "../../src/config/commands.ts";
import { type OptionDef } from "../../src/config/definition.ts";
import { readDependency } from "../../src/config/dependency.ts";
import { readQuantity } from "../../src/config/option_value.ts";
import { indexedName, isValidFor, OPTIONS, overrideOf } from "../../src/config/options.ts";
import { assertFails, load } from "./loading.ts";

/** Options that act while the rest is read: config_files_test.ts and command_line_test.ts have them. */
const ACTING = ["config", "config-path", "config-include-path", "help", "version"];

const DEFS = Object.entries(OPTIONS).filter(([name]) => !ACTING.includes(name));

/** A command and role an option is valid for; help where that is possible, because it demands no other options. */
function placeOf(def: OptionDef, wanted?: CommandName): { command: CommandName; words: string[] } {
  for (const role of ["main", "local", "remote"] as Role[]) {
    const command = COMMAND_NAMES.find((name) => isValidFor(def, name, role) && (!wanted || name === wanted));
    if (command === undefined) continue;
    if (role === "main" && command !== "version" && command !== "help") return { command, words: ["help", command] };
    return { command, words: role === "main" ? [command] : [`${command}:${role}`, "--stanza=a"] };
  }
  throw new Error("valid nowhere");
}

/** Words and variables that give an option a value and make what it depends on come true. */
function give(name: string, value: string, { command, choice }: { command: CommandName; choice?: string }): {
  words: string[];
  env: Record<string, string>;
} {
  const def = OPTIONS[name]!;
  const shown = indexedName(name, def.group === undefined ? 0 : 1);
  const own = def.secure
    ? { words: [], env: { [`PGBACKREST_${shown.toUpperCase().replaceAll("-", "_")}`]: value } }
    : { words: [def.type === "boolean" ? `--${value === "n" ? "no-" : ""}${shown}` : `--${shown}=${value}`], env: {} };
  const override = overrideOf(def, command).dependsOn;
  const text = override === undefined ? def.dependsOn : override;
  if (text === undefined || text === null) return own;
  const { name: other, values } = readDependency(text);
  const otherDef = OPTIONS[other]!;
  const needed = choice ?? values?.[0] ?? (otherDef.type === "path" ? "/x" : otherDef.allow?.[0] ?? "x");
  if (otherDef.default === needed) {
    const deeper = give(other, needed, { command });
    return { words: [...own.words, ...deeper.words.slice(1)], env: own.env };
  }
  const before = give(other, needed, { command });
  return { words: [...own.words, ...before.words], env: { ...own.env, ...before.env } };
}

function valueOf(
  name: string,
  text: string,
  { choice, wanted }: { choice?: string; wanted?: CommandName } = {},
): unknown {
  const { command, words } = placeOf(OPTIONS[name]!, wanted);
  const given = give(name, text, { command, ...(choice && { choice }) });
  const argv = [...new Set([...words, ...given.words])];
  const env = words[0]!.includes(":") ? { PGBACKREST_PG1_PATH: "/x" } : {};
  const { configuration } = load(argv, { env: { ...env, ...given.env } });
  const key = OPTIONS[name]!.group === undefined ? 0 : 1;
  return configuration.data.entries.get(name)?.get(key)?.value;
}

type Quantity = "integer" | "size" | "time";

/** The number just beyond a limit, as the option is written. */
function beyond(type: Quantity, limit: string, step: number): string {
  return `${readQuantity(type, limit)! + step}${{ integer: "", size: "B", time: "ms" }[type]}`;
}

for (const [name, def] of DEFS) {
  const type = def.type as Quantity;
  const ranges: [string | undefined, readonly [string, string]][] = [
    ...(def.range === undefined ? [] : [[undefined, def.range] as [undefined, readonly [string, string]]]),
    ...Object.entries(def.by ?? {}).flatMap(([choice, { range }]) =>
      range === undefined ? [] : [[choice, range] as [string, readonly [string, string]]]
    ),
  ];
  for (const [choice, [low, high]] of ranges) {
    // The peer's repo and pg select an index, which must be configured as well.
    const selects = name === "repo" || name === "pg";
    Deno.test(`range of ${name}${choice === undefined ? "" : ` with ${choice}`}: ${low} to ${high}`, () => {
      const given = choice === undefined ? {} : { choice };
      const because = choice === undefined
        ? ""
        : ` when '${indexedName(readDependency(def.dependsOn!).name, def.group ? 1 : 0)}' option = '${choice}'`;
      const shown = indexedName(name, def.group === undefined ? 0 : 1);
      const tooLow = beyond(type, low, -1);
      const tooHigh = beyond(type, high, 1);
      if (type !== "size" || !tooLow.startsWith("-")) {
        assertFails(
          () => valueOf(name, tooLow, given),
          "optionInvalidValue",
          `'${tooLow}' is out of range for '${shown}' option${because}`,
        );
      } else {assertFails(
          () => valueOf(name, tooLow, given),
          "optionInvalidValue",
          `'${tooLow}' is not valid for '${shown}' option`,
        );}
      assertFails(
        () => valueOf(name, tooHigh, given),
        "optionInvalidValue",
        `'${tooHigh}' is out of range for '${shown}' option${because}`,
      );
      assertEquals(valueOf(name, low, given), readQuantity(type, low));
      if (selects) assertFails(() => valueOf(name, high, given), "optionInvalidValue", `key '${high}' is not valid`);
      else assertEquals(valueOf(name, high, given), readQuantity(type, high));
    });
  }
}

for (const [name, def] of DEFS) {
  const lists: [CommandName | undefined, readonly string[]][] = [
    ...(def.allow === undefined ? [] : [[generalCommand(def), def.allow] as [CommandName, readonly string[]]]),
    ...Object.entries(def.per ?? {}).flatMap(([command, { allow }]) =>
      allow === undefined ? [] : [[command as CommandName, allow] as [CommandName, readonly string[]]]
    ),
  ];
  for (const [wanted, choices] of lists) {
    Deno.test(`choices of ${name}${wanted === undefined ? "" : ` for ${wanted}`}`, () => {
      const at = wanted === undefined ? {} : { wanted };
      for (const choice of choices) {
        assertEquals(valueOf(name, choice, at), def.type === "size" ? readQuantity("size", choice) : choice);
      }
      const wrong = def.type === "size" ? "3" : "bogus";
      const shown = indexedName(name, def.group === undefined ? 0 : 1);
      assertFails(
        () => valueOf(name, wrong, at),
        "optionInvalidValue",
        `'${wrong}' is not allowed for '${shown}' option`,
      );
    });
  }
}

/** A command for which the general list of choices counts; undefined where only children have the option. */
function generalCommand(def: OptionDef): CommandName | undefined {
  return COMMAND_NAMES.find((name) => isValidFor(def, name, "main") && def.per?.[name]?.allow === undefined);
}

for (const [name, def] of DEFS) {
  if (def.allow !== undefined || ["list", "hash", "boolean"].includes(def.type)) continue;
  Deno.test(`what ${name} does not take`, () => {
    const shown = indexedName(name, def.group === undefined ? 0 : 1);
    const fails = (text: string, message: string) =>
      assertFails(() => valueOf(name, text), "optionInvalidValue", `${message} for '${shown}' option`);
    if (def.type === "path") {
      fails("relative", "'relative' must begin with /");
      fails("/a//b", "'/a//b' cannot contain //");
    } else if (def.type !== "string") {
      for (const text of [" 1", "0x1", "1.5", "one", "99999999999999999999999"]) fails(text, `'${text}' is not valid`);
    }
    if (!def.secure) {
      fails("", def.type === "path" || def.type === "string" ? "'' must be >= 1 character" : "'' is not valid");
    }
  });
}

Deno.test("every option keeps the value it is given", () => {
  for (const [name, def] of DEFS) {
    if (name === "repo" || name === "pg") continue;
    const text = sample(def);
    const { command } = placeOf(def);
    const value = valueOf(name, text);
    const want = { boolean: text === "y", list: [text], hash: new Map([["k", "v"]]) }[def.type as "list"] ??
      (["integer", "size", "time"].includes(def.type) ? readQuantity(def.type as Quantity, text) : text);
    assertEquals(value, want, `${name} for ${command}`);
  }
});

/** A valid value that is not the default. */
function sample(def: OptionDef): string {
  const byChoice = Object.values(def.by ?? {})[0]?.range?.[0];
  switch (def.type) {
    case "boolean":
      return def.default === "y" && def.section !== "command-line" ? "n" : "y";
    case "path":
      return "/some/path";
    case "hash":
      return "k=v";
    case "string-id":
      return def.allow!.at(-1)!;
    case "string":
    case "list":
      return "text";
    default:
      return def.allow?.[0] ?? byChoice ?? def.range![0];
  }
}
