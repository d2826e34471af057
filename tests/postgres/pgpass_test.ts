import { assertEquals } from "@std/assert";
import { findPassword } from "../../src/postgres/pgpass.ts";

const QUESTION = { host: "/var/run/postgresql", port: 5432, database: "postgres", user: "backup" };

for (
  const { name, text, want, change } of [
    { name: "exact line", text: "/var/run/postgresql:5432:postgres:backup:secret", want: "secret" },
    { name: "localhost stands for the default socket", text: "localhost:*:*:*:secret", want: "secret" },
    { name: "but not for another socket", text: "localhost:*:*:*:secret", want: undefined, change: { host: "/tmp" } },
    { name: "first match wins", text: "*:*:*:other:a\n*:*:*:backup:b\n*:*:*:*:c", want: "b" },
    { name: "comments and broken lines are passed over", text: "#*:*:*:*:a\n*:*:*\n\n*:*:*:*:b", want: "b" },
    { name: "escapes and colons in the password", text: "*:*:*:*:a\\:b\\\\c:d", want: "a:b\\c:d" },
    { name: "escaped colon in a field", text: "*:*:*:back\\:up:x", want: "x", change: { user: "back:up" } },
    { name: "wrong port", text: "*:5433:*:*:x", want: undefined },
  ]
) {
  Deno.test(`password file: ${name}`, () => assertEquals(findPassword(text, { ...QUESTION, ...change }), want));
}
