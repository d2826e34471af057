import { assertEquals } from "@std/assert";
import { describeRun } from "../../src/config/option_words.ts";
import { load } from "./loading.ts";

function described(argv: string[], env: Record<string, string> = {}, text = ""): string {
  const files = { "/etc/pgbackrest.conf": text };
  return describeRun(load(argv, { env, files, run: { execId: "1-00000001" } }).configuration);
}

Deno.test("the begin line shows what was given, alphabetically and by index", () => {
  const argv = [
    "check",
    "--stanza=a",
    "--repo10-path=/ten",
    "--repo2-path=/two",
    "--pg1-path=/x/",
    "--no-log-timestamp",
  ];
  assertEquals(
    described(argv, { PGBACKREST_BUFFER_SIZE: "64k" }, "[global]\ndb-timeout=99\n"),
    ": --buffer-size=64k --db-timeout=99 --exec-id=1-00000001 --no-log-timestamp --pg1-path=/x/ --repo2-path=/two " +
      "--repo10-path=/ten --stanza=a",
  );
});

Deno.test("the begin line shows negated, reset, repeated and quoted options", () => {
  const argv = [
    "restore",
    "--no-config",
    "--stanza=a",
    "--pg1-path=/my data",
    "--reset-delta",
    "--link-map=a=b",
    "--link-map=c=d e",
  ];
  assertEquals(
    described([...argv, "--db-include=x", "--force"]),
    ': --no-config --db-include=x --reset-delta --exec-id=1-00000001 --force --link-map=a=b --link-map="c=d e" ' +
      '--pg1-path="/my data" --stanza=a',
  );
});

Deno.test("the begin line shows the arguments first", () => {
  const argv = ["archive-get", "--no-config", "--stanza=a", "--pg1-path=/x", "w", "to here"];
  assertEquals(described(argv), ': [w, "to here"] --no-config --exec-id=1-00000001 --pg1-path=/x --stanza=a');
});

Deno.test("the begin line never shows a secret", () => {
  const text = "[global]\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=hush\n";
  assertEquals(
    described(["info", "--reset-repo2-path"], {
      PGBACKREST_REPO3_CIPHER_PASS: "hush2",
      PGBACKREST_REPO3_CIPHER_TYPE: "aes-256-cbc",
    }, text),
    ": --exec-id=1-00000001 --repo1-cipher-pass=<redacted> --repo3-cipher-pass=<redacted> --repo1-cipher-type=aes-256-cbc " +
      "--repo3-cipher-type=aes-256-cbc",
  );
});

Deno.test("an option that was dropped because its dependency is unmet is not shown", () => {
  assertEquals(described(["info"], {}, "[global]\nrepo1-s3-bucket=b\n"), ": --exec-id=1-00000001");
});
