import { assertEquals } from "@std/assert";
import { checkArguments } from "../../src/config/arguments.ts";
import type { OptionName } from "../../src/config/options.ts";
import { applyRules, refuseRoot } from "../../src/config/rules.ts";
import type { ErrorKind } from "../../src/error.ts";
import { assertFails, load, PROGRAM } from "./loading.ts";

const BACKUP = ["backup", "--no-config", "--stanza=a", "--pg1-path=/x"];
const KEPT = [...BACKUP, "--repo1-retention-full=2"];

function rule(argv: string[], env: Record<string, string> = {}) {
  return applyRules(load(argv, { env }).configuration, () => PROGRAM);
}

const FULL_UNSET = (key: number, type: string) =>
  `option 'repo${key}-retention-full' is not set for 'repo${key}-retention-full-type=${type}', the repository may run out of ` +
  `space\nHINT: to retain full backups indefinitely (without warning), set option 'repo${key}-retention-full' to the maximum.`;

const WARNINGS: [string[], string[]][] = [
  [KEPT, []],
  [BACKUP, [FULL_UNSET(1, "count")]],
  [[...BACKUP, "--repo1-retention-full-type=time", "--repo2-path=/r2"], [
    FULL_UNSET(1, "time"),
    FULL_UNSET(2, "count"),
  ]],
  [["expire", "--no-config", "--stanza=a"], [FULL_UNSET(1, "count")]],
  [["info", "--no-config"], []],
  [[...KEPT, "--repo1-retention-archive-type=diff"], [
    "WAL segments will not be expired: option 'repo1-retention-archive-type=diff' but neither option 'repo1-retention-archive' " +
    "nor option 'repo1-retention-diff' is set",
  ]],
  [[...KEPT, "--repo1-retention-archive-type=incr"], [
    "WAL segments will not be expired: option 'repo1-retention-archive-type=incr' but option 'repo1-retention-archive' is not set",
  ]],
  [[...KEPT, "--repo1-retention-archive-type=diff", "--repo1-retention-archive=3"], [
    "option 'repo1-retention-diff' is not set for 'repo1-retention-archive-type=diff'\nHINT: to retain differential backups " +
    "indefinitely (without warning), set option 'repo1-retention-diff' to the maximum.",
  ]],
  [[...KEPT, "--repo1-retention-archive-type=incr", "--repo1-retention-archive=3"], []],
  [[...KEPT, "--compress=n", "--compress-type=gz"], [
    "'compress' and 'compress-type' options should not both be set\nHINT: 'compress-type' is preferred and 'compress' is " +
    "deprecated.",
  ]],
  [[...KEPT, "--stop-auto"], ["option 'stop-auto' has no effect any more: a failed backup is recognised by itself"]],
];

for (const [argv, warnings] of WARNINGS) {
  Deno.test(`rule warnings: ${argv.slice(1).join(" ")}`, () => assertEquals(rule(argv).warnings, warnings));
}

const CHANGES: [string, string[], [OptionName, unknown][]][] = [
  ["WAL is kept as long as full backups", KEPT, [["repo-retention-archive", 2]]],
  ["WAL is kept as long as differential backups", [
    ...KEPT,
    "--repo1-retention-archive-type=diff",
    "--repo1-retention-diff=3",
  ], [
    ["repo-retention-archive", 3],
  ]],
  ["with full backups kept by time nothing is decided here", [...KEPT, "--repo1-retention-full-type=time"], [
    ["repo-retention-archive", undefined],
  ]],
  ["what is set stays", [...KEPT, "--repo1-retention-archive=9"], [["repo-retention-archive", 9]]],
  ["protocol-timeout follows", [...KEPT, "--db-timeout=31m"], [["protocol-timeout", 1890_000], [
    "db-timeout",
    1860_000,
  ]]],
  ["protocol-timeout stays when it is longer", [...KEPT, "--db-timeout=30m"], [["protocol-timeout", 1860_000]]],
  ["db-timeout follows", [...KEPT, "--protocol-timeout=45s"], [["db-timeout", 15_000], ["protocol-timeout", 45_000]]],
  ["db-timeout is half where little is left", [...KEPT, "--protocol-timeout=44s"], [["db-timeout", 22_000]]],
  ["compress=n means no compression", [...KEPT, "--compress=n"], [["compress-type", "none"], ["compress-level", 0]]],
  ["compress=y changes nothing", [...KEPT, "--compress"], [["compress-type", "gz"], ["compress-level", 6]]],
];

