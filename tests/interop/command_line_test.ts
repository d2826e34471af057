import { assertEquals } from "@std/assert";
import { runProgram } from "../../src/cli/program.ts";
import { testMachine } from "../cli/machine.ts";
import { run } from "../rig/program.ts";

/** A command line both programs are given, with what surrounds it. */
interface Case {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of the configuration file named in `argv` as CONFIG. */
  readonly config?: string;
  /** Where the two are known to say it differently: only the codes are compared. */
  readonly otherWords?: true;
}

/** How an error is told: exit status and first line, which is what scripts look at. */
interface Told {
  readonly code: number;
  readonly line: string;
}

/** Options for a run that touches nothing of this computer. */
const NOWHERE = ["--no-config", "--stanza=demo", "--pg1-path=/nowhere/pg", "--repo1-path=/nowhere/repo"];

/** Command lines that end before anything is done. */
const REFUSED: readonly (readonly string[])[] = [
  ["-x"],
  ["-"],
  ["--"],
  ["foo"],
  ["backupp"],
  ["--stanza=x"],
  ["--repo1-path=/x"],
  ["backup"],
  ["backup", "x"],
  ["info", "x"],
  ["start", "x"],
  ["version", "x"],
  ["backup:foo"],
  ["backup:async"],
  ["backup:main"],
  ["backup:"],
  [":local"],
  ["backup:local"],
  ["help", "foo"],
  ["help", "x:local"],
  ["help", "backup", "foo"],
  ["help", "backup", "foo", "bar"],
  ["backup", "--bogus"],
  ["backup", "--bogus=1"],
  ["backup", "---stanza=x"],
  ["backup", "--config"],
  ["info", "--stanza"],
  ["backup", "--online=x"],
  ["backup", "--online="],
  ["backup", "--no-online=y"],
  ["backup", "--reset-repo1-path=1"],
  ["backup", "--no-stanza"],
  ["backup", "--no-repo1-path"],
  ["backup", "--no-compress-level"],
  ["backup", "--reset-config"],
  ["backup", "--reset-online"],
  ["backup", "--repo-bundle=y"],
  ["backup", "--repo257-path=x"],
  ["backup", "--repo1-cipher-pass=x"],
  ["backup", "--reset-repo1-cipher-pass"],
  ["backup", "--stanza=a", "--stanza=b"],
  ["backup", "--repo-type=posix", "--repo1-type=posix"],
  ["backup", "--online", "--no-online"],
  ["backup", "--no-online", "--no-online"],
  ["backup", "--reset-delta", "--reset-delta"],
  ["backup", "--reset-delta", "--no-delta"],
  ["backup", "--no-delta", "--reset-delta"],
  ["backup", "--reset-delta", "--delta"],
  ["backup", "--delta", "--reset-delta"],
  [...NOWHERE, "backup", "--set=x"],
  [...NOWHERE, "backup", "--recovery-option=a=b"],
  [...NOWHERE, "info"],
  [...NOWHERE, "backup", "--process-max=0"],
  [...NOWHERE, "backup", "--process-max=1000"],
  [...NOWHERE, "backup", "--process-max=x"],
  [...NOWHERE, "backup", "--process-max= 1"],
  [...NOWHERE, "backup", "--process-max=0x1"],
  [...NOWHERE, "backup", "--process-max="],
  [...NOWHERE, "backup", "--process-max=99999999999999999999999"],
  [...NOWHERE, "backup", "--buffer-size=3"],
  [...NOWHERE, "backup", "--buffer-size=3x"],
  [...NOWHERE, "backup", "--buffer-size="],
  [...NOWHERE, "backup", "--type=foo"],
  [...NOWHERE, "restore", "--type=foo"],
  [...NOWHERE, "backup", "--compress-type=abc"],
  [...NOWHERE, "backup", "--compress-type="],
  [...NOWHERE, "backup", "--repo1-type=nfs"],
  [...NOWHERE, "backup", "--lock-path=rel"],
  [...NOWHERE, "backup", "--lock-path=/x//y"],
  [...NOWHERE, "backup", "--lock-path="],
  [...NOWHERE, "backup", "--annotation=foo"],
  [...NOWHERE, "backup", "--repo=2"],
  [...NOWHERE, "backup", "--force"],
  [...NOWHERE, "backup", "--no-online", "--archive-check"],
  [...NOWHERE, "backup", "--no-online", "--no-archive-check"],
  [...NOWHERE, "backup", "--no-online", "--archive-copy"],
  [...NOWHERE, "backup", "--repo1-block"],
  [...NOWHERE, "backup", "--repo1-hardlink", "--repo1-bundle"],
  [...NOWHERE, "backup", "--repo1-bundle-size=3MiB"],
  [...NOWHERE, "backup", "--repo1-s3-bucket=x"],
  [...NOWHERE, "backup", "--repo1-gcs-endpoint=x"],
  [...NOWHERE, "backup", "--repo1-storage-port=1"],
  [...NOWHERE, "backup", "--pg1-host=x", "--pg1-local"],
  [...NOWHERE, "backup", "--tcp-keep-alive-count=2", "--no-sck-keep-alive"],
  [...NOWHERE, "backup", "--repo1-type=s3"],
  [...NOWHERE, "backup", "--repo1-cipher-type=aes-256-cbc"],
  [...NOWHERE, "backup", "--pg2-port=2"],
  [...NOWHERE, "restore", "--target=x"],
  [...NOWHERE, "restore", "--type=time"],
  [...NOWHERE, "restore", "--type=time", "--target="],
  [...NOWHERE, "restore", "--target-action=pause", "--type=none"],
  [...NOWHERE, "restore", "--link-map=x"],
  [...NOWHERE, "restore", "--tablespace-map-all="],
  [...NOWHERE, "archive-push", "--spool-path=/x", "x"],
  [...NOWHERE, "archive-get", "--archive-get-queue-max=5PiB", "a", "b"],
  [...NOWHERE, "archive-get", "--archive-get-queue-max=-1", "a", "b"],
  [...NOWHERE, "archive-get", "--archive-get-queue-max=1.5k", "a", "b"],
  [...NOWHERE, "archive-push"],
  [...NOWHERE, "archive-push", "a", "b"],
  [...NOWHERE, "archive-get"],
  [...NOWHERE, "archive-get", "a"],
  [...NOWHERE, "archive-get", "a", "b", "c"],
  ["--no-config", "repo-get"],
  ["--no-config", "repo-get", "a", "b"],
  ["--no-config", "repo-put"],
  ["--no-config", "repo-ls", "a", "b"],
  ["--no-config", "info", "--set=x"],
  ["--no-config", "info", "--repo=0"],
  ["--no-config", "info", "--output=xml"],
  ["--config=/nowhere/x.conf", "info"],
  ["--config=nowhere.conf", "info"],
  ["--config-include-path=/nowhere", "info"],
  ["--config-path=rel", "info"],
  [...NOWHERE, "stanza-delete", "--repo2-path=/nowhere/2"],
];

