import { assertEquals } from "@std/assert";
import type { OptionTable } from "../../src/config/definition.ts";
import { configuredStanzas } from "../../src/config/load.ts";
import { parseCommandLine } from "../../src/config/command_line.ts";
import { OPTIONS } from "../../src/config/options.ts";
import type { ErrorKind } from "../../src/error.ts";
import { assertFails, load, optionsOf, PROGRAM } from "./loading.ts";

const FILE = "/etc/pgbackrest.conf";

function withFile(text: string, argv: string[] = ["check", "--stanza=a", "--pg1-path=/x"]) {
  return load(argv, { files: { [FILE]: text } });
}

/** Where an option can be given, strongest first; each place gives its own value of io-timeout. */
const PLACES: [string, (value: string) => { argv?: string[]; env?: Record<string, string>; file?: string }][] = [
  ["command line", (value) => ({ argv: [`--io-timeout=${value}`] })],
  ["environment", (value) => ({ env: { PGBACKREST_IO_TIMEOUT: value } })],
  ["[a:check]", (value) => ({ file: `[a:check]\nio-timeout=${value}\n` })],
  ["[a]", (value) => ({ file: `[a]\nio-timeout=${value}\n` })],
  ["[global:check]", (value) => ({ file: `[global:check]\nio-timeout=${value}\n` })],
  ["[global]", (value) => ({ file: `[global]\nio-timeout=${value}\n` })],
];

for (const [rank, [name]] of PLACES.entries()) {
  Deno.test(`precedence: ${name} wins over all that follow it`, () => {
    const given = PLACES.slice(rank).map(([, give], index) => give(`${index + 1}s`));
    const options = optionsOf(
      ["check", "--stanza=a", "--pg1-path=/x", ...given.flatMap(({ argv = [] }) => argv)],
      {
        env: Object.assign({}, ...given.map(({ env = {} }) => env)),
        files: { [FILE]: given.map(({ file = "" }) => file).reverse().join("") },
      },
    );
    assertEquals(options.get("io-timeout"), 1000);
    assertEquals(options.source("io-timeout"), rank === 0 ? "param" : "config");
  });
}

Deno.test("precedence: the default counts when nobody gives an option", () => {
  const options = optionsOf(["check", "--stanza=a", "--pg1-path=/x"]);
  assertEquals([options.get("io-timeout"), options.source("io-timeout")], [60_000, "default"]);
});

Deno.test("precedence: a reset takes environment and files away", () => {
  const around = { env: { PGBACKREST_IO_TIMEOUT: "1s" }, files: { [FILE]: "[global]\nio-timeout=2s" } };
  const options = optionsOf(["check", "--stanza=a", "--pg1-path=/x", "--reset-io-timeout"], around);
  assertEquals([options.get("io-timeout"), options.source("io-timeout")], [60_000, "default"]);
});

Deno.test("precedence: a negation takes environment and files away", () => {
  const around = { env: { PGBACKREST_LOG_TIMESTAMP: "y" }, files: { [FILE]: "[global]\nlog-timestamp=y" } };
  assertEquals(optionsOf(["info", "--no-log-timestamp"], around).get("log-timestamp"), false);
});

Deno.test("precedence is by index: each repository is looked up for itself", () => {
  const { configuration } = withFile(
    "[global]\nrepo1-path=/g1\nrepo2-path=/g2\nrepo3-path=/g3\n[a]\nrepo2-path=/a2\nrepo3-path=/a3\n[a:check]\nrepo3-path=/c3\n",
  );
  const paths = configuration.options.keys("repo").map((key) => configuration.options.get("repo-path", key));
  assertEquals(paths, ["/g1", "/a2", "/c3"]);
});

Deno.test("lists are replaced by a stronger section, not joined", () => {
  const text = "[global]\nexclude=a\nexclude=b\n[a]\nexclude=c\n";
  assertEquals(withFile(text, ["backup", "--stanza=a", "--pg1-path=/x"]).configuration.options.get("exclude"), ["c"]);
});

