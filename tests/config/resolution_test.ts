import { assertEquals } from "@std/assert";
import type { OptionName } from "../../src/config/options.ts";
import type { ErrorKind } from "../../src/error.ts";
import { assertFails, load, optionsOf, PROGRAM } from "./loading.ts";

const BACKUP = ["backup", "--no-config", "--stanza=a", "--pg1-path=/x"];
const RESTORE = ["restore", "--no-config", "--stanza=a", "--pg1-path=/x"];

const DEFAULTS: [string[], OptionName, unknown][] = [
  [BACKUP, "type", "incr"],
  [RESTORE, "type", "default"],
  [["info", "--no-config"], "type", undefined],
  [RESTORE, "set", "latest"],
  [["info", "--no-config"], "set", undefined],
  [RESTORE, "allow-root", true],
  [BACKUP, "allow-root", false],
  [BACKUP, "job-retry", 2],
  [["archive-push", "--no-config", "--stanza=a", "x"], "job-retry", 1],
  [["version"], "output", "text"],
  [["verify", "--no-config", "--stanza=a"], "output", "none"],
  [BACKUP, "cmd", PROGRAM],
  [BACKUP, "buffer-size", 1024 * 1024],
  [BACKUP, "db-timeout", 30 * 60 * 1000],
  [BACKUP, "compress-level", 6],
  [[...BACKUP, "--compress-type=zst"], "compress-level", 3],
  [[...BACKUP, "--compress-type=lz4"], "compress-level", 1],
  [[...BACKUP, "--compress-type=bz2"], "compress-level", 9],
  [[...BACKUP, "--compress-type=none"], "compress-level", 0],
  [BACKUP, "pg-host-port", undefined],
  [[...BACKUP, "--pg1-host=h"], "pg-host-port", undefined],
  [
    [...BACKUP, "--pg1-host=h", "--pg1-host-type=tls", "--pg1-host-cert-file=c", "--pg1-host-key-file=k"],
    "pg-host-port",
    8432,
  ],
  [BACKUP, "archive-check", true],
  [[...BACKUP, "--no-online"], "archive-check", false],
  [[...BACKUP, "--no-online"], "archive-mode-check", false],
  [[...BACKUP, "--no-archive-check"], "archive-copy", false],
  [["check", "--no-config"], "pg-path", undefined],
  [BACKUP, "pg-port", 5432],
  [BACKUP, "repo-symlink", true],
  [BACKUP, "process-max", 1],
  [BACKUP, "checksum-page", undefined],
  [BACKUP, "exclude", undefined],
  [[...BACKUP, "--no-backup-standby"], "backup-standby", "n"],
  [["info", "--no-config"], "config", undefined],
];

for (const [argv, name, want] of DEFAULTS) {
  Deno.test(`default of ${name}: ${argv.join(" ")}`, () => assertEquals(optionsOf(argv).get(name), want as never));
}

Deno.test("compression levels can be negative, and paths lose the slash at their end", () => {
  const options = optionsOf([
    ...BACKUP,
    "--compress-type=zst",
    "--compress-level=-7",
    "--repo1-path=/r/",
    "--repo2-path=/",
  ]);
  assertEquals([options.get("compress-level"), options.get("repo-path", 1), options.get("repo-path", 2)], [
    -7,
    "/r",
    "/",
  ]);
  assertEquals(options.entry("repo-path", 1).texts, ["/r/"]);
});

Deno.test("hashes are split at the first =, the last of equal keys counts and is warned about", () => {
  const { configuration, warnings } = load([
    ...RESTORE,
    "--link-map=a=b=c",
    "--link-map=d=e",
    "--link-map=a=f",
    "--link-map=g=",
  ]);
  assertEquals(configuration.options.get("link-map"), new Map([["a", "f"], ["d", "e"], ["g", ""]]));
  assertEquals(warnings, ["key 'a' was given more than once for 'link-map' option, the last value counts"]);
  assertFails(
    () => load([...RESTORE, "--link-map=x"]),
    "optionInvalid",
    "key/value 'x' not valid for 'link-map' option",
  );
});

