import { assertEquals } from "@std/assert";
import { planFiles, readFiles } from "../../src/config/config_files.ts";
import type { ErrorKind } from "../../src/error.ts";
import { assertFails, load, optionsOf } from "./loading.ts";

/** Every file there could be; each sets the level of the console to tell itself. */
const ALL: Record<string, string> = Object.fromEntries(
  [
    "/etc/pgbackrest/pgbackrest.conf",
    "/etc/pgbackrest.conf",
    "/etc/pgbackrest/conf.d/i.conf",
    "/c/x.conf",
    "/p/pgbackrest.conf",
    "/p/conf.d/i.conf",
    "/i/i.conf",
  ].map((path) => [path, `[global]\nexclude=${path}\n`]),
);

/** The files that are read, in their order, when all but the missing ones exist. */
function filesRead(words: string[], missing: string[] = []): readonly string[] | undefined {
  const files = Object.fromEntries(Object.entries(ALL).filter(([path]) => !missing.includes(path)));
  return optionsOf(["backup", "--stanza=s", "--pg1-path=/x", ...words], { files }).get("exclude");
}

const MATRIX: [string, string[], string[], readonly string[] | undefined][] = [
  ["nothing given", [], [], ["/etc/pgbackrest/pgbackrest.conf", "/etc/pgbackrest/conf.d/i.conf"]],
  ["nothing given, only the old place", [], ["/etc/pgbackrest/pgbackrest.conf"], [
    "/etc/pgbackrest.conf",
    "/etc/pgbackrest/conf.d/i.conf",
  ]],
  ["nothing given, no files", [], Object.keys(ALL), undefined],
  ["config", ["--config=/c/x.conf"], [], ["/c/x.conf"]],
  ["relative config", ["--config=c/x.conf"], [], ["/c/x.conf"]],
  ["config-path", ["--config-path=/p"], [], ["/p/pgbackrest.conf", "/p/conf.d/i.conf"]],
  ["config-path with a slash at its end", ["--config-path=/p/"], [], ["/p/pgbackrest.conf", "/p/conf.d/i.conf"]],
  ["config-path, no file there", ["--config-path=/p"], ["/p/pgbackrest.conf"], ["/p/conf.d/i.conf"]],
  ["config-path, no folder there", ["--config-path=/p"], ["/p/conf.d/i.conf"], ["/p/pgbackrest.conf"]],
  ["config-path, nothing there", ["--config-path=/p"], ["/p/pgbackrest.conf", "/p/conf.d/i.conf"], undefined],
  ["config and config-path", ["--config=/c/x.conf", "--config-path=/p"], [], ["/c/x.conf", "/p/conf.d/i.conf"]],
  ["config and config-path, no folder", ["--config=/c/x.conf", "--config-path=/p"], ["/p/conf.d/i.conf"], [
    "/c/x.conf",
  ]],
  ["config-include-path", ["--config-include-path=/i"], [], ["/etc/pgbackrest/pgbackrest.conf", "/i/i.conf"]],
  ["config-include-path and the old place", ["--config-include-path=/i"], ["/etc/pgbackrest/pgbackrest.conf"], [
    "/etc/pgbackrest.conf",
    "/i/i.conf",
  ]],
  ["config-include-path and config-path", ["--config-include-path=/i", "--config-path=/p"], [], [
    "/p/pgbackrest.conf",
    "/i/i.conf",
  ]],
  ["config-include-path and config-path without file", ["--config-include-path=/i", "--config-path=/p"], [
    "/p/pgbackrest.conf",
  ], ["/i/i.conf"]],
  ["config and config-include-path", ["--config=/c/x.conf", "--config-include-path=/i"], [], [
    "/c/x.conf",
    "/i/i.conf",
  ]],
  ["all three", ["--config=/c/x.conf", "--config-include-path=/i", "--config-path=/p"], [], ["/c/x.conf", "/i/i.conf"]],
  ["no-config", ["--no-config"], [], undefined],
  ["no-config and config-path", ["--no-config", "--config-path=/p"], [], ["/p/conf.d/i.conf"]],
  ["no-config and config-path without folder", ["--no-config", "--config-path=/p"], ["/p/conf.d/i.conf"], undefined],
  ["no-config and config-include-path", ["--no-config", "--config-include-path=/i"], [], ["/i/i.conf"]],
];

for (const [name, words, missing, want] of MATRIX) {
  Deno.test(`files read: ${name}`, () => assertEquals(filesRead(words, missing), want));
}

