import { assert, assertEquals } from "@std/assert";
import type { CommandModule, Invocation } from "../../src/cli/invocation.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { CommandName } from "../../src/config/commands.ts";
import { BackRestError } from "../../src/error.ts";
import { VERSION } from "../../src/version.ts";
import { testMachine, type TestMachineParts } from "./machine.ts";

type Commands = { readonly [command in CommandName]?: (invocation: Invocation) => number | Promise<number> };

/** Runs the program with commands of the test on a machine of the test. */
async function program(argv: string[], commands: Commands, parts: TestMachineParts = {}) {
  const machine = testMachine(parts);
  const code = await runProgram(argv, {
    machine,
    signal: new AbortController().signal,
    loadCommand: (command): Promise<CommandModule> => {
      const run = commands[command];
      if (run === undefined) {
        throw new BackRestError("featureNotSupported", `command '${command}' is not supported yet`);
      }
      return Promise.resolve({ run: async (invocation) => await run(invocation) });
    },
    program: () => "/usr/bin/pg_backrest",
  });
  return { code, out: machine.out.join(""), err: machine.err.join(""), machine };
}

const CHECK = ["check", "--no-config", "--stanza=a", "--pg1-path=/x", "--no-log-timestamp", "--log-level-console=info"];
const BEGUN =
  `P00   INFO: check command begin ${VERSION}: --no-config --exec-id=77-0000abcd --log-level-console=info ` +
  "--no-log-timestamp --pg1-path=/x --stanza=a\n";

Deno.test("a run is framed by its begin and end lines", async () => {
  const { code, out, err } = await program(CHECK, { check: ({ log }) => (log.info("checked"), 0) });
  assertEquals([code, err], [0, ""]);
  assertEquals(out, `${BEGUN}P00   INFO: checked\nP00   INFO: check command end: completed successfully\n`);
});

Deno.test("with times the end line tells how long the run took", async () => {
  const argv = ["check", "--no-config", "--stanza=a", "--pg1-path=/x", "--log-level-console=info"];
  const { out } = await program(argv, { check: () => 0 });
  const lines = out.trimEnd().split("\n");
  assert(/^2026-01-31 12:00:00\.\d{3} P00 {3}INFO: check command begin /.test(lines[0]!), lines[0]);
  assert(/ P00 {3}INFO: check command end: completed successfully \(\d+ms\)$/.test(lines.at(-1)!), lines.at(-1));
});

Deno.test("the status a command returns is the exit status, and counts as success", async () => {
  const { code, out } = await program(CHECK, { check: () => 1 });
  assertEquals([code, out.endsWith("check command end: completed successfully\n")], [1, true]);
});

Deno.test("an error of a command is logged with its code, which is the exit status", async () => {
  const { code, out, err } = await program(CHECK, {
    check: () => {
      throw new BackRestError("archiveTimeout", "no WAL", { hint: "look there\nand there" });
    },
  });
  assertEquals([code, err], [82, ""]);
  assertEquals(
    out,
    `${BEGUN}P00  ERROR: [082]: no WAL\n            HINT: look there\n            HINT: and there\n` +
      "P00   INFO: check command end: aborted with exception [082]\n",
  );
});

Deno.test("an unexpected error is a bug and brings its stack along", async () => {
  const { code, out } = await program(CHECK, {
    check: () => {
      throw new TypeError("oops");
    },
  });
  assertEquals(code, 25);
  assert(out.includes("P00 ASSERT: [025]: unexpected error: TypeError: oops"), out);
  assert(out.includes("stack trace:"), out);
  assert(out.includes("command: check"), out);
});

Deno.test("a known error brings its stack along at debug only", async () => {
  const failing = { check: () => Promise.reject(new BackRestError("stop", "stopped")) };
  const info = await program(CHECK, failing);
  assert(!info.out.includes("stack trace:"));
  const debug = await program([...CHECK.slice(0, -1), "--log-level-console=debug"], failing);
  assert(debug.out.includes("stack trace:"));
});

const EARLY: [string, string[], number, string, string][] = [
  ["a broken command line", ["check", "-x"], 31, "", "ERROR: [031]: option '-x' must begin with --\n"],
  [
    "an unknown command",
    ["chek"],
    48,
    "",
    "ERROR: [048]: invalid command 'chek'\n       HINT: did you mean 'check'?\n",
  ],
  ["no command", ["--stanza=a"], 30, "", "ERROR: [030]: no command found\n"],
  [
    "an option of another command",
    ["check", "--delta"],
    31,
    "P00  ERROR: [031]: option 'delta' not valid for command 'check'\n",
    "",
  ],
  [
    "a missing option",
    ["backup", "--no-config"],
    37,
    "P00  ERROR: [037]: backup command requires option: stanza\n",
    "",
  ],
  [
    "a missing option in another role",
    ["archive-get:async", "--no-config", "--stanza=a"],
    37,
    "",
    "ERROR: [037]: archive-get command requires option: pg1-path\n       HINT: does this stanza exist?\n",
  ],
  [
    "a bad value",
    ["info", "--no-config", "--repo=0"],
    32,
    "P00  ERROR: [032]: '0' is out of range for 'repo' option\n",
    "",
  ],
];

for (const [name, argv, code, out, err] of EARLY) {
  Deno.test(`before the log is configured: ${name}`, async () => {
    const got = await program(argv, {});
    assertEquals([got.code, got.out, got.err], [code, out, err]);
  });
}