const UNMET: [string[], string][] = [
  [[...BACKUP, "--force"], "option 'force' not valid without option 'no-online'"],
  [[...BACKUP, "--no-online", "--archive-check"], "option 'archive-check' not valid without option 'online'"],
  [[...BACKUP, "--no-online", "--no-archive-check"], "option 'archive-check' not valid without option 'online'"],
  [[...BACKUP, "--archive-copy", "--no-online"], "option 'archive-copy' not valid without option 'archive-check'"],
  [
    [...BACKUP, "--repo1-hardlink", "--repo1-bundle"],
    "option 'repo1-hardlink' not valid without option 'no-repo1-bundle'",
  ],
  [[...BACKUP, "--repo1-block"], "option 'repo1-block' not valid without option 'repo1-bundle'"],
  [[...BACKUP, "--repo2-bundle-size=3MiB"], "option 'repo2-bundle-size' not valid without option 'repo2-bundle'"],
  [[...BACKUP, "--repo1-s3-bucket=x"], "option 'repo1-s3-bucket' not valid without option 'repo1-type' = 's3'"],
  [[...BACKUP, "--repo1-gcs-endpoint=x"], "option 'repo1-gcs-endpoint' not valid without option 'repo1-gcs-key-type'"],
  [
    [...BACKUP, "--repo1-storage-port=1"],
    "option 'repo1-storage-port' not valid without option 'repo1-type' in ('azure', 's3')",
  ],
  [[...BACKUP, "--pg1-host=x", "--pg1-local"], "option 'pg1-host' not valid without option 'no-pg1-local'"],
  [
    [...BACKUP, "--tcp-keep-alive-count=2", "--no-sck-keep-alive"],
    "option 'tcp-keep-alive-count' not valid without option 'sck-keep-alive'",
  ],
  [[...RESTORE, "--target=x"], "option 'target' not valid without option 'type' in ('lsn', 'name', 'time', 'xid')"],
  [
    [...RESTORE, "--target-action=pause", "--type=none"],
    "option 'target-action' not valid without option 'type' in ('immediate', 'lsn', 'name', 'time', 'xid')",
  ],
  [["info", "--no-config", "--set=x"], "option 'set' not valid without option 'stanza'"],
  [
    ["archive-push", "--no-config", "--stanza=a", "--spool-path=/x", "x"],
    "option 'spool-path' not valid without option 'archive-async'",
  ],
];

for (const [argv, message] of UNMET) {
  Deno.test(`unmet dependency: ${message}`, () => {
    assertEquals(assertFails(() => load(argv), "optionInvalid", message).message, message);
  });
}

Deno.test("a reset option may depend on what is not the case", () => {
  assertEquals(optionsOf([...BACKUP, "--no-online", "--reset-archive-copy"]).get("archive-copy"), false);
});

const REQUIRED: [string[], string, string | undefined][] = [
  [["backup", "--no-config"], "backup command requires option: stanza", undefined],
  [["backup", "--no-config", "--stanza=a"], "backup command requires option: pg1-path", "does this stanza exist?"],
  [
    ["backup", "--no-config", "--stanza=a", "--pg2-path=/x"],
    "backup command requires option: pg1-path",
    "does this stanza exist?",
  ],
  [[...BACKUP, "--pg2-port=2"], "backup command requires option: pg2-path", "does this stanza exist?"],
  [[...BACKUP, "--repo1-cipher-type=aes-256-cbc"], "backup command requires option: repo1-cipher-pass", undefined],
  [[...BACKUP, "--repo2-type=s3"], "backup command requires option: repo2-s3-bucket", undefined],
  [[...RESTORE, "--type=time"], "restore command requires option: target", undefined],
  [["annotate", "--no-config", "--stanza=a"], "annotate command requires option: annotation", undefined],
  [["annotate", "--no-config", "--stanza=a", "--annotation=a=b"], "annotate command requires option: set", undefined],
  [["server", "--no-config"], "server command requires option: tls-server-auth", undefined],
];

for (const [argv, message, hint] of REQUIRED) {
  Deno.test(`required: ${argv.join(" ")}`, () => {
    const error = assertFails(() => load(argv), "optionRequired", message);
    assertEquals([error.message, error.hint], [message, hint]);
  });
}

const NOT_REQUIRED: string[][] = [
  ["archive-push", "--no-config", "--stanza=a", "x"],
  ["check", "--no-config"],
  ["info", "--no-config"],
  ["start", "--no-config"],
  ["repo-ls", "--no-config"],
  ["manifest", "--no-config", "--stanza=a"],
  ["help", "backup"],
];

