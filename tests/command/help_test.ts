import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Invocation } from "../../src/cli/invocation.ts";
import { run } from "../../src/command/help.ts";
import { BackRestError } from "../../src/error.ts";
import { load } from "../config/loading.ts";

async function printed(argv: string[]): Promise<string> {
  let text = "";
  const invocation = { configuration: load(argv).configuration, output: (piece: string) => void (text += piece) };
  const code = await Promise.resolve().then(() => run(invocation as unknown as Invocation));
  assertEquals(code, 0);
  return text;
}

const TITLES: [string[], RegExp][] = [
  [[], /^pg_backrest \S+ - General help\n/],
  [["help"], /^pg_backrest \S+ - General help\n/],
  [["help", "help"], /^pg_backrest \S+ - 'help' command help\n/],
  [["help", "back"], /^pg_backrest \S+ - 'backup' command help\n/],
  [["help", "backup", "type"], / - 'backup' command - 'type' option help\n/],
  [["help", "backup", "repo-path"], / - 'backup' command - 'repo-path' option help\n/],
  [["help", "backup", "repo3-path"], / - 'backup' command - 'repo-path' option help\n/],
  [["help", "backup", "db-path"], / - 'backup' command - 'pg-path' option help\n/],
  [["help", "backup", "job-retry"], / - 'backup' command - 'job-retry' option help\n/],
];

for (const [argv, title] of TITLES) {
  Deno.test(`help: ${argv.join(" ") || "without words"}`, async () => assert(title.test(await printed(argv))));
}

const ERRORS: [string[], number, string, string | undefined][] = [
  [["help", "backup", "foo"], 31, "option 'foo' is not valid for command 'backup'", undefined],
  [["help", "backup", "tpye"], 31, "option 'tpye' is not valid for command 'backup'", "did you mean 'type'?"],
  [
    ["help", "backup", "repo-pat"],
    31,
    "option 'repo-pat' is not valid for command 'backup'",
    "did you mean 'repo-path'?",
  ],
  [["help", "backup", "set"], 31, "option 'set' is not valid for command 'backup'", undefined],
  [["help", "backup", "help"], 31, "option 'help' is not valid for command 'backup'", undefined],
  [["help", "backup", "type", "set"], 96, "only one option allowed for option help", undefined],
];

for (const [argv, code, message, hint] of ERRORS) {
  Deno.test(`help error: ${argv.join(" ")}`, async () => {
    const error = await assertRejects(() => printed(argv), BackRestError);
    assertEquals([error.code, error.message], [code, message]);
    if (hint !== undefined) assertEquals(error.hint, hint);
  });
}
