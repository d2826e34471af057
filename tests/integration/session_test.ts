/** How a server is reached: socket, port, user and password are found as libpq finds them. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { databaseUserName } from "../rig/program.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** A stanza whose server asks for a password. */
async function guarded(name: string): Promise<Stanza> {
  const stanza = await makeStanza(name);
  const { postgres, site } = stanza;
  await postgres.sql(
    "set password_encryption = 'scram-sha-256'; create role keeper superuser login password 's3:cret'",
  );
  const lines = `local all ${databaseUserName()} trust\nlocal all keeper scram-sha-256\n`;
  site.write("pg/pg_hba.conf", lines, 0o600);
  await postgres.sql("select pg_reload_conf()");
  return stanza;
}

Deno.test("the password comes from the environment or from a file that nobody else may read", async () => {
  await using stanza = await guarded("password");
  const { site } = stanza;
  site.makeFolder("home", 0o700);
  const check = (env: Record<string, string>) =>
    site.backrest(["check", "--no-archive-check", "--pg1-user=keeper"], { env });
  const line = `${site.path("socket").replaceAll(":", "\\:")}:5432:*:keeper:s3\\:cret\n`;
  const refused = async (env: Record<string, string>) => {
    const ended = await check(env);
    assertEquals(ended.code, 27, ended.stdout);
    assertStringIncludes(ended.stdout, "HINT: put the password into ~/.pgpass");
  };
  await refused({ HOME: site.path("home") });
  site.write("home/.pgpass", line, 0o600);
  assertEquals((await check({ HOME: site.path("home") })).code, 0);
  site.write("home/.pgpass", line, 0o644);
  await refused({ HOME: site.path("home") });
  site.write("passwords", `#\n*:*:*:other:x\n${line}`, 0o600);
  assertEquals((await check({ PGPASSFILE: site.path("passwords"), HOME: site.path("home") })).code, 0);
  assertEquals((await check({ PGPASSWORD: "s3:cret" })).code, 0);
  await refused({ PGPASSWORD: "secret" });
});

Deno.test("a password file that cannot be read does not keep a server from being asked that wants none", async () => {
  await using stanza = await makeStanza("password-file");
  const { site } = stanza;
  site.makeFolder("home", 0o000);
  const ended = await site.backrest(["check", "--no-archive-check"], { env: { HOME: site.path("home") } });
  assertEquals(ended.code, 0, ended.stdout);
});

Deno.test("socket, port and user come from the options, else from the environment, else from the system", async () => {
  await using stanza = await makeStanza("socket", { postgres: { settings: { port: "5499" } }, create: false });
  const { site, postgres } = stanza;
  const create = (args: string[], env: Record<string, string> = {}) =>
    site.backrest(["stanza-create", ...args], { env });
  site.configure({ demo: { "pg1-path": site.path("pg") } });
  const wrong = await create(["--pg1-port=5499"]);
  assertEquals(wrong.code, 56, wrong.stdout);
  assertStringIncludes(wrong.stdout, "/var/run/postgresql/.s.PGSQL.5499");
  const port = await create([], { PGHOST: site.path("socket") });
  assertEquals(port.code, 56, "the port is the option's, as for the peer");
  const nobody = await create(["--pg1-port=5499"], { PGHOST: site.path("socket"), PGUSER: "nobody" });
  assertStringIncludes(nobody.stdout, 'role "nobody" does not exist');
  assertEquals((await create(["--pg1-port=5499"], { PGHOST: site.path("socket") })).code, 0);
  const chosen = await site.backrest(
    [
      "check",
      "--no-archive-check",
      "--pg1-port=5499",
      `--pg1-user=${databaseUserName()}`,
      `--pg1-socket-path=${postgres.socketFolder}`,
    ],
    { env: { PGHOST: "/nowhere", PGUSER: "nobody" } },
  );
  assertEquals(chosen.code, 0, chosen.stdout);
});
