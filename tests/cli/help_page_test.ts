import { assert, assertEquals } from "@std/assert";
import { commandHelp, generalHelp, inList, optionHelp, type PageRequest } from "../../src/cli/help_page.ts";
import { COMMAND_NAMES, COMMANDS } from "../../src/config/commands.ts";
import { ERROR_CODES } from "../../src/error.ts";
import { type Around, load } from "../config/loading.ts";

function request(argv: string[], around: Around = {}): PageRequest {
  const { configuration } = load(["help", ...argv], around);
  return {
    title: "pg_backrest 1.2.3",
    program: "pg_backrest",
    command: configuration.topic!.command!,
    resolved: configuration.data,
  };
}

Deno.test("general help lists every command that is not internal", () => {
  const lines = generalHelp({ title: "pg_backrest 1.2.3", program: "pg_backrest" }).split("\n");
  assertEquals(lines.slice(0, 7), [
    "pg_backrest 1.2.3 - General help",
    "",
    "Usage:",
    "    pg_backrest [options] [command]",
    "",
    "Commands:",
    "    annotate        add, change or remove notes kept with a backup",
  ]);
  const listed = lines.filter((line) => /^ {4}[a-z-]+ {2}/.test(line) && !line.includes("|")).map((line) =>
    line.trim().split(" ")[0]
  );
  const shown = COMMAND_NAMES.filter((command) => !COMMANDS[command].internal);
  assertEquals(listed.filter((name) => COMMAND_NAMES.includes(name as never)), shown);
  assertEquals(lines.slice(-2), ["Use 'pg_backrest help [command]' for more information.", ""]);
});

Deno.test("help about a command lists its options by section, with current values and defaults", () => {
  const page = commandHelp(request(["start", "--stanza=demo", "--no-neutral-umask"]));
  assertEquals(page.split("\n").slice(0, 8), [
    "pg_backrest 1.2.3 - 'start' command help",
    "",
    "Let commands run again after stop.",
    "",
    "Takes back the stop command, for one stanza or, without --stanza, for all.",
    "",
    "General Options:",
    "",
  ]);
  const sections = page.split("\n").filter((line) => line.endsWith(" Options:"));
  assertEquals(sections, ["General Options:", "Log Options:"]);
  const flat = page.replaceAll(/\n +/g, " ");
  assert(flat.includes("give files in the repository the same modes whoever writes them [current=n, default=y]"), page);
  assert(flat.includes("name of the stanza [current=demo]"), page);
  assert(!page.includes("--exec-id"), page);
  assert(page.endsWith("\n\nUse 'pg_backrest help start [option]' for more information.\n"), page);
});

Deno.test("sections are sorted, and what a command changes about an option is listed under the command", () => {
  const page = commandHelp(request(["backup"]));
  const sections = page.split("\n").filter((line) => line.endsWith(" Options:"));
  assertEquals(sections, [
    "Command Options:",
    "General Options:",
    "Log Options:",
    "Repository Options:",
    "Stanza Options:",
  ]);
  assert(page.indexOf("  --delta ") < page.indexOf("General Options:"), page);
});

Deno.test("differing values of several repositories are not listed", () => {
  const flat = (words: string[]) => commandHelp(request(["info", ...words])).replaceAll(/\n +/g, " ");
  assert(
    flat(["--repo1-path=/a", "--repo2-path=/b"]).includes(
      "folder of the repository [current=<multi>, default=/var/lib/pgbackrest]",
    ),
  );
  assert(
    flat(["--repo1-type=cifs", "--repo2-type=cifs"]).includes(
      "kind of storage of the repository [current=cifs, default=posix]",
    ),
  );
});

Deno.test("no line of help is longer than the page, no text is missing", () => {
  for (const command of COMMAND_NAMES) {
    const about = request([command]);
    const pages = [commandHelp(about), ...[...about.resolved.entries.keys()].map((name) => optionHelp(name, about))];
    for (const page of pages) {
      for (const line of page.split("\n").slice(1)) assert(line.length <= 80 && line === line.trimEnd(), line);
      assert(!page.includes("undefined"), page);
    }
  }
});

Deno.test("help about an option shows its text, current value, default and old names", () => {
  const page = optionHelp("pg-path", request(["backup", "--pg1-path=/a", "--pg3-path=/b"]));
  assert(
    page.startsWith(
      "pg_backrest 1.2.3 - 'backup' command - 'pg-path' option help\n\nData directory of the cluster.\n\n",
    ),
    page,
  );
  assert(page.endsWith("\n\ncurrent:\n  pg1: /a\n  pg3: /b\n\ndeprecated name: db-path\n"), page);
});

const STATES: [string, string[], Around, string][] = [
  ["type", ["backup"], {}, "\n\ndefault: incr\n"],
  ["type", ["restore", "--type=immediate"], {}, "\n\ncurrent: immediate\ndefault: default\n"],
  ["type", ["info"], {}, "One of full, diff and incr.\n"],
  ["cmd", ["backup"], {}, "\n\ndefault: pg_backrest\n"],
  ["exclude", ["backup", "--exclude=a", "--exclude=b"], {}, "\n\ncurrent: a, b\n"],
  ["config", ["backup", "--no-config"], {}, "\n\ncurrent: n\ndefault: /etc/pgbackrest/pgbackrest.conf\n"],
  ["compress-level", ["backup", "--compress-type=zst"], {}, "\n\ndefault: 3\n"],
  ["repo-path", ["info", "--repo1-path=/a", "--repo4-path=/a"], {}, "\n\ncurrent: /a\ndefault: /var/lib/pgbackrest\n"],
  ["io-timeout", ["info"], { env: { PGBACKREST_IO_TIMEOUT: "90" } }, "\n\ncurrent: 90\ndefault: 1m\n"],
  [
    "repo-cipher-pass",
    ["info"],
    { env: { PGBACKREST_REPO1_CIPHER_PASS: "hush", PGBACKREST_REPO1_CIPHER_TYPE: "aes-256-cbc" } },
    "\n\ncurrent: <redacted>\n",
  ],
  ["repo-storage-ca-file", ["info"], {}, "\n\ndeprecated names: repo-azure-ca-file, repo-s3-ca-file\n"],
  ["job-retry", ["backup"], {}, "\n\nFOR INTERNAL USE ONLY. DO NOT USE IN PRODUCTION.\n\ndefault: 2\n"],
];

for (const [name, argv, around, end] of STATES) {
  Deno.test(`help about ${name} with: ${argv.join(" ")}`, () => {
    const page = optionHelp(name, request(argv, around));
    assert(page.endsWith(end), page);
  });
}

Deno.test("help about help lists every error with its exit status", () => {
  const page = commandHelp(request(["help"]));
  for (const [name, code] of Object.entries(ERROR_CODES)) {
    assert(new RegExp(`(^| )${code}  ${name}( |$)`, "m").test(page), name);
  }
});

Deno.test("what pgBackRest does not have is marked", () => {
  assert(commandHelp(request(["version"])).replaceAll(/\n +/g, " ").includes("made (not in pgBackRest) [default=n]"));
});

Deno.test("in lists sentences begin small unless they begin with a name", () => {
  assertEquals(["Type of it.", "SSH client.", "WAL to keep.", "PostgreSQL first.", "S3 bucket."].map(inList), [
    "type of it",
    "SSH client",
    "WAL to keep",
    "PostgreSQL first",
    "S3 bucket",
  ]);
});