for (const argv of NOT_REQUIRED) {
  Deno.test(`not required: ${argv.join(" ")}`, () => assertEquals(load(argv).warnings, []));
}

const FOREIGN: [string[], string][] = [
  [[...BACKUP, "--set=x"], "option 'set' not valid for command 'backup'"],
  [["info", "--repo1-path=/x", "--pg1-path=/x"], "option 'pg-path' not valid for command 'info'"],
  [["info", "--pg1-path=/x", "--compress-type=gz"], "option 'compress-type' not valid for command 'info'"],
  [["backup", "--help"], "option 'help' not valid for command 'backup'"],
  [["version", "--stanza=x"], "option 'stanza' not valid for command 'version'"],
  [["help", "info", "--pg1-path=/x"], "option 'pg-path' not valid for command 'info'"],
  [["backup:local", "--type=full"], "option 'type' not valid for command 'backup'"],
  [["backup", "--process=1"], "option 'process' not valid for command 'backup'"],
];

for (const [argv, message] of FOREIGN) {
  Deno.test(`option of another command: ${argv.join(" ")}`, () => {
    assertEquals(assertFails(() => load(argv), "optionInvalid", message).message, message);
  });
}

const KEYS: [string, string[], number[], number[]][] = [
  ["nothing given", [], [1], [1]],
  ["one repository of another index", ["--repo3-path=/r"], [3], [1]],
  ["several repositories", ["--repo4-path=/r", "--repo2-type=cifs"], [2, 4], [1]],
  ["a reset option configures nothing", ["--repo2-path=/r", "--reset-repo5-path"], [2], [1]],
  ["several clusters", ["--pg3-path=/y", "--pg3-port=7"], [1], [1, 3]],
];

for (const [name, words, repos, clusters] of KEYS) {
  Deno.test(`indexes: ${name}`, () => {
    const options = optionsOf([...BACKUP, ...words]);
    assertEquals([options.keys("repo"), options.keys("pg")], [repos, clusters]);
  });
}

Deno.test("indexes for which only ignored options were given disappear", () => {
  const files = { "/etc/pgbackrest.conf": "[global]\nrepo2-s3-bucket=b\nrepo3-path=/r3\n" };
  assertEquals(optionsOf(["info"], { files }).keys("repo"), [3]);
  const only = { "/etc/pgbackrest.conf": "[global]\nrepo2-s3-bucket=b\n" };
  const options = optionsOf(["info"], { files: only });
  assertEquals([options.keys("repo"), options.get("repo-path", 1)], [[1], "/var/lib/pgbackrest"]);
});

Deno.test("a cluster of index 2 alone is enough where pg-path is not required", () => {
  const options = optionsOf(["archive-push", "--no-config", "--stanza=a", "--pg2-path=/x", "w"]);
  assertEquals([options.keys("pg"), options.get("pg-path")], [[2], "/x"]);
});

const SELECTED: [string[], ErrorKind, string][] = [
  [["info", "--no-config", "--repo=2"], "optionInvalidValue", "key '2' is not valid for 'repo' option"],
  [["info", "--no-config", "--repo=0"], "optionInvalidValue", "'0' is out of range for 'repo' option"],
  [
    ["info", "--no-config", "--repo2-path=/x", "--repo=1"],
    "optionInvalidValue",
    "key '1' is not valid for 'repo' option",
  ],
  [["manifest", "--no-config", "--stanza=a", "--pg=2"], "optionInvalidValue", "key '2' is not valid for 'pg' option"],
];

for (const [argv, kind, message] of SELECTED) {
  Deno.test(`selection: ${argv.join(" ")}`, () => assertFails(() => load(argv), kind, message) && undefined);
}

Deno.test("the execution id is made up unless the command line brings one", () => {
  const run = { execId: "7-0000abcd" };
  assertEquals(load(BACKUP, { run }).configuration.options.get("exec-id"), "7-0000abcd");
  assertEquals(load([...BACKUP, "--exec-id=1-2"], { run }).configuration.options.get("exec-id"), "1-2");
  assertEquals(load(["version"], { run }).configuration.options.isValid("exec-id"), false);
});
