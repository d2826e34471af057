import { assert, assertEquals } from "@std/assert";
import type { Invocation } from "../../src/cli/invocation.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { CommandName } from "../../src/config/commands.ts";
import { BackRestError } from "../../src/error.ts";
import { testMachine } from "./machine.ts";

/** Runs backup and what follows it; says what ran, under which locks, and what was logged. */
async function backup(words: string[], { expire = () => 0 }: { expire?: (invocation: Invocation) => number } = {}) {
  const folder = await Deno.makeTempDir();
  const ran: string[] = [];
  const machine = testMachine();
  const locksNow = () =>
    [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".lock")).sort();
  const command = (name: CommandName) => (invocation: Invocation) => {
    ran.push(`${name} with ${locksNow().join(" ")}`);
    return Promise.resolve(name === "expire" ? expire(invocation) : 0);
  };
  try {
    const code = await runProgram(
      [
        "backup",
        "--no-config",
        "--stanza=a",
        "--pg1-path=/x",
        "--repo1-retention-full=1",
        "--no-log-timestamp",
        "--type=full",
        `--lock-path=${folder}`,
        ...words,
      ],
      {
        machine,
        signal: new AbortController().signal,
        loadCommand: (name) => Promise.resolve({ run: command(name) }),
        program: () => "x",
      },
    );
    return { code, ran, left: locksNow(), machine, folder, out: machine.out.join("") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("backup holds its locks until expire is done too", async () => {
  const { code, ran, left } = await backup([]);
  assertEquals(code, 0);
  assertEquals(ran, ["backup with a-backup-1.lock a-backup.lock", "expire with a-backup-1.lock a-backup.lock"]);
  assertEquals(left, []);
});

Deno.test("expire does not follow when it is switched off", async () => {
  assertEquals((await backup(["--no-expire-auto"])).ran.length, 1);
});

Deno.test("backup and the expire that follows it have their own log files and lines", async () => {
  const { machine } = await backup(["--log-path=/logs"]);
  assertEquals([...machine.logs.keys()], ["/logs/a-backup.log", "/logs/a-expire.log"]);
  const [first, second] = [...machine.logs.values()];
  assert(
    /^P00 {3}INFO: backup command begin [^\n]*\nP00 {3}INFO: backup command end: completed successfully\n$/.test(
      first!,
    ),
    first,
  );
  assert(
    /^P00 {3}INFO: expire command begin [^\n]*\nP00 {3}INFO: expire command end: completed successfully\n$/.test(
      second!,
    ),
    second,
  );
  assert(!second!.includes("--pg1-path"), second);
  assertEquals(machine.deeds, ["umask", "closed /logs/a-backup.log", "closed /logs/a-expire.log"]);
});

Deno.test("an error of the expire that follows is the end of the run", async () => {
  const { code, out, left } = await backup(["--log-level-console=info"], {
    expire: () => {
      throw new BackRestError("fileRemove", "no");
    },
  });
  assertEquals([code, left], [60, []]);
  assert(out.endsWith("P00   INFO: expire command end: aborted with exception [060]\n"), out);
});

Deno.test("a stop file keeps commands from running that respect it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.stop`, "");
    const ran: CommandName[] = [];
    const run = (argv: string[]) =>
      runProgram([...argv, "--no-config", "--stanza=a", `--lock-path=${folder}`], {
        machine: testMachine(),
        signal: new AbortController().signal,
        loadCommand: (name) => Promise.resolve({ run: () => (ran.push(name), Promise.resolve(0)) }),
        program: () => "x",
      });
    assertEquals(await run(["archive-push", "w"]), 62);
    assertEquals(await run(["expire"]), 62);
    assertEquals(await run(["archive-get", "--pg1-path=/x", "w", "p"]), 0);
    assertEquals(await run(["info"]), 0);
    assertEquals(ran, ["archive-get", "info"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a log file that can not be opened is a warning", async () => {
  const machine = testMachine({ logFileError: new Deno.errors.NotFound() });
  const code = await runProgram(["start", "--no-config", "--stanza=a", "--no-log-timestamp", "--log-path=/none"], {
    machine,
    signal: new AbortController().signal,
    loadCommand: () => Promise.resolve({ run: () => Promise.resolve(0) }),
    program: () => "x",
  });
  assertEquals(code, 0);
  assertEquals(
    machine.out.join(""),
    "P00   WARN: unable to open log file '/none/a-start.log': No such file or directory\n" +
      "            NOTE: process will continue without log file.\n",
  );
});
