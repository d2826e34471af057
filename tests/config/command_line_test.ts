import { assert, assertEquals } from "@std/assert";
import { parseCommandLine, subjectOf } from "../../src/config/command_line.ts";
import type { OptionTable } from "../../src/config/definition.ts";
import { OPTIONS } from "../../src/config/options.ts";
import type { ErrorKind } from "../../src/error.ts";
import { assertFails } from "./loading.ts";

/** What a command line gives one option: its values, and whether it is negated or reset. */
function given(argv: readonly string[], name: string, key = 0): string[] | string | undefined {
  const found = parseCommandLine(argv).given.get(name)?.get(key);
  if (found === undefined) return undefined;
  if (found.reset) return "reset";
  if (found.negated) return "negated";
  return found.values;
}

Deno.test("options stand before, after and between command and arguments", () => {
  const line = parseCommandLine(["--stanza=a", "archive-get", "--repo", "2", "x", "--no-delta", "y"]);
  assertEquals([line.command, line.role, line.args], ["archive-get", "main", ["x", "y"]]);
  assertEquals([...line.given.keys()], ["stanza", "repo", "delta"]);
});

const VALUES: [string, string[], string, number, string[] | string | undefined][] = [
  ["value after =", ["--stanza=a"], "stanza", 0, ["a"]],
  ["value with = in it", ["--annotation=k=v=w"], "annotation", 0, ["k=v=w"]],
  ["value in the next word", ["--stanza", "a"], "stanza", 0, ["a"]],
  ["next word that looks like an option", ["--stanza", "--help"], "stanza", 0, ["--help"]],
  ["empty value", ["--stanza="], "stanza", 0, [""]],
  ["switch", ["--online"], "online", 0, []],
  ["switch =y", ["--online=y"], "online", 0, []],
  ["switch =n", ["--online=n"], "online", 0, "negated"],
  ["negated switch", ["--no-online"], "online", 0, "negated"],
  ["negated config", ["--no-config"], "config", 0, "negated"],
  ["negated stanza-section switch", ["--no-pg2-local"], "pg-local", 2, "negated"],
  ["choice that works as a switch", ["--backup-standby"], "backup-standby", 0, ["y"]],
  ["choice that works as a switch, with value", ["--backup-standby=prefer"], "backup-standby", 0, ["prefer"]],
  ["choice that works as a switch, negated", ["--no-backup-standby"], "backup-standby", 0, "negated"],
  ["reset", ["--reset-repo3-path"], "repo-path", 3, "reset"],
  ["list, repeated", ["--exclude=a", "--exclude", "b"], "exclude", 0, ["a", "b"]],
  ["highest index", ["--repo256-path=/x"], "repo-path", 256, ["/x"]],
  ["abbreviation", ["--stan=a"], "stanza", 0, ["a"]],
  ["abbreviation with index", ["--repo1-pat=/x"], "repo-path", 1, ["/x"]],
  ["abbreviated negation", ["--no-onl"], "online", 0, "negated"],
  ["whole name that begins others", ["--repo1-retention-full=1"], "repo-retention-full", 1, ["1"]],
  ["deprecated name without index", ["--db-path=/x"], "pg-path", 1, ["/x"]],
  ["deprecated name with index", ["--db2-path=/x"], "pg-path", 2, ["/x"]],
  ["own name without index, for index 1", ["--repo-path=/x"], "repo-path", 1, ["/x"]],
  ["abbreviated own name without index", ["--repo-pat=/x"], "repo-path", 1, ["/x"]],
  ["deprecated name of an option without group", ["--archive-queue-max=1"], "archive-push-queue-max", 0, ["1"]],
  ["abbreviated deprecated name", ["--archive-queue=1"], "archive-push-queue-max", 0, ["1"]],
  ["deprecated name of a switch", ["--hardlink"], "repo-hardlink", 1, []],
  ["deprecated name with index, two words back", ["--repo2-s3-verify-ssl=n"], "repo-storage-verify-tls", 2, "negated"],
];

for (const [name, words, option, key, want] of VALUES) {
  Deno.test(`option: ${name}`, () => assertEquals(given(["backup", ...words], option, key), want));
}

