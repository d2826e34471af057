import { assertEquals } from "@std/assert";
import { readQuotedWords, shellQuote } from "../../src/wire/shell.ts";
import { sshArguments, type SshTarget } from "../../src/wire/ssh.ts";

const TARGET: SshTarget = { program: "ssh", host: "db1", user: "postgres", connectTimeout: 60_000, interactive: false };
const OPTIONS = [
  "LogLevel=error",
  "Compression=no",
  "PasswordAuthentication=no",
  "RequestTTY=yes",
  "BatchMode=yes",
  "ConnectTimeout=60",
  "ServerAliveInterval=15",
  "ServerAliveCountMax=4",
].flatMap((option) => ["-o", option]);

for (
  const { name, change, want } of [
    { name: "user", change: {}, want: [...OPTIONS, "--", "postgres@db1", "pg_backrest --stanza=demo"] },
    {
      name: "port",
      change: { port: 2222 },
      want: [...OPTIONS, "-p", "2222", "--", "postgres@db1", "pg_backrest --stanza=demo"],
    },
    {
      name: "IPv6",
      change: { host: "fe80::1%eth0" },
      want: [...OPTIONS, "--", "postgres@fe80::1%eth0", "pg_backrest --stanza=demo"],
    },
    {
      name: "a host that looks like an option",
      change: { host: "-oProxyCommand=touch /tmp/x" },
      want: [...OPTIONS, "--", "postgres@-oProxyCommand=touch /tmp/x", "pg_backrest --stanza=demo"],
    },
  ] as { name: string; change: Partial<SshTarget>; want: string[] }[]
) {
  Deno.test(`arguments of ssh: ${name}`, () => {
    assertEquals(sshArguments({ ...TARGET, ...change }, ["pg_backrest", "--stanza=demo"]), want);
  });
}

Deno.test("a person at a terminal may be asked", () => {
  assertEquals(sshArguments({ ...TARGET, interactive: true }, ["x"]).includes("BatchMode=yes"), false);
});

Deno.test("no word gets out of its quotes", async () => {
  const words = ["a b", "it's", '"$(id)"', "`id`", "\\", "*", "é\n", ";reboot", "", "-x", "~", "#"];
  const line = sshArguments(TARGET, ["printf", "%s\\0", ...words]).at(-1)!;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", line] }).output();
  assertEquals(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
  assertEquals(words.map(shellQuote).every((word) => word.startsWith("'") || word === "-x"), true);
});

Deno.test("quoted words are read back without a shell", () => {
  const words = ["a b", "it's", "'", "''", '"$(id)"', "`id`", "\\", "*", "é\n", ";reboot", "", "-x", "~", "#", "a'b'c"];
  assertEquals(readQuotedWords(words.map(shellQuote).join(" ")), words);
  assertEquals(readQuotedWords(""), []);
});

for (const text of ["a; b", "a  b", "$(x)", "a'b'", "'a", "a\\'b", " a", "a\nb", 'a "b"', "a > b", "a & b", "a\\ b"]) {
  Deno.test(`what a shell would have to look at is no list of words: ${JSON.stringify(text)}`, () => {
    assertEquals(readQuotedWords(text), undefined);
  });
}
