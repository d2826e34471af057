import { assertEquals } from "@std/assert";
import { failUnbuilt, refuseUnbuilt, type Unbuilt } from "../../src/config/unbuilt.ts";
import { assertFails, load } from "./loading.ts";

const BACKUP = ["backup", "--no-config", "--stanza=a", "--pg1-path=/x"];

const TABLE: readonly Unbuilt[] = [
  { option: "compress-type", values: ["lz4", "bz2"], hint: "use gz" },
  { option: "exclude", hint: "leave it out" },
  { option: "repo-path", commands: ["check"], hint: "not there" },
  { option: "repo-retention-diff", harmless: true, hint: "kept" },
];

function refused(argv: string[]): string[] {
  return refuseUnbuilt(load(argv).configuration, TABLE);
}

Deno.test("what is not built yet is refused with what to do instead", () => {
  const value = assertFails(
    () => refused([...BACKUP, "--compress-type=lz4"]),
    "featureNotSupported",
    "option 'compress-type=lz4' is",
  );
  assertEquals(value.hint, "use gz");
  assertFails(
    () => refused([...BACKUP, "--exclude=x"]),
    "featureNotSupported",
    "option 'exclude' is not supported yet",
  );
  assertEquals(refused(BACKUP), []);
});

Deno.test("options of groups are refused by their index", () => {
  const argv = ["check", "--no-config", "--stanza=a", "--pg1-path=/x", "--repo3-path=/r"];
  assertFails(() => refused(argv), "featureNotSupported", "option 'repo3-path' is not supported yet");
  assertEquals(refused([...BACKUP, "--repo3-path=/r"]), []);
});

Deno.test("what does no harm is a warning", () => {
  assertEquals(refused([...BACKUP, "--repo1-retention-diff=2"]), [
    "option 'repo1-retention-diff' is ignored: not supported yet\nHINT: kept",
  ]);
});

Deno.test("a row can be judged by a command that knows more", () => {
  const { options } = load(BACKUP).configuration;
  const row: Unbuilt = { option: "type", values: ["diff", "incr"], hint: "use full" };
  assertFails(
    () => failUnbuilt(row, { options, key: 0 }),
    "featureNotSupported",
    "option 'type=incr' is not supported yet",
  );
});

Deno.test("the program's defaults are all built", () => {
  for (const argv of [BACKUP, ["restore", ...BACKUP.slice(1)], ["info", "--no-config"], ["check", "--no-config"]]) {
    assertEquals(refuseUnbuilt(load(argv).configuration), []);
  }
});