const ERRORS: [string[], ErrorKind, string][] = [
  [["-x"], "optionInvalid", "option '-x' must begin with --"],
  [["-"], "optionInvalid", "option '-' must begin with --"],
  [["--"], "optionInvalid", "invalid option '--'"],
  [["---stanza=x"], "optionInvalid", "option '-stanza' cannot begin with a dash"],
  [["--1stanza=x"], "optionInvalid", "option '1stanza' cannot begin with a number"],
  [["--no-1stanza"], "optionInvalid", "option '1stanza' cannot begin with a number"],
  [[`--${"x".repeat(64)}`], "optionInvalid", "invalid option '--xxx"],
  [[`--${"x".repeat(65)}`], "optionInvalid", `option '${"x".repeat(65)}' exceeds maximum size of 64`],
  [["--bogus=1"], "optionInvalid", "invalid option '--bogus=1'"],
  [["--Stanza=x"], "optionInvalid", "invalid option '--Stanza=x'"],
  [["--ver"], "optionInvalid", "invalid option '--ver'"],
  [["--rep=1"], "optionInvalid", "invalid option '--rep=1'"],
  [["--db-p=/x"], "optionInvalid", "invalid option '--db-p=/x'"],
  [["--repo-bundle"], "optionInvalid", "option 'repo-bundle' requires an index"],
  [["--pg-path=/x"], "optionInvalid", "option 'pg-path' requires an index"],
  [["--repo0-path=/x"], "optionInvalid", "option 'repo0-path' key must be greater than zero"],
  [["--repo257-path=/x"], "optionInvalid", "option 'repo257-path' key exceeds maximum of 256"],
  [["--repo99999999999999999999-path=/x"], "optionInvalid", "option 'repo99999999999999999999-path' key exceeds"],
  [["--log1-path=/x"], "optionInvalid", "option 'log1-path' cannot have an index"],
  [["--stanza"], "optionInvalid", "option '--stanza' requires an argument"],
  [["--online=x"], "optionInvalidValue", "boolean option '--online' argument must be 'y' or 'n'"],
  [["--online="], "optionInvalidValue", "boolean option '--online' argument must be 'y' or 'n'"],
  [["--online=Y"], "optionInvalidValue", "boolean option '--online' argument must be 'y' or 'n'"],
  [["--no-online=y"], "optionInvalid", "option 'no-online' does not allow an argument"],
  [["--reset-repo1-path=/x"], "optionInvalid", "option 'reset-repo1-path' does not allow an argument"],
  [["--no-stanza"], "optionInvalid", "option 'no-stanza' cannot be negated"],
  [["--no-repo1-path"], "optionInvalid", "option 'no-repo1-path' cannot be negated"],
  [["--no-force"], "optionInvalid", "option 'no-force' cannot be negated"],
  [["--reset-config"], "optionInvalid", "option 'reset-config' cannot be reset"],
  [["--reset-online"], "optionInvalid", "option 'reset-online' cannot be reset"],
  [["--repo1-cipher-pass=x"], "optionInvalid", "option 'repo1-cipher-pass' is not allowed on the command-line"],
  [["--stanza=a", "--stanza=b"], "optionInvalid", "option 'stanza' cannot be set multiple times"],
  [["--repo-type=a", "--repo1-type=b"], "optionInvalid", "option 'repo1-type' cannot be set multiple times"],
  [["--online", "--no-online"], "optionInvalid", "option 'online' cannot be set and negated"],
  [["--no-online", "--online"], "optionInvalid", "option 'online' cannot be set and negated"],
  [["--no-online", "--no-online"], "optionInvalid", "option 'online' is negated multiple times"],
  [["--reset-delta", "--reset-delta"], "optionInvalid", "option 'delta' is reset multiple times"],
  [["--reset-delta", "--no-delta"], "optionInvalid", "option 'delta' cannot be negated and reset"],
  [["--delta", "--reset-delta"], "optionInvalid", "option 'delta' cannot be set and reset"],
  [["--reset-exclude", "--exclude=a"], "optionInvalid", "option 'exclude' cannot be set and reset"],
];

for (const [words, kind, message] of ERRORS) {
  Deno.test(`option error: ${words.join(" ").slice(0, 60)}`, () => {
    assertFails(() => parseCommandLine(["backup", ...words]), kind, message);
  });
}

Deno.test("every secure option is refused on the command line", () => {
  for (const [name, def] of Object.entries(OPTIONS)) {
    if (!def.secure) continue;
    const error = assertFails(() => parseCommandLine([`--${name.replace("-", "1-")}=x`]), "optionInvalid", "option '");
    assert(error.hint?.includes("could expose secrets"));
  }
});

Deno.test("what must not be negated or reset is refused for every option", () => {
  for (const [name, def] of Object.entries(OPTIONS)) {
    const shown = def.group === undefined ? name : name.replace("-", "1-");
    if (def.secure) continue;
    if (def.section === "command-line") {
      assertFails(
        () => parseCommandLine([`--reset-${shown}`]),
        "optionInvalid",
        `option 'reset-${shown}' cannot be reset`,
      );
    } else assertEquals(given([`backup`, `--reset-${shown}`], name, def.group === undefined ? 0 : 1), "reset");
    const switches = def.type === "boolean" && def.section !== "command-line";
    if (!switches && !["config", "online", "backup-standby"].includes(name)) {
      assertFails(() => parseCommandLine([`--no-${shown}`]), "optionInvalid", `option 'no-${shown}' cannot be negated`);
    } else assertEquals(given(["backup", `--no-${shown}`], name, def.group === undefined ? 0 : 1), "negated");
  }
});

