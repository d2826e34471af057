import { assertEquals } from "@std/assert";
import { asyncArguments, childArguments, remoteArguments } from "../../src/config/child_arguments.ts";
import { load } from "./loading.ts";

const TEXT =
  "[global]\nrepo1-path=/r1\nrepo2-path=/r2\nrepo2-type=posix\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=hush\n" +
  "archive-async=y\nlog-path=/logs\nlock-path=/locks\nio-timeout=3s\n" +
  "[a]\npg1-path=/one\npg2-path=/two\npg2-port=5433\npg2-host=db\npg2-host-config=/there/x.conf\n";

function configured(argv: string[], text = TEXT) {
  return load(argv, { files: { "/etc/pgbackrest.conf": text }, run: { execId: "1-00000001" } }).configuration;
}

Deno.test("a process in the background on this host gets what the command line gave, and reads the rest itself", () => {
  const argv = [
    "archive-push",
    "--stanza=a",
    "--compress-level=3",
    "--no-archive-mode-check",
    "--reset-io-timeout",
    "--cmd=my prog",
    "w",
  ];
  assertEquals(asyncArguments(configured(argv), ["/one/pg_wal"]), [
    "--no-archive-mode-check",
    "--cmd=my prog",
    "--compress-level=3",
    "--exec-id=1-00000001",
    "--reset-io-timeout",
    "--log-level-console=off",
    "--log-level-stderr=off",
    "--stanza=a",
    "archive-push:async",
    "/one/pg_wal",
  ]);
});

Deno.test("a process that serves a repository gets everything about it, and no secrets", () => {
  const argv = ["backup", "--stanza=a", "--pg2-local", "--type=full"];
  const words = remoteArguments(configured(argv, TEXT.replace(/pg2-host.*\n/g, "")), {
    serves: "repo",
    key: 2,
    process: 0,
  });
  assertEquals(words, [
    "--exec-id=1-00000001",
    "--io-timeout=3s",
    "--log-level-console=off",
    "--log-level-file=off",
    "--log-level-stderr=error",
    "--process=0",
    "--remote-type=repo",
    "--repo=2",
    "--repo2-path=/r2",
    "--repo2-type=posix",
    "--stanza=a",
    "backup:remote",
  ]);
});

Deno.test("a process that serves a cluster gets it as its first one, and nothing about repositories", () => {
  const words = remoteArguments(configured(["check", "--stanza=a"]), { serves: "pg", key: 2, process: 3 });
  assertEquals(words, [
    "--config=/there/x.conf",
    "--exec-id=1-00000001",
    "--io-timeout=3s",
    "--log-level-console=off",
    "--log-level-file=off",
    "--log-level-stderr=error",
    "--pg1-path=/two",
    "--pg1-port=5433",
    "--process=3",
    "--remote-type=pg",
    "--stanza=a",
    "check:remote",
  ]);
});

Deno.test("a remote writes a log file when it is told to", () => {
  const text = TEXT + "[global]\nlog-subprocess=y\nlog-level-file=detail\n";
  const words = remoteArguments(configured(["check", "--stanza=a"], text), { serves: "pg", key: 1, process: 0 });
  assertEquals(words.filter((word) => word.startsWith("--log")), [
    "--log-level-console=off",
    "--log-level-file=detail",
    "--log-level-stderr=error",
    "--log-subprocess",
  ]);
});

Deno.test("a replacement may be a list, and options the role does not have are left out", () => {
  const configuration = configured(["backup", "--stanza=a", "--type=full", "--start-fast"]);
  const words = childArguments(configuration, { role: "remote", sources: ["param"], replace: { lock: ["x", "y"] } });
  assertEquals(words, ["--exec-id=1-00000001", "--lock=x", "--lock=y", "--stanza=a", "backup:remote"]);
});

Deno.test("what a child is given, it understands", () => {
  const words = remoteArguments(configured(["check", "--stanza=a"]), { serves: "pg", key: 2, process: 3 });
  const { options, role } = load(words.filter((word) => !word.startsWith("--config"))).configuration;
  assertEquals([
    role,
    options.get("pg-path"),
    options.get("pg-port"),
    options.get("process"),
    options.get("remote-type"),
  ], [
    "remote",
    "/two",
    5433,
    3,
    "pg",
  ]);
});