Deno.test("roles read the sections of their command", () => {
  const { configuration } = withFile("[global:check]\nio-timeout=7s\n[a]\npg1-path=/x", ["check:remote", "--stanza=a"]);
  assertEquals(configuration.options.get("io-timeout"), 7000);
});

Deno.test("without a stanza only the global sections count", () => {
  const { configuration, warnings } = withFile("[a]\nrepo1-path=/a\n[global:info]\nio-timeout=3s\n", ["info"]);
  assertEquals([configuration.options.get("repo-path"), configuration.options.get("io-timeout")], [
    "/var/lib/pgbackrest",
    3000,
  ]);
  assertEquals(warnings, []);
});

Deno.test("sections of other stanzas and other commands are never looked at", () => {
  const text = "[b]\nbogus=1\nrepo-bundle=y\n[a:backup]\nbogus=1\n[global:restore]\nio-timeout=\n";
  assertEquals(withFile(text).warnings, []);
});

const WARNINGS: [string, string][] = [
  ["[global]\nbogus=1", "invalid option 'bogus'"],
  ["[global]\nstanza1=y", "invalid option 'stanza1'\nHINT: did you mean 'stanza'?"],
  ["[global]\n;repo1-path=/x", "invalid option ';repo1-path'\nHINT: did you mean 'repo1-path'?"],
  ["[global]\nbuffer=1MiB", "invalid option 'buffer'"],
  ["[global]\nno-online=1", "negate option 'no-online'"],
  ["[global]\nreset-delta=1", "reset option 'reset-delta'"],
  ["[global]\nstanza=1", "command-line only option 'stanza'"],
  ["[a]\nonline=n", "command-line only option 'online'"],
  ["[global]\npg1-port=1", "stanza-only option 'pg1-port' in global section 'global'"],
  ["[global:check]\npg1-port=1", "stanza-only option 'pg1-port' in global section 'global:check'"],
  ["[global:check]\ndelta=y", "option 'delta' invalid for section 'global:check'"],
  ["[a:check]\ndelta=y", "option 'delta' invalid for section 'a:check'"],
];

for (const [text, warning] of WARNINGS) {
  Deno.test(`configuration file warning: ${warning}`, () => {
    assertEquals(withFile(text).warnings, [`configuration file contains ${warning}`]);
  });
}

Deno.test("an option of another command is ignored in general sections, whatever it holds", () => {
  assertEquals(withFile("[global]\ndelta=x\nexclude=\n[a]\ndelta=x\n").warnings, []);
});

Deno.test("warnings do not depend on the option being given elsewhere", () => {
  const text = "[global]\npg1-path=/y\n";
  assertEquals(withFile(text).warnings, [
    "configuration file contains stanza-only option 'pg1-path' in global section 'global'",
  ]);
});

const ERRORS: [string, ErrorKind, string][] = [
  ["[global]\nrepo-bundle=y", "optionInvalid", "option 'repo-bundle' requires an index"],
  ["[global]\nrepo0-path=/x", "optionInvalid", "option 'repo0-path' key must be greater than zero"],
  ["[global]\nlog1-path=/x", "optionInvalid", "option 'log1-path' cannot have an index"],
  ["[global]\nrepo1-path=", "optionInvalidValue", "section 'global', key 'repo1-path' must have a value"],
  ["[global]\nlog-timestamp=x", "optionInvalidValue", "boolean option 'log-timestamp' must be 'y' or 'n'"],
  ["[global]\nlog-timestamp=true", "optionInvalidValue", "boolean option 'log-timestamp' must be 'y' or 'n'"],
  ["[global]\nrepo1-path=/a\nrepo1-path=/b", "optionInvalid", "option 'repo1-path' cannot be set multiple times"],
  [
    "[global]\nrepo1-path=/a\nrepo-path=/b",
    "optionInvalid",
    "configuration file contains duplicate options ('repo-path', 'repo1-path') in section '[global]'",
  ],
  ["[global]\nrepo1-path=rel", "optionInvalidValue", "'rel' must begin with / for 'repo1-path' option"],
  ["[global]\nlog-level-file=bogus", "optionInvalidValue", "'bogus' is not allowed for 'log-level-file' option"],
];

