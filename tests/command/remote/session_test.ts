import { assertEquals, assertRejects } from "@std/assert";
import type { ClusterHost, FoundServer } from "../../../src/command/cluster/host.ts";
import { ServedSession } from "../../../src/command/remote/session.ts";

/** A session that is open, how its server is lost and how the other side ends, and the watch that the other side has set. */
async function watched() {
  const [lost, ended] = [new AbortController(), new AbortController()];
  const cluster = { settings: {}, lost: lost.signal, [Symbol.asyncDispose]: () => Promise.resolve() };
  const host = { connect: () => Promise.resolve({ cluster, isConfigured: true } as unknown as FoundServer) };
  const session = new ServedSession(host as ClusterHost, ended.signal);
  const call = async (name: string) => await session.methods()[name]!(null, new Uint8Array(0));
  await call("db.open");
  return { lost, ended, call, watch: call("db.watch") };
}

// A watch that went on would keep the process of the remote until its grace is over, and with it the whole command.
Deno.test("the watch over a session ends with the session and with the other side", async () => {
  const closed = await watched();
  await closed.call("db.close");
  assertEquals(await closed.watch, undefined);
  const left = await watched();
  left.ended.abort();
  assertEquals(await left.watch, undefined);
});

Deno.test("the watch over a session tells why the server ended it", async () => {
  const { lost, watch } = await watched();
  lost.abort(new Error("terminated by the administrator"));
  await assertRejects(() => watch, Error, "terminated by the administrator");
});
