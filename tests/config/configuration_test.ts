import { assertEquals } from "@std/assert";
import { changeDefaults, openConfiguration } from "../../src/config/configuration.ts";
import { assertFails, load, optionsOf, PROGRAM } from "./loading.ts";

const ARGV = [
  "archive-get",
  "--no-config",
  "--stanza=a",
  "--pg1-path=/x",
  "--repo2-path=/r2",
  "--repo5-path=/r5",
  "--repo5-type=cifs",
  "w",
  "p",
];

Deno.test("an option of a group without index is that of the lowest one, or of the selected one", () => {
  assertEquals(optionsOf(ARGV).get("repo-path"), "/r2");
  assertEquals(optionsOf([...ARGV, "--repo=5"]).get("repo-path"), "/r5");
  assertEquals(optionsOf([...ARGV, "--repo=5"]).get("repo-path", 2), "/r2");
});

Deno.test("the selected repositories are the one that is named, or all", () => {
  assertEquals(optionsOf(ARGV).selected("repo"), [2, 5]);
  assertEquals(optionsOf([...ARGV, "--repo=5"]).selected("repo"), [5]);
  assertEquals(optionsOf(["repo-ls", "--no-config"]).selected("pg"), [1]);
});

Deno.test("who gave an option can be asked", () => {
  const options = optionsOf(ARGV, { env: { PGBACKREST_IO_TIMEOUT: "3s" } });
  assertEquals([options.source("stanza"), options.source("io-timeout"), options.source("repo-type", 2)], [
    "param",
    "config",
    "default",
  ]);
  assertEquals([options.isSet("repo-type", 5), options.isSet("repo-type", 2), options.isSet("exclude")], [
    true,
    false,
    false,
  ]);
});

Deno.test("an option that is not valid for the command is found as undefined, and asked for by mistake an error", () => {
  const options = optionsOf(ARGV);
  assertEquals([options.isValid("exclude"), options.find("exclude"), options.find("stanza")], [false, undefined, "a"]);
  assertFails(() => options.get("exclude"), "assert", "option 'exclude' has no value for command 'archive-get'");
  assertFails(() => options.get("repo-path", 3), "assert", "option 'repo-path' has no value");
});

Deno.test("a needed option without value is error 37 with its index", () => {
  const options = optionsOf(ARGV);
  assertEquals(options.need("stanza"), "a");
  assertFails(
    () => options.need("repo-cipher-pass", 5),
    "optionRequired",
    "archive-get command requires option: repo5-cipher-pass",
  );
  assertFails(
    () => options.need("repo-cipher-pass"),
    "optionRequired",
    "archive-get command requires option: repo2-cipher-pass",
  );
});

Deno.test("a configuration crosses to another thread as plain data", () => {
  const argv = [
    "restore",
    "--no-config",
    "--stanza=a",
    "--pg1-path=/x",
    "--link-map=a=b",
    "--db-include=d",
    "--repo2-path=/r",
  ];
  const { configuration } = load(argv);
  const copy = openConfiguration(structuredClone(configuration.data), () => "/other/program");
  assertEquals([copy.command, copy.role, copy.args], ["restore", "main", []]);
  assertEquals(copy.options.get("link-map"), new Map([["a", "b"]]));
  assertEquals(copy.options.get("db-include"), ["d"]);
  assertEquals([copy.options.keys("repo"), copy.options.get("repo-path"), copy.options.get("delta")], [
    [2],
    "/r",
    false,
  ]);
  assertEquals([configuration.options.get("cmd"), copy.options.get("cmd")], [PROGRAM, "/other/program"]);
});

Deno.test("a changed default stays a default and leaves the configuration it came from alone", () => {
  const { configuration } = load(ARGV);
  const changed = changeDefaults(configuration, [{ name: "repo-type", key: 2, value: "cifs" }], () => PROGRAM);
  assertEquals([changed.options.get("repo-type", 2), changed.options.source("repo-type", 2)], ["cifs", "default"]);
  assertEquals(configuration.options.get("repo-type", 2), "posix");
});