for (const [text, kind, message] of ERRORS) {
  Deno.test(`configuration file error: ${JSON.stringify(text)}`, () => {
    assertFails(() => withFile(text), kind, message);
  });
}

Deno.test("a value that is weaker than another is not judged", () => {
  assertEquals(withFile("[global]\nio-timeout=bogus\n[a]\nio-timeout=2s").warnings, []);
});

Deno.test("unmet dependencies are no error in files", () => {
  const { configuration } = withFile("[global]\nrepo1-s3-bucket=b\ntcp-keep-alive-count=3\nsck-keep-alive=n\n");
  assertEquals(configuration.options.get("repo-s3-bucket"), undefined);
  assertEquals(configuration.options.get("tcp-keep-alive-count"), undefined);
});

Deno.test("the spool is known without archive-async too, for marks of dropped WAL lie there, but it is not shown", () => {
  const push = ["archive-push", "--stanza=a", "--pg1-path=/x", "x"];
  const { configuration } = withFile("[global]\nspool-path=/fast\n", push);
  assertEquals(configuration.options.get("spool-path"), "/fast");
  assertEquals(configuration.options.source("spool-path"), "default");
  assertEquals(withFile("", push).configuration.options.get("spool-path"), "/var/spool/pgbackrest");
});

Deno.test("secrets are taken from files", () => {
  const { configuration } = withFile("[global]\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=s e\n");
  assertEquals(configuration.options.get("repo-cipher-pass"), "s e");
});

Deno.test("help about a command reads files, general help and version do not", () => {
  assertEquals(withFile("[global]\nbogus=1", ["help", "info"]).warnings.length, 1);
  for (const argv of [["help"], ["version"], [], ["help", "version"]]) {
    assertEquals(withFile("[global\n", argv).warnings, []);
  }
});

Deno.test("stanzas of the files are their sections but global, without commands", () => {
  const from = {
    variables: {},
    reader: {
      file: (path: string) => path === FILE ? "[z]\n[global]\n[b:backup]\n[b]\n[global:x]\n" : undefined,
      folder: () => undefined,
    },
    program: () => PROGRAM,
    warn: () => {},
  };
  assertEquals(configuredStanzas(parseCommandLine(["check"]), from), ["b", "z"]);
});

Deno.test("a configuration can be read for a stanza that was not given", () => {
  const files = { [FILE]: "[global]\nio-timeout=3s\n[a]\npg1-path=/a\n[b]\npg1-path=/b\nio-timeout=4s\n" };
  const { configuration } = load(["check"], { files, run: { stanza: "b", execId: "1-2" } });
  const { options } = configuration;
  assertEquals([options.get("stanza"), options.get("pg-path"), options.get("io-timeout")], ["b", "/b", 4000]);
});

Deno.test("options of ours and of the peer have files of their own", () => {
  const table: OptionTable = {
    ...OPTIONS,
    "own-thing": { section: "global", type: "string", commands: "all", ours: true },
  };
  const { configuration, warnings } = load(["info"], {
    table,
    files: {
      "/etc/pgbackrest.conf": "[global]\nown-thing=x\nio-timeout=1s\n",
      "/etc/pg_backrest.conf": "[global]\nown-thing=y\nio-timeout=2s\n",
    },
  });
  assertEquals(configuration.data.entries.get("own-thing")?.get(0)?.value, "y");
  assertEquals(configuration.options.get("io-timeout"), 1000);
  assertEquals(warnings, [
    "configuration file contains option 'own-thing' that belongs into pg_backrest.conf",
    "configuration file contains pgBackRest's option 'io-timeout' in pg_backrest.conf",
  ]);
});