for (const [name, argv, want] of CHANGES) {
  Deno.test(`rule: ${name}`, () => {
    const { options } = rule(argv).configuration;
    for (const [option, value] of want) assertEquals<unknown>(options.get(option), value, option);
  });
}

Deno.test("rules work on each repository for itself", () => {
  const { options } = rule([...KEPT, "--repo2-path=/r2", "--repo2-retention-full=5"]).configuration;
  assertEquals([options.get("repo-retention-archive", 1), options.get("repo-retention-archive", 2)], [2, 5]);
});

const S3 = [
  "--repo1-type=s3",
  "--repo1-s3-bucket=a.b",
  "--repo1-s3-region=r",
  "--repo1-s3-endpoint=e",
  "--repo1-s3-key-type=auto",
];
const SFTP = [
  "--repo1-type=sftp",
  "--repo1-sftp-host=h",
  "--repo1-sftp-host-key-hash-type=sha256",
  "--repo1-sftp-host-user=u",
  "--repo1-sftp-private-key-file=/k",
];

const ERRORS: [string[], ErrorKind, string][] = [
  [
    ["stanza-delete", "--no-config", "--stanza=a", "--pg1-path=/x", "--repo2-path=/r"],
    "optionRequired",
    "stanza-delete command requires option: repo",
  ],
  [
    ["stanza-delete", "--no-config", "--stanza=a", "--pg1-path=/x", "--repo2-path=/r", "--repo1-path=/s"],
    "optionRequired",
    "stanza-delete command requires option: repo",
  ],
  [
    [...BACKUP, "--repo1-path=/r", "--repo3-path=/r/"],
    "optionInvalidValue",
    "local repo1 and repo3 paths are both '/r' but must be different",
  ],
  [
    [...BACKUP, "--repo1-type=posix", "--repo2-type=cifs"],
    "optionInvalidValue",
    "local repo1 and repo2 paths are both '/var/lib/pgbackrest' but must be",
  ],
  [[...BACKUP, "--pg1-host=a", "--repo1-host=b"], "config", "pg and repo hosts cannot both be configured as remote"],
  [
    [...BACKUP, "--pg2-host=a", "--pg2-path=/y", "--repo2-host=b", "--repo1-path=/r"],
    "config",
    "pg and repo hosts cannot both",
  ],
  [
    ["archive-push", "--no-config", "--stanza=a", "--pg1-path=/x", "--pg1-host=b", "w"],
    "hostInvalid",
    "archive-push command must be run on the PostgreSQL host",
  ],
  [
    ["restore", "--no-config", "--stanza=a", "--pg1-path=/x", "--pg1-host=b"],
    "hostInvalid",
    "restore command must be run on the PostgreSQL host",
  ],
  [
    [...BACKUP, "--protocol-timeout=10", "--db-timeout=20"],
    "optionInvalidValue",
    "'10' is not valid for 'protocol-timeout' option",
  ],
  [
    [...BACKUP, "--protocol-timeout=20", "--db-timeout=20"],
    "optionInvalidValue",
    "'20' is not valid for 'protocol-timeout' option",
  ],
  [
    ["info", "--no-config", "--repo-target-time=2026-01-01"],
    "optionInvalid",
    "option 'repo-target-time' not valid without option 'repo'",
  ],
  [["info", "--no-config", ...S3], "optionInvalidValue", "'a.b' is not valid for option 'repo1-s3-bucket'"],
  [
    ["info", "--no-config", ...SFTP, "--repo1-sftp-host-key-check-type=fingerprint"],
    "optionRequired",
    "option 'repo1-sftp-host-key-check-type=fingerprint' requires option 'repo1-sftp-host-fingerprint'",
  ],
  [
    ["info", "--no-config", ...SFTP, "--repo1-sftp-host-key-check-type=strict", "--repo1-sftp-host-fingerprint=ab"],
    "optionInvalid",
    "option 'repo1-sftp-host-fingerprint' not valid without",
  ],
];

