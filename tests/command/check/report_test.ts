import { assertEquals } from "@std/assert";
import { reportEnvironment, reportSections } from "../../../src/command/check/report.ts";
import type { Sections } from "../../../src/config/ini.ts";
import { OPTIONS } from "../../../src/config/options.ts";

function sections(values: Record<string, Record<string, string[]>>): Sections {
  return new Map(Object.entries(values).map(([name, keys]) => [name, new Map(Object.entries(keys))]));
}

Deno.test("the report of the environment has the variables that set options, without secrets", () => {
  const variables = {
    HOME: "/root",
    PGBACKREST_STANZA: "demo",
    PGBACKREST_REPO1_CIPHER_PASS: "secret",
    PGBACKREST_REPO2_S3_KEY_SECRET: "secret",
    PGBACKREST_DB_INCLUDE: "one:two",
    PGBACKREST_REPO_CIPHER_PASSS: "a misspelt secret",
    PGBACKREST_ARCHIVE_RANGES: "y",
    PGBACKREST_NO_DELTA: "y",
    PGBACKREST_RESET_DELTA: "y",
    PGBACKREST_: "",
    PG_BACKREST_ARCHIVE_RANGES: "y",
    PG_BACKREST_STANZA: "demo",
  };
  const invalid = { warn: "invalid option" };
  assertEquals(Object.entries(reportEnvironment(variables, OPTIONS)), [
    ["PGBACKREST_", invalid],
    ["PGBACKREST_ARCHIVE_RANGES", invalid],
    ["PGBACKREST_DB_INCLUDE", { val: ["one", "two"] }],
    ["PGBACKREST_NO_DELTA", { warn: "invalid negate option" }],
    ["PGBACKREST_REPO1_CIPHER_PASS", { val: "<repo1-cipher-pass>" }],
    ["PGBACKREST_REPO2_S3_KEY_SECRET", { val: "<repo2-s3-key-secret>" }],
    ["PGBACKREST_REPO_CIPHER_PASSS", invalid],
    ["PGBACKREST_RESET_DELTA", { warn: "invalid reset option" }],
    ["PGBACKREST_STANZA", { val: "demo" }],
    ["PG_BACKREST_ARCHIVE_RANGES", { val: "y" }],
    ["PG_BACKREST_STANZA", invalid],
  ]);
});

Deno.test("the report of the files has every section with what is wrong in it", () => {
  const peer = sections({
    global: {
      "repo1-path": ["/repo"],
      "repo1-cipher-pass": ["secret"],
      "no-delta": ["y"],
      "reset-delta": ["y"],
      exclude: ["a", "b"],
      set: ["latest"],
      bogus: ["y"],
      "archive-ranges": ["y"],
    },
    "demo:backup": {},
    demo: { "pg1-path": ["/pg"] },
  });
  const own = sections({ global: { "archive-ranges": ["y"], "repo2-path": ["/own"] } });
  assertEquals(Object.entries(reportSections({ peer, own: new Map() }, OPTIONS)), [
    ["demo", { "pg1-path": { val: "/pg" } }],
    ["demo:backup", {}],
    ["global", {
      "archive-ranges": { warn: "invalid option" },
      bogus: { warn: "invalid option" },
      exclude: { val: ["a", "b"] },
      "no-delta": { warn: "invalid negate option" },
      "repo1-cipher-pass": { val: "<repo1-cipher-pass>" },
      "repo1-path": { val: "/repo" },
      "reset-delta": { warn: "invalid reset option" },
      set: { warn: "invalid command line only option" },
    }],
  ]);
  assertEquals(reportSections({ peer: new Map(), own }, OPTIONS), {
    global: { "archive-ranges": { val: "y" }, "repo2-path": { warn: "invalid option" } },
  });
});
