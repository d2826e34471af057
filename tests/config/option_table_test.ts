import { assert, assertEquals } from "@std/assert";
import { COMMAND_NAMES, type CommandName, COMMANDS, type Role } from "../../src/config/commands.ts";
import { type OptionDef } from "../../src/config/definition.ts";
import { readDependency } from "../../src/config/dependency.ts";
import { COMMAND_TEXTS } from "../../src/config/help/commands.ts";
import { optionSection, optionText } from "../../src/config/help/option_texts.ts";
import { readOptionValue, readQuantity, type ValueOf } from "../../src/config/option_value.ts";
import { isValidFor, OPTIONS, overrideOf } from "../../src/config/options.ts";

const DEFS = Object.entries(OPTIONS);
const ROLES: readonly Role[] = ["main", "async", "local", "remote"];

/** Where an option is valid. */
function places(def: OptionDef): [CommandName, Role][] {
  return COMMAND_NAMES.flatMap((command) => ROLES.map((role): [CommandName, Role] => [command, role]))
    .filter(([command, role]) => isValidFor(def, command, role));
}

Deno.test("the table has every option of pgBackRest 2.59.1", () => {
  assertEquals(DEFS.filter(([, def]) => !def.ours).length, 198);
  assertEquals(Object.keys(OPTIONS).filter((name) => OPTIONS[name]!.secure).sort(), [
    "repo-azure-account",
    "repo-azure-endpoint",
    "repo-azure-key",
    "repo-cipher-pass",
    "repo-gcs-key",
    "repo-s3-key",
    "repo-s3-key-secret",
    "repo-s3-sse-customer-key",
    "repo-s3-token",
    "repo-sftp-private-key-passphrase",
  ]);
});

Deno.test("a row of the table has no keys but the known ones", () => {
  const known = new Set(
    ("section type group commands except roles roleCommands default unmet required optionalFor allow range by dependsOn " +
      "per negatable secure internal boolLike aliases ours oursFor").split(" "),
  );
  for (const [name, def] of DEFS) {
    for (const key of Object.keys(def)) assert(known.has(key), `${name}: ${key}`);
    for (const override of Object.values(def.per ?? {})) {
      for (const key of Object.keys(override)) {
        assert(["default", "allow", "required", "dependsOn"].includes(key), `${name}: ${key}`);
      }
    }
  }
});

Deno.test("every option is valid somewhere, and for children only where the command has the role", () => {
  for (const [name, def] of DEFS) {
    assert(places(def).length > 0, name);
    for (const [command, role] of places(def)) {
      assert(role === "main" || COMMANDS[command].roles?.includes(role), `${name} ${command}:${role}`);
    }
  }
});

Deno.test("what an option depends on exists and is valid wherever the option is", () => {
  for (const [name, def] of DEFS) {
    for (const [command, role] of places(def)) {
      const override = overrideOf(def, command).dependsOn;
      const text = override === undefined ? def.dependsOn : override;
      if (text === undefined || text === null) continue;
      const other = OPTIONS[readDependency(text).name];
      assert(other !== undefined, `${name}: ${text}`);
      assert(isValidFor(other, command, role), `${name} ${command}:${role} depends on ${text}`);
      assert(other.group === undefined || other.group === def.group, `${name}: ${text}`);
      const values = readDependency(text).values ?? [];
      const choices = other.type === "boolean" ? ["y", "n"] : [...other.allow ?? [], ...perAllow(other)];
      for (const value of values) assert(choices.includes(value), `${name}: ${text}`);
      for (const value of Object.keys(def.by ?? {})) assert(values.includes(value), `${name} by ${value}`);
    }
  }
});

function perAllow(def: OptionDef): string[] {
  return Object.values(def.per ?? {}).flatMap((override) => [...override.allow ?? []]);
}

Deno.test("every default is a valid value within its own limits", () => {
  const warn = () => {};
  for (const [name, def] of DEFS) {
    const { default: standard, allow, range } = def;
    const choices = [...allow ?? [], ...perAllow(def)];
    const defaults = [standard, def.unmet, ...Object.values(def.per ?? {}).map((override) => override.default)];
    for (const text of defaults) {
      if (typeof text !== "string" || ["<argv0>", "<itself>"].includes(text)) continue;
      readOptionValue(def, [text], { shown: name, warn, range, ...(choices.length > 0 && { allow: choices }) });
    }
    for (const limits of Object.values(def.by ?? {})) {
      if (limits.default === undefined) continue;
      readOptionValue(def, [limits.default], { shown: name, warn, range: limits.range ?? range });
    }
  }
});

Deno.test("numbers have limits, ranges are ascending and of the option's type", () => {
  for (const [name, def] of DEFS) {
    if (def.type !== "integer" && def.type !== "size" && def.type !== "time") continue;
    const ranges = [def.range, ...Object.values(def.by ?? {}).map((limits) => limits.range)].filter((r) =>
      r !== undefined
    );
    assert(ranges.length > 0 || def.allow !== undefined, name);
    for (const [low, high] of ranges) {
      assert(readQuantity(def.type, low)! < readQuantity(def.type, high)!, `${name} ${low} ${high}`);
    }
  }
});

Deno.test("values of options are typed by the table", () => {
  const certain: { [N in "repo-path" | "compress-level" | "archive-check" | "job-retry"]: ValueOf<N> } = {
    "repo-path": "/x",
    "compress-level": 1,
    "archive-check": true,
    "job-retry": 2,
  };
  const uncertain: { [N in "pg-path" | "set" | "type" | "force" | "repo-retention-full"]: ValueOf<N> } = {
    "pg-path": undefined,
    set: undefined,
    type: undefined,
    force: undefined,
    "repo-retention-full": undefined,
  };
  const choices: [ValueOf<"compress-type">, ValueOf<"type">, ValueOf<"output">] = ["zst", "lsn", "num"];
  // @ts-expect-error this option always has a value
  const wrong: ValueOf<"compress-type"> = undefined;
  // @ts-expect-error no such choice
  const other: ValueOf<"compress-type"> = "zip";
  assertEquals([Object.keys(certain).length, Object.keys(uncertain).length, choices.length, wrong, other], [
    4,
    5,
    3,
    undefined,
    "zip",
  ]);
});

Deno.test("every option and every command has help", () => {
  for (const [name, def] of DEFS) {
    for (const [command] of places(def)) {
      const { summary, text } = optionText(name, command);
      assert(/^[A-Z].*\.$/.test(summary), `${name} ${command}: ${summary}`);
      assert(text.length > 20, `${name} ${command}`);
      optionSection(name, { command, def });
    }
  }
  for (const command of COMMAND_NAMES) {
    assert(/^[A-Z].*\.$/.test(COMMANDS[command].summary), command);
    assert(COMMAND_TEXTS[command].length > 20, command);
  }
});

Deno.test("a command changes only options that are valid for it", () => {
  for (const [name, def] of DEFS) {
    const valid = new Set<string>(places(def).map(([command]) => command));
    for (const command of [...Object.keys(def.per ?? {}), ...def.optionalFor ?? []]) {
      assert(valid.has(command), `${name} ${command}`);
    }
  }
});