for (const [argv, kind, message] of ERRORS) {
  Deno.test(`rule error: ${argv.join(" ")}`, () => assertFails(() => rule(argv), kind, message) && undefined);
}

const FINE: [string, string[]][] = [
  ["stanza-delete with the only repository of index 1", [
    "stanza-delete",
    "--no-config",
    "--stanza=a",
    "--pg1-path=/x",
  ]],
  ["stanza-delete that is told", [
    "stanza-delete",
    "--no-config",
    "--stanza=a",
    "--pg1-path=/x",
    "--repo2-path=/r",
    "--repo=2",
  ]],
  ["one path on two hosts", [...KEPT, "--repo2-host=h", "--repo2-retention-full=1"]],
  ["object stores with one path", ["info", "--no-config", ...S3, "--repo1-s3-uri-style=path", "--repo2-path=/r"]],
  ["a bucket with dots in the path", ["info", "--no-config", ...S3, "--repo1-s3-uri-style=path"]],
  ["a bucket with dots, unverified", ["info", "--no-config", ...S3, "--no-repo1-storage-verify-tls"]],
  ["repo-target-time with repo", ["info", "--no-config", "--repo-target-time=2026-01-01", "--repo=1"]],
];

for (const [name, argv] of FINE) Deno.test(`rule: ${name} is fine`, () => assertEquals(rule(argv).warnings, []));

Deno.test("a fingerprint alone decides how the server's key is checked, with a warning", () => {
  const { configuration, warnings } = rule(["info", "--no-config", ...SFTP, "--repo1-sftp-host-fingerprint=ab"]);
  assertEquals(configuration.options.get("repo-sftp-host-key-check-type"), "fingerprint");
  assertEquals(warnings.length, 1);
});

Deno.test("root is refused by every command that does not allow it", () => {
  const refused = (argv: string[], uid: number | null = 0) => () => refuseRoot(load(argv).configuration, uid);
  for (
    const argv of [BACKUP, ["info", "--no-config"], ["backup:remote", "--no-config", "--stanza=a", "--pg1-path=/x"], [
      "start",
    ]]
  ) {
    assertFails(refused(argv), "optionInvalid", `${argv[0]!.split(":")[0]} command may not be run as root`);
    refused([...argv, "--allow-root"])();
    refused(argv, 1000)();
    refused(argv, null)();
  }
  const restore = ["restore", "--no-config", "--stanza=a", "--pg1-path=/x"];
  refused(restore)();
  assertFails(refused([...restore, "--no-allow-root"]), "optionInvalid", "restore command may not be run as root");
});

const ARGUMENTS: [string[], ErrorKind | undefined, string][] = [
  [["archive-push"], "paramRequired", "WAL segment to push required"],
  [["archive-push", "a", "b"], "paramRequired", "WAL segment to push required"],
  [["archive-push", "a"], undefined, ""],
  [["archive-push:async", "a"], undefined, ""],
  [["archive-push:async"], "paramRequired", "WAL segment to push required"],
  [["archive-get", "--pg1-path=/x"], "paramRequired", "WAL segment to get required"],
  [["archive-get", "--pg1-path=/x", "a"], "paramRequired", "path to copy WAL segment required"],
  [["archive-get", "--pg1-path=/x", "a", "b"], undefined, ""],
  [["archive-get", "--pg1-path=/x", "a", "b", "c"], "paramInvalid", "extra parameters found"],
  [["archive-get:async", "--pg1-path=/x", "a", "b", "c"], undefined, ""],
  [["repo-get"], "paramRequired", "source file required"],
  [["repo-get", "a", "b"], "paramRequired", "source file required"],
  [["repo-put"], "paramRequired", "destination file required"],
  [["repo-ls"], undefined, ""],
  [["repo-ls", "a", "b"], "paramInvalid", "only one path may be specified"],
  [["repo-rm", "a", "b"], "paramInvalid", "only one path may be specified"],
];

for (const [argv, kind, message] of ARGUMENTS) {
  Deno.test(`arguments: ${argv.join(" ")}`, () => {
    const { configuration } = load([...argv, "--stanza=s"]);
    if (kind === undefined) checkArguments(configuration);
    else assertFails(() => checkArguments(configuration), kind, message);
  });
}