const COMMANDS_TYPED: [string, string, string][] = [
  ["backup", "backup", "main"],
  ["back", "backup", "main"],
  ["ver", "verify", "main"],
  ["vers", "version", "main"],
  ["re", "repo-get", "main"],
  ["st", "stanza-create", "main"],
  ["star", "start", "main"],
  ["backup:local", "backup", "local"],
  ["archive-push:async", "archive-push", "async"],
  ["check:remote", "check", "remote"],
];

for (const [word, command, role] of COMMANDS_TYPED) {
  Deno.test(`command: ${word}`, () => {
    const line = parseCommandLine([word]);
    assertEquals([line.command, line.role], [command, role]);
  });
}

const COMMAND_ERRORS: [string[], ErrorKind, string][] = [
  [["foo"], "commandInvalid", "invalid command 'foo'"],
  [["backupp"], "commandInvalid", "invalid command 'backupp'"],
  [[""], "commandInvalid", "invalid command ''"],
  [["Backup"], "commandInvalid", "invalid command 'Backup'"],
  [["backup:foo"], "commandInvalid", "invalid command role 'foo'"],
  [["backup:main"], "commandInvalid", "invalid command role 'main'"],
  [[":local"], "commandInvalid", "invalid command ':local'"],
  [["backup:"], "commandInvalid", "invalid command role ''"],
  [["backup:async"], "commandInvalid", "invalid command/role combination 'backup:async'"],
  [["start:remote"], "commandInvalid", "invalid command/role combination 'start:remote'"],
  [["help", "backup:local"], "commandInvalid", "invalid command 'backup:local'"],
  [["help", "x:local"], "commandInvalid", "invalid command 'x:local'"],
  [["help", "foo"], "commandInvalid", "invalid command 'foo'"],
  [["backup", "x"], "paramInvalid", "command does not allow parameters"],
  [["info", "x"], "paramInvalid", "command does not allow parameters"],
  [["version", "x"], "paramInvalid", "command does not allow parameters"],
  [["--stanza=x"], "commandRequired", "no command found"],
  [["--repo1-path=/x"], "commandRequired", "no command found"],
];

for (const [argv, kind, message] of COMMAND_ERRORS) {
  Deno.test(`command error: ${argv.join(" ")}`, () =>
    assertFails(() => parseCommandLine(argv), kind, message) && undefined);
}

const HINTS: [string[], string][] = [
  [["bakup"], "did you mean 'backup'?"],
  [["archive-psuh"], "did you mean 'archive-push'?"],
  [["backup", "--stnaza=x"], "did you mean '--stanza'?"],
  [["backup", "--repo2-retenton-full=x"], "did you mean '--repo2-retention-full'?"],
  [["backup", "--pg-pth=x"], "did you mean '--pg1-path'?"],
  [["backup", "--no-onlien"], "did you mean '--no-online'?"],
];

for (const [argv, hint] of HINTS) {
  Deno.test(`hint: ${argv.join(" ")}`, () => {
    const kind = argv.length === 1 ? "commandInvalid" : "optionInvalid";
    assertEquals(assertFails(() => parseCommandLine(argv), kind, "invalid").hint, hint);
  });
}

const HELP: [string[], string, string | undefined, readonly string[]][] = [
  [[], "help", undefined, []],
  [["help"], "help", undefined, []],
  [["--help"], "help", undefined, []],
  [["help", "--help"], "help", undefined, []],
  [["--help", "--version"], "help", undefined, []],
  [["help", "--stanza=x"], "help", undefined, []],
  [["help", "backup"], "help", "backup", []],
  [["help", "back"], "help", "backup", []],
  [["help", "backup", "type"], "help", "backup", ["type"]],
  [["help", "help"], "help", "help", []],
];

for (const [argv, command, topic, options] of HELP) {
  Deno.test(`help: ${argv.join(" ") || "nothing"}`, () => {
    const line = parseCommandLine(argv);
    assertEquals([line.command, line.topic?.command, line.topic?.options], [command, topic, options]);
  });
}

Deno.test("--version alone asks for the version", () => {
  assertEquals(parseCommandLine(["--version"]).command, "version");
  assertEquals(parseCommandLine(["help", "--version"]).command, "version");
  assertEquals(subjectOf(parseCommandLine(["help", "restore"])), "restore");
});

Deno.test("options of ours are not abbreviated and do not make others ambiguous", () => {
  const table: OptionTable = {
    ...OPTIONS,
    "stanza-colour": { section: "global", type: "string", commands: "all", ours: true },
  };
  assertEquals(parseCommandLine(["info", "--stanz=a"], table).given.has("stanza"), true);
  assertEquals(parseCommandLine(["info", "--stanza-colour=red"], table).given.has("stanza-colour"), true);
  assertFails(() => parseCommandLine(["info", "--stanza-col=red"], table), "optionInvalid", "invalid option");
});