const ENVIRONMENT: readonly Case[] = [
  { argv: ["--no-config", "info"], env: { PGBACKREST_REPO_BUNDLE: "y" } },
  { argv: ["--no-config", "info"], env: { PGBACKREST_REPO1_PATH: "" } },
  { argv: ["--no-config", "info"], env: { PGBACKREST_LOG_TIMESTAMP: "x" } },
  { argv: ["--no-config", "info"], env: { PGBACKREST_OUTPUT: "bogus" } },
  { argv: ["--no-config", "backup"], env: { PGBACKREST_STANZA: "x" } },
];

const FILES: readonly string[] = [
  "[global\n",
  "[]\n",
  "key=x\n",
  "[global]\nnothing\n",
  "[global]\n=x\n",
  "[global]x\n",
  "[global]\nrepo1-path=\n",
  "[global]\nrepo1-path=rel\n",
  "[global]\nrepo1-path=/a\nrepo1-path=/b\n",
  "[global]\nrepo1-path=/a\nrepo-path=/b\n",
  "[global]\nrepo-bundle=y\n",
  "[global]\nlog-timestamp=x\n",
  "[global]\nlog-level-console=bogus\n",
];

const CASES: readonly Case[] = [
  ...REFUSED.map((argv) => ({ argv })),
  ...ENVIRONMENT,
  ...FILES.map((config) => ({ argv: ["--config=CONFIG", "info"], config })),
  { argv: ["--config=CONFIG", "--stanza=a", "check"], config: "[global]\npg1-path=/x\n" },
  // 2.45 says the same about an index on an option that takes none, only not with the same words.
  { argv: ["backup", "--stanza1=x"], otherWords: true },
  { argv: ["backup", "--1stanza=x"], otherWords: true },
  { argv: [...NOWHERE, "backup", "--protocol-timeout=10", "--db-timeout=20"] },
  { argv: [...NOWHERE, "backup", "--pg1-host=foo", "--repo1-host=bar"] },
  { argv: [...NOWHERE, "backup", "--repo2-path=/nowhere/repo", "--repo1-retention-full=1"] },
  {
    argv: [
      "--no-config",
      "info",
      "--repo1-type=s3",
      "--repo1-s3-bucket=a.b",
      "--repo1-s3-region=r",
      "--repo1-s3-endpoint=e",
      "--repo1-s3-key-type=auto",
    ],
  },
];