Deno.test("warnings about the configuration come before anything else, whatever the level", async () => {
  const parts = { files: { "/etc/pgbackrest.conf": "[global]\nbogus=1\nlog-level-console=off\n" } };
  const { out } = await program(["info"], { info: () => 0 }, parts);
  assertEquals(out, "P00   WARN: configuration file contains invalid option 'bogus'\n");
});

Deno.test("a remote that cannot begin says why in the place of its greeting", async () => {
  const greetingOf = (text: string) => JSON.parse(text) as { name: string; error: { code: number; message: string } };
  const wrong = await program(["check:remote", "--no-config", "--stanza=a", "--bogus"], {});
  assertEquals([wrong.code, greetingOf(wrong.out).name, greetingOf(wrong.out).error.code], [31, "pg_backrest", 31]);
  const root = await program(["check:remote", "--no-config", "--stanza=a"], { check: () => 0 }, { uid: 0 });
  assertEquals([root.code, greetingOf(root.out).error.message], [31, "check command may not be run as root"]);
});

Deno.test("nothing but its greeting is ever on the stdout of a remote", async () => {
  const argv = ["check:remote", "--no-config", "--stanza=a", "--log-level-console=debug"];
  const { out, code } = await program(argv, { check: ({ log }) => (log.info("served"), 0) });
  assertEquals([code, out], [0, ""]);
});

Deno.test("quiet commands are framed at debug", async () => {
  const argv = ["info", "--no-config", "--no-log-timestamp"];
  const info = { info: ({ output }: Invocation) => (output("text\n"), 0) };
  assertEquals((await program([...argv, "--log-level-console=info"], info)).out, "text\n");
  const { out } = await program([...argv, "--log-level-console=debug"], info);
  assert(out.startsWith("P00  DEBUG:     info command begin"), out);
  assert(out.endsWith("P00  DEBUG:     info command end: completed successfully\n"), out);
});

Deno.test("root is refused before anything is done, and the end is logged", async () => {
  const { code, out, machine } = await program(CHECK, { check: () => 0 }, { uid: 0 });
  assertEquals(code, 31);
  assert(out.startsWith("P00  ERROR: [031]: check command may not be run as root\n"), out);
  assert(out.endsWith("P00   INFO: check command end: aborted with exception [031]\n"), out);
  assertEquals(machine.deeds, []);
  assertEquals((await program([...CHECK, "--allow-root"], { check: () => 0 }, { uid: 0 })).code, 0);
});

Deno.test("help and version may be run as root, without begin and end", async () => {
  const version = { version: ({ output }: Invocation) => (output("1\n"), 0) };
  const { code, out } = await program(["version"], version, { uid: 0 });
  assertEquals([code, out], [0, "1\n"]);
});

Deno.test("file modes and priority are set as the options say", async () => {
  assertEquals((await program(CHECK, { check: () => 0 })).machine.deeds, ["umask"]);
  const argv = [...CHECK, "--no-neutral-umask", "--priority=5"];
  assertEquals((await program(argv, { check: () => 0 })).machine.deeds, ["priority 5"]);
});

Deno.test("rules between options are judged after the begin line, and defaults follow", async () => {
  const { code, out } = await program([...CHECK, "--db-timeout=5", "--protocol-timeout=4"], { check: () => 0 });
  assertEquals(code, 32);
  assert(out.includes("command begin"), out);
  let protocol: number | undefined;
  await program([...CHECK, "--db-timeout=1h"], {
    check: ({ configuration }) => (protocol = configuration.options.get("protocol-timeout"), 0),
  });
  assertEquals(protocol, 3_630_000);
});

Deno.test("what is not built yet ends the run with 67", async () => {
  const option = await program([...CHECK, "--pg-version-force=15"], { check: () => 0 });
  assertEquals(option.code, 67);
  assert(option.out.includes("option 'pg-version-force' is not supported yet"), option.out);
  assertEquals((await program(CHECK, {})).code, 67);
});

Deno.test("arguments are counted before the command starts", async () => {
  const argv = ["archive-push", "--no-config", "--stanza=a", "--no-log-timestamp"];
  const { code, out } = await program(argv, { "archive-push": () => 0 });
  assertEquals([code, out], [43, "P00  ERROR: [043]: WAL segment to push required\n"]);
});

Deno.test("check can look at every stanza of the configuration", async () => {
  const files = { "/etc/pgbackrest.conf": "[global]\nlog-level-console=off\n[b]\npg1-path=/b\n[a]\npg1-path=/a\n" };
  const seen: unknown[] = [];
  await program(["check"], {
    check: ({ stanzas, configure }) => {
      for (const stanza of stanzas()) {
        const { options } = configure(stanza);
        seen.push([options.get("stanza"), options.get("pg-path"), options.get("exec-id")]);
      }
      return 0;
    },
  }, { files });
  assertEquals(seen, [["a", "/a", "77-0000abcd"], ["b", "/b", "77-0000abcd"]]);
});

Deno.test("without a terminal nothing is said about the progress of what is quick", async () => {
  const { out } = await program(CHECK, {
    check: ({ showProgress }) => {
      using display = showProgress("copied", 100);
      display.update(50);
      return 0;
    },
  });
  assert(!out.includes("copied"), out);
});

Deno.test("a progress line on the terminal makes room for messages", async () => {
  const { err, out } = await program(CHECK, {
    check: ({ showProgress, log }) => {
      using display = showProgress("copied", 100);
      display.update(50);
      log.info("message");
      return 0;
    },
  }, { columns: 40 });
  assert(err.includes("copied: 50.00%"), err);
  assert(err.endsWith("\r\x1b[K"), JSON.stringify(err));
  assert(out.includes("P00   INFO: message\n"));
});
