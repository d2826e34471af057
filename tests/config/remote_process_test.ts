import { assertEquals } from "@std/assert";
import { remoteProcess } from "../../src/config/remote_process.ts";
import { load } from "./loading.ts";

const REPO = "[global]\nrepo1-path=/r1\nrepo2-host=backup\n[a]\npg1-path=/one\n";

function processOf(text: string, argv: string[] = [], serves: "repo" | "pg" = "repo", key = 2) {
  const { configuration } = load(["check", "--stanza=a", ...argv], {
    files: { "/etc/pgbackrest.conf": text },
    run: { execId: "1-00000001" },
  });
  return remoteProcess(configuration, { serves, key, process: 0 }, { interactive: false });
}

/** What differs from one set of options to another: the program, what stands behind the options of ssh, the command. */
function shape(found: ReturnType<typeof processOf>): { program: string; ssh: string[]; command: string } {
  const { program, args } = found!;
  const command = args.at(-1)!;
  return { program, ssh: args.slice(args.indexOf("ServerAliveCountMax=4") + 1, -1), command };
}

const WORDS = "--exec-id=1-00000001 --log-level-console=off --log-level-file=off --log-level-stderr=error --process=0";

Deno.test("what is on this host needs no process", () => {
  assertEquals(processOf(REPO, [], "repo", 1), undefined);
  assertEquals(processOf(REPO, [], "pg", 1), undefined);
});

Deno.test("a repository is served by user pgbackrest, with the program as it is called here", () => {
  assertEquals(shape(processOf(REPO)), {
    program: "ssh",
    ssh: ["--", "pgbackrest@backup"],
    command: `/usr/bin/pg_backrest ${WORDS} --remote-type=repo --repo=2 --stanza=a check:remote`,
  });
});

Deno.test("a cluster is served by user postgres, as the first one of its host", () => {
  const text = "[a]\npg1-path=/one\npg2-path=/two dirs\npg2-host=db2\npg2-port=5433\n";
  assertEquals(shape(processOf(text, [], "pg")), {
    program: "ssh",
    ssh: ["--", "postgres@db2"],
    command: `/usr/bin/pg_backrest ${WORDS.replace("--process", "'--pg1-path=/two dirs' --pg1-port=5433 --process")} ` +
      "--remote-type=pg --stanza=a check:remote",
  });
});

for (
  const { name, options, want } of [
    { name: "port", options: "repo2-host-port=2222", want: { ssh: ["-p", "2222", "--", "pgbackrest@backup"] } },
    { name: "user", options: "repo2-host-user=o'neil", want: { ssh: ["--", "o'neil@backup"] } },
    {
      name: "an address of IPv6",
      options: "repo2-host=fe80::1%eth0",
      want: { ssh: ["--", "pgbackrest@fe80::1%eth0"] },
    },
    { name: "another ssh", options: "cmd-ssh=/opt/my ssh/ssh", want: { program: "/opt/my ssh/ssh" } },
    {
      name: "a program with blanks and quotes in its path",
      options: "repo2-host-cmd=/opt/it's here/pg_backrest",
      want: {
        command: `'/opt/it'\\''s here/pg_backrest' ${WORDS} --remote-type=repo --repo=2 --stanza=a check:remote`,
      },
    },
    {
      name: "what a shell would act upon",
      options: "repo2-path=/x;reboot $(id) `id` | > & * ~ #",
      want: {
        command: `/usr/bin/pg_backrest ${WORDS} --remote-type=repo --repo=2 ` +
          "'--repo2-path=/x;reboot $(id) `id` | > & * ~ #' --stanza=a check:remote",
      },
    },
    {
      name: "configuration of its own",
      options:
        "repo2-host-config=/etc/there.conf\nrepo2-host-config-path=/etc/there\nrepo2-host-config-include-path=/etc/d",
      want: {
        command:
          "/usr/bin/pg_backrest --config=/etc/there.conf --config-include-path=/etc/d --config-path=/etc/there " +
          `${WORDS} --remote-type=repo --repo=2 --stanza=a check:remote`,
      },
    },
  ]
) {
  Deno.test(`the process of a host: ${name}`, () => {
    const text = name.includes("IPv6") ? REPO.replace("repo2-host=backup", options) : `${REPO}[global]\n${options}\n`;
    const found = shape(processOf(text));
    assertEquals(Object.fromEntries(Object.keys(want).map((key) => [key, found[key as keyof typeof found]])), want);
  });
}
