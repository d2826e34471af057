import { assertEquals } from "@std/assert";
import type { OptionTable } from "../../src/config/definition.ts";
import type { OptionName } from "../../src/config/options.ts";
import { OPTIONS } from "../../src/config/options.ts";
import type { ErrorKind } from "../../src/error.ts";
import { assertFails, load, optionsOf } from "./loading.ts";

const INFO = ["info", "--no-config"];

Deno.test("the environment gives options by their names in capitals", () => {
  const env = { PGBACKREST_STANZA: "a", PGBACKREST_REPO2_PATH: "/r", PGBACKREST_LOG_TIMESTAMP: "n", OTHER: "x" };
  const options = optionsOf(INFO, { env });
  assertEquals(options.get("stanza"), "a");
  assertEquals(options.get("repo-path", 2), "/r");
  assertEquals(options.get("log-timestamp"), false);
  assertEquals(options.source("stanza"), "config");
});

Deno.test("the rest of a variable's name may be in small letters, its beginning may not", () => {
  const options = optionsOf(INFO, { env: { PGBACKREST_stanza: "a", pgbackrest_output: "json" } });
  assertEquals([options.get("stanza"), options.get("output")], ["a", "text"]);
});

Deno.test("deprecated names work, abbreviations do not", () => {
  const { configuration, warnings } = load(["check", "--no-config", "--stanza=a"], {
    env: { PGBACKREST_DB_PATH: "/x", PGBACKREST_REPO_PATH: "/y", PGBACKREST_BUFFER: "1MiB" },
  });
  assertEquals([configuration.options.get("pg-path"), configuration.options.get("repo-path")], ["/x", "/y"]);
  assertEquals(warnings, ["environment contains invalid option 'buffer'"]);
});

Deno.test("lists are split at colons", () => {
  const env = { PGBACKREST_EXCLUDE: "a:b:c", PGBACKREST_STANZA: "s", PGBACKREST_PG1_PATH: "/x" };
  assertEquals(optionsOf(["backup", "--no-config"], { env }).get("exclude"), ["a", "b", "c"]);
});

Deno.test("secrets are taken from the environment", () => {
  const env = { PGBACKREST_REPO1_CIPHER_PASS: "secret", PGBACKREST_REPO1_CIPHER_TYPE: "aes-256-cbc" };
  assertEquals(optionsOf(INFO, { env }).get("repo-cipher-pass"), "secret");
});

const WARNINGS: [Record<string, string>, string][] = [
  [{ PGBACKREST_BOGUS: "1" }, "environment contains invalid option 'bogus'"],
  [{ PGBACKREST_NO_ONLINE: "y" }, "environment contains invalid negate option 'no-online'"],
  [{ PGBACKREST_RESET_REPO1_PATH: "y" }, "environment contains invalid reset option 'reset-repo1-path'"],
  [{ PGBACKREST_STANZA1: "y" }, "environment contains invalid option 'stanza1'\nHINT: did you mean 'stanza'?"],
  [{ PGBACKREST_: "y" }, "environment contains invalid option ''"],
  [{ PG_BACKREST_STANZA: "y" }, "environment contains invalid option 'stanza'"],
];

for (const [env, warning] of WARNINGS) {
  Deno.test(`environment warning: ${Object.keys(env)[0]}`, () => assertEquals(load(INFO, { env }).warnings, [warning]));
}

const ERRORS: [Record<string, string>, ErrorKind, string][] = [
  [{ PGBACKREST_REPO_BUNDLE: "y" }, "optionInvalid", "option 'repo-bundle' requires an index"],
  [{ PGBACKREST_REPO0_PATH: "/x" }, "optionInvalid", "option 'repo0-path' key must be greater than zero"],
  [{ PGBACKREST_LOG1_PATH: "/x" }, "optionInvalid", "option 'log1-path' cannot have an index"],
  [{ PGBACKREST_REPO1_PATH: "" }, "optionInvalidValue", "environment variable 'repo1-path' must have a value"],
  [
    { PGBACKREST_LOG_TIMESTAMP: "x" },
    "optionInvalidValue",
    "environment boolean option 'log-timestamp' must be 'y' or 'n'",
  ],
  [{ PGBACKREST_OUTPUT: "bogus" }, "optionInvalidValue", "'bogus' is not allowed for 'output' option"],
];

for (const [env, kind, message] of ERRORS) {
  Deno.test(`environment error: ${JSON.stringify(env)}`, () => {
    assertFails(() => load(INFO, { env }), kind, message);
  });
}

Deno.test("variables of other commands are not looked at, whatever they hold", () => {
  const env = { PGBACKREST_ONLINE: "x", PGBACKREST_BACKUP_STANDBY: "", PGBACKREST_TYPE: "full" };
  assertEquals(optionsOf(INFO, { env }).isValid("online"), false);
});

Deno.test("help and version do not look at the environment", () => {
  const env = { PGBACKREST_BOGUS: "1", PGBACKREST_LOG_TIMESTAMP: "x", PGBACKREST_OUTPUT: "json" };
  for (const argv of [["help"], ["version"], ["--version"], [], ["help", "help"]]) {
    assertEquals(load(argv, { env }).warnings, []);
  }
});

Deno.test("an unmet dependency is no error for the environment", () => {
  const options = optionsOf(INFO, { env: { PGBACKREST_REPO1_S3_BUCKET: "b" } });
  assertEquals(options.get("repo-s3-bucket"), undefined);
});

Deno.test("options of ours have a prefix of their own", () => {
  const table: OptionTable = {
    ...OPTIONS,
    "own-thing": { section: "global", type: "string", commands: "all", ours: true },
  };
  const own = "own-thing" as OptionName;
  const right = load(INFO, { table, env: { PG_BACKREST_OWN_THING: "x" } });
  assertEquals([right.configuration.data.entries.get(own)?.get(0)?.value, right.warnings], ["x", []]);
  const wrong = load(INFO, { table, env: { PGBACKREST_OWN_THING: "x" } });
  assertEquals(wrong.configuration.data.entries.get(own)?.get(0)?.value, undefined);
  assertEquals(wrong.warnings, ["environment contains invalid option 'own-thing'"]);
});
