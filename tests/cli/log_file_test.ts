import { assertEquals } from "@std/assert";
import { logFilePath, openLogFile } from "../../src/cli/log_file.ts";
import { load } from "../config/loading.ts";

const STANZA = ["--no-config", "--stanza=a", "--pg1-path=/x", "--log-path=/l"];

const PATHS: [string[], string | undefined][] = [
  [["backup", ...STANZA], "/l/a-backup.log"],
  [["start", "--no-config", "--log-path=/l"], "/l/all-start.log"],
  [["backup", ...STANZA, "--log-level-file=off"], undefined],
  [["archive-push", ...STANZA, "w"], undefined],
  [["archive-push", ...STANZA, "w", "--log-level-file=info"], "/l/a-archive-push.log"],
  [["archive-push:async", ...STANZA, "w"], "/l/a-archive-push-async.log"],
  [["archive-push:async", ...STANZA, "w", "--log-level-file=off"], undefined],
  [["backup:local", ...STANZA, "--process=7"], undefined],
  [["backup:local", ...STANZA, "--process=7", "--log-level-file=info"], "/l/a-backup-local-007.log"],
  [
    ["archive-get:local", ...STANZA, "--archive-async", "--process=12", "--log-level-file=info"],
    "/l/a-archive-get-async-local-012.log",
  ],
  [["check:remote", ...STANZA, "--log-level-file=info"], "/l/a-check-remote-000.log"],
  [["info", "--no-config", "--log-path=/l"], undefined],
  [["version"], undefined],
];

for (const [argv, want] of PATHS) {
  Deno.test(`log file of: ${argv.join(" ")}`, () => assertEquals(logFilePath(load(argv).configuration), want));
}

Deno.test("the level of the configuration does not make quiet commands write a file", () => {
  const { configuration } = load(["info"], { env: { PGBACKREST_LOG_LEVEL_FILE: "debug" } });
  assertEquals(logFilePath(configuration), undefined);
});

Deno.test("each process begins its part of a log file with a header, once it has something to say", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.log`;
  const header = "-------------------PROCESS START-------------------\n";
  try {
    for (const lines of [["one\n", "two\n"], [], ["three\n"]]) {
      using file = openLogFile(path);
      for (const line of lines) file.write(line);
    }
    assertEquals(await Deno.readTextFile(path), `${header}one\ntwo\n\n${header}three\n`);
    assertEquals((await Deno.stat(path)).mode! & 0o137, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