const MISSING: [string[], string[], ErrorKind, string][] = [
  [["--config=/c/x.conf"], ["/c/x.conf"], "fileMissing", "unable to open missing file '/c/x.conf' for read"],
  [["--config=c/x.conf"], ["/c/x.conf"], "fileMissing", "unable to open missing file '/c/x.conf' for read"],
  [["--config=/c/x.conf", "--config-path=/p"], ["/c/x.conf"], "fileMissing", "unable to open missing file"],
  [["--config=/c/x.conf", "--config-include-path=/i"], ["/c/x.conf"], "fileMissing", "unable to open missing file"],
  [["--config-include-path=/i"], ["/i/i.conf"], "pathMissing", "unable to list file info for missing path '/i'"],
  [["--config-include-path=/i", "--config-path=/p"], ["/i/i.conf"], "pathMissing", "unable to list file info"],
  [["--config=/c/x.conf", "--config-include-path=/i"], ["/i/i.conf"], "pathMissing", "unable to list file info"],
  [["--no-config", "--config-include-path=/i"], ["/i/i.conf"], "pathMissing", "unable to list file info"],
];

for (const [words, missing, kind, message] of MISSING) {
  Deno.test(`files missing: ${words.join(" ")} without ${missing}`, () => {
    assertFails(() => filesRead(words, missing), kind, message);
  });
}

Deno.test("an include folder that was named may be empty", () => {
  const files = { "/i/": "", "/etc/pgbackrest.conf": "[global]\nexclude=x" };
  const argv = ["backup", "--stanza=s", "--pg1-path=/x", "--config-include-path=/i"];
  assertEquals(optionsOf(argv, { files }).get("exclude"), ["x"]);
});

Deno.test("included files are those named *.conf, in the order of their names", () => {
  const files = Object.fromEntries(
    ["b.conf", "a.conf", "10.conf", "9.conf", ".conf", "x.conf.bak", "xconf", "Z.conf"].map((name) => [
      `/i/${name}`,
      `[global]\nexclude=${name}`,
    ]),
  );
  const argv = ["backup", "--stanza=s", "--pg1-path=/x", "--no-config", "--config-include-path=/i"];
  assertEquals(optionsOf(argv, { files }).get("exclude"), ["10.conf", "9.conf", "Z.conf", "a.conf", "b.conf"]);
});

Deno.test("the places can be given by the environment", () => {
  const files = { "/c/x.conf": "[global]\nrepo1-path=/from/x" };
  assertEquals(optionsOf(["info"], { files, env: { PGBACKREST_CONFIG: "/c/x.conf" } }).get("repo-path"), "/from/x");
});

Deno.test("every file is judged on its own", () => {
  const files = { "/etc/pgbackrest.conf": "[global]\n", "/etc/pgbackrest/conf.d/a.conf": "repo1-path=/x\n" };
  assertFails(() => load(["info"], { files }), "format", "key/value found outside of section at line 1");
});

Deno.test("an option in two files is an option given twice", () => {
  const files = {
    "/etc/pgbackrest.conf": "[global]\nrepo1-path=/a\n",
    "/etc/pgbackrest/conf.d/a.conf": "[global]\nrepo1-path=/b\n",
  };
  assertFails(() => load(["info"], { files }), "optionInvalid", "option 'repo1-path' cannot be set multiple times");
});

Deno.test("a file that can not be read is an error, not a missing one", () => {
  const reader = {
    file: (): string => {
      throw new Error("no permission");
    },
    folder: () => undefined,
  };
  let caught = "";
  try {
    readFiles(planFiles({}), reader);
  } catch (error) {
    caught = (error as Error).message;
  }
  assertEquals(caught, "no permission");
});

Deno.test("the file with options of ours lies beside the main one", () => {
  const given = (value: string) => ({ source: "param" as const, values: [value], negated: false, reset: false });
  assertEquals(planFiles({}).own, ["/etc/pgbackrest/pg_backrest.conf", "/etc/pg_backrest.conf"]);
  assertEquals(planFiles({ config: given("/c/x.conf") }).own, ["/c/pg_backrest.conf"]);
  assertEquals(planFiles({ config: given("/x.conf") }).own, ["/pg_backrest.conf"]);
  assertEquals(planFiles({ configPath: given("/p") }).own, ["/p/pg_backrest.conf"]);
  assertEquals(planFiles({ config: { ...given(""), negated: true } }).own, []);
});

Deno.test("the named places are judged as paths too", () => {
  assertFails(
    () => load(["info", "--config-path=rel"]),
    "optionInvalidValue",
    "'rel' must begin with / for 'config-path'",
  );
  assertFails(() => load(["info", "--config-path=/a//b"]), "optionInvalidValue", "'/a//b' cannot contain //");
});
