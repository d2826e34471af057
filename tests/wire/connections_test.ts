import { assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import type { Connection } from "../../src/wire/connect.ts";
import { Connections, type Opening } from "../../src/wire/connections.ts";

function connection(name: string, closed: string[], lost?: { broken?: BackRestError }): Connection {
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
    onLost: undefined,
    get broken() {
      return lost?.broken;
    },
    call: () => Promise.reject(new Error("not asked for here")),
    [Symbol.asyncDispose]: () => Promise.resolve(void closed.push(name)),
  };
}

function opening(open: () => Promise<Connection>, replaceable = true): Opening {
  return { open, replaceable };
}

Deno.test("a connection is opened once and closed with the others, the last one first", async () => {
  const closed: string[] = [];
  let opened = 0;
  {
    await using connections = new Connections(0);
    const open = (name: string) =>
      opening(() => {
        opened++;
        return Promise.resolve(connection(name, closed));
      });
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
  await assertRejects(
    () => connections.get("repo1", opening(() => Promise.reject(new Error("refused")))),
    Error,
    "refused",
  );
  assertEquals(
    (await connections.get("repo1", opening(() => Promise.resolve(connection("db1", closed))))).greeting.host,
    "db1",
  );
});

Deno.test("a lost connection is replaced, unless it held a lock", async () => {
  const closed: string[] = [];
  await using connections = new Connections(0);
  const state: { broken?: BackRestError } = {};
  let opened = 0;
  const open = (replaceable: boolean) =>
    opening(() => Promise.resolve(connection(`${++opened}`, closed, opened === 1 ? state : {})), replaceable);
  await connections.get("repo1", open(false));
  state.broken = new BackRestError("protocol", "it ended");
  assertEquals((await connections.get("repo1", open(false))).greeting.host, "1");
  const [one, two] = await Promise.all([connections.get("repo1", open(true)), connections.get("repo1", open(true))]);
  assertEquals([one.greeting.host, two.greeting.host, opened, closed], ["2", "2", 2, ["1"]]);
});

Deno.test("when all is closed what is being opened is given up, and nothing is opened any more", async () => {
  const connections = new Connections(0);
  const hanging = connections.get("repo1", {
    open: (ended) => new Promise((_, reject) => ended.addEventListener("abort", () => reject(ended.reason))),
    replaceable: true,
  });
  const given = assertRejects(() => hanging, BackRestError, "are closed");
  await connections[Symbol.asyncDispose]();
  await given;
  const late = opening(() => Promise.resolve(connection("late", [])));
  await assertRejects(() => connections.get("repo1", late), BackRestError, "are closed");
});

Deno.test("workers connect one after the other", async () => {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const closed: string[] = [];
  let atOnce = 0;
  let most = 0;
  const open = async () => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce--;
    return connection("db1", closed);
  };
  await using stack = new AsyncDisposableStack();
  const workers = [1, 2, 3, 4].map((number) => stack.use(new Connections(number, gate)));
  await Promise.all(workers.map((worker) => worker.get("repo1", opening(open))));
  assertEquals([most, gate[0]], [1, 0]);
});