Deno.test("both programs refuse the same command lines with the same code and words", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o777);
  try {
    for (const [index, { argv, env = {}, config, otherWords }] of CASES.entries()) {
      const path = `${folder}/${index}.conf`;
      if (config !== undefined) await Deno.writeTextFile(path, config);
      const words = argv.map((word) => word.replace("CONFIG", path));
      const all = { PGBACKREST_LOG_PATH: folder, PGBACKREST_LOCK_PATH: `${folder}/lock`, ...env };
      const [theirs, ours] = [await peer(words, all), await own(words, all, folder)];
      const name = `${words.join(" ")} ${JSON.stringify(env)} ${config ?? ""}`;
      if (otherWords) assertEquals(ours.code, theirs.code, name);
      else assertEquals(ours, theirs, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("both programs warn of the same things in configuration files and environment", async () => {
  const config = "[global]\nbogus=1\nno-online=1\nreset-delta=1\nstanza=1\npg1-path=/x\n;x=1\n" +
    "[global:info]\ndelta=y\npg1-port=1\n[a:info]\ncompress=y\n";
  const env = { PGBACKREST_WRONG: "1", PGBACKREST_NO_ONLINE: "y", PGBACKREST_RESET_REPO1_PATH: "y" };
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o777);
  try {
    const path = `${folder}/c.conf`;
    await Deno.writeTextFile(path, config);
    const argv = [`--config=${path}`, "--stanza=a", "info"];
    const theirs = (await run("/usr/bin/pgbackrest", argv, { env })).stderr;
    const machine = testMachine({ env, files: { [path]: config } });
    await runProgram(argv, parts(machine));
    const warnings = (text: string, mark: RegExp) =>
      text.split("\n").filter((line) => mark.test(line)).map((line) => line.replace(mark, "")).sort();
    assertEquals(warnings(machine.out.join(""), /^P00 {3}WARN: /), warnings(theirs, /^WARN: /));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What pgbackrest says. */
async function peer(argv: readonly string[], env: Record<string, string>): Promise<Told> {
  const { code, stdout, stderr } = await run("/usr/bin/pgbackrest", [...argv], { env });
  return told(code, stdout + stderr);
}

/** What our program says, on a computer whose only files are those of the test. */
async function own(argv: readonly string[], env: Record<string, string>, folder: string): Promise<Told> {
  const files = Object.fromEntries(
    [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => [
      `${folder}/${name}`,
      Deno.readTextFileSync(`${folder}/${name}`),
    ]),
  );
  const machine = testMachine({ env, files });
  const code = await runProgram(argv, parts(machine));
  return told(code, machine.out.join("") + machine.err.join(""));
}

function parts(machine: ReturnType<typeof testMachine>): Parameters<typeof runProgram>[1] {
  return {
    machine,
    signal: new AbortController().signal,
    loadCommand: async (command) =>
      command === "help" ? await import("../../src/command/help.ts") : { run: () => Promise.resolve(0) },
    program: () => "pgbackrest",
  };
}

/** The first error of an output, without what the log puts before it. */
function told(code: number, output: string): Told {
  const line = output.split("\n").find((text) => text.includes("ERROR: [")) ?? "";
  return { code, line: line.slice(line.indexOf("ERROR: [")).replace(/^ERROR: \[\d{3}\]: /, "") };
}
