import { assertEquals, assertRejects } from "@std/assert";
import type { Connection } from "../../src/wire/connect.ts";
import { Connections } from "../../src/wire/connections.ts";

function connection(name: string, closed: string[]): Connection {
  return {
    greeting: {
      name: "pg_backrest",
      version: "1",
      protocol: { min: 1, max: 1 },
      stages: [],
      role: "",
      host: name,
      execId: "",
    },
    call: () => Promise.reject(new Error("not asked for here")),
    [Symbol.asyncDispose]: () => Promise.resolve(void closed.push(name)),
  };
}

Deno.test("a connection is opened once and closed with the others, the last one first", async () => {
  const closed: string[] = [];
  let opened = 0;
  {
    await using connections = new Connections(0);
    const open = (name: string) => () => {
      opened++;
      return Promise.resolve(connection(name, closed));
    };
    const first = await connections.get("repo1", open("repo1"));
    assertEquals(await connections.get("repo1", open("repo1")), first);
    await connections.get("pg1", open("pg1"));
    assertEquals([opened, closed], [2, []]);
  }
  assertEquals(closed, ["pg1", "repo1"]);
});

Deno.test("a connection that could not be opened is tried again when it is wanted again", async () => {
  const closed: string[] = [];
  await using connections = new Connections(0);
  await assertRejects(() => connections.get("repo1", () => Promise.reject(new Error("refused"))), Error, "refused");
  assertEquals((await connections.get("repo1", () => Promise.resolve(connection("db1", closed)))).greeting.host, "db1");
});
