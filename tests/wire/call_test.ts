import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { type Caller, type Duplex, openCaller } from "../../src/wire/call.ts";
import { type Method, serve, WithBytes } from "../../src/wire/serve.ts";

/** Two ends of a connection in memory. */
function pair(): [Duplex, Duplex] {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}

async function connected(
  methods: Record<string, Method>,
  body: (caller: Caller) => Promise<void>,
  { timeout = 10_000 } = {},
): Promise<void> {
  const [near, far] = pair();
  const serving = serve(far, methods, { timeout: 10_000, onEnd: () => {} });
  {
    await using caller = openCaller(near, new Uint8Array(0), { host: "db1", timeout, complaints: () => "" });
    await body(caller);
  }
  await serving;
}

async function errorOf(promise: Promise<unknown>): Promise<BackRestError> {
  return await assertRejects(() => promise, BackRestError);
}

Deno.test("calls carry parameters and bytes both ways", async () => {
  await connected({
    double: (params, bytes) => new WithBytes((params as number) * 2, bytes.map((byte) => byte * 2)),
    nothing: () => undefined,
  }, async (caller) => {
    const { result, bytes } = await caller.call("double", 21, new Uint8Array([1, 2]));
    assertEquals([result, [...bytes]], [42, [2, 4]]);
    assertEquals((await caller.call("nothing", null)).result, null);
  });
});

Deno.test("many calls are under way at once and get their own answers", async () => {
  const waiting: (() => void)[] = [];
  await connected({
    last: (params) => new Promise((resolve) => waiting.unshift(() => resolve(params))),
    go: () => waiting.splice(0).forEach((resolve) => resolve()),
  }, async (caller) => {
    const calls = [1, 2, 3].map((n) => caller.call("last", n));
    await caller.call("go", null);
    assertEquals((await Promise.all(calls)).map(({ result }) => result), [1, 2, 3]);
  });
});

Deno.test("frames of big calls do not mix", async () => {
  await connected({ size: (_params, bytes) => bytes.length }, async (caller) => {
    const sizes = [1_000_000, 1, 2_000_000, 3];
    const answers = await Promise.all(sizes.map((size) => caller.call("size", null, new Uint8Array(size))));
    assertEquals(answers.map(({ result }) => result), sizes);
  });
});

Deno.test("an error arrives with code, message, hint and host", async () => {
  await connected({
    fail: () => {
      throw new BackRestError("fileMissing", "it is gone", { hint: "look elsewhere" });
    },
  }, async (caller) => {
    const error = await errorOf(caller.call("fail", null));
    assertEquals([error.code, error.message, error.hint, error.host], [55, "it is gone", "look elsewhere", "db1"]);
  });
});

Deno.test("what is not in the table is not done", async () => {
  await connected({}, async (caller) => {
    for (const method of ["anything", "constructor", "__proto__", "toString"]) {
      assertEquals((await errorOf(caller.call(method, null))).code, 39);
    }
  });
});

Deno.test("a side that does not answer is given up after the timeout", async () => {
  let resolve = () => {};
  await connected({ hang: () => new Promise<void>((done) => resolve = done) }, async (caller) => {
    const error = await errorOf(caller.call("hang", null));
    assertEquals([error.code, error.retry], [39, true]);
    assertStringIncludes(error.message, "no answer and no sign of life from host 'db1' to 'hang' for 50ms");
    resolve();
  }, { timeout: 50 });
});

Deno.test("a connection that is cut ends every call with what the other side said last", async () => {
  const [near, far] = pair();
  await using caller = openCaller(near, new Uint8Array(0), {
    host: "db1",
    timeout: 10_000,
    complaints: () => "killed\n",
  });
  const call = caller.call("x", null);
  const reader = far.readable.getReader();
  await reader.read();
  await far.writable.close();
  const error = await errorOf(call);
  assertEquals([error.code, error.message], [39, "connection to host 'db1' ended:\nkilled"]);
  assertEquals((await errorOf(caller.call("y", null))).code, 39);
  await reader.cancel();
});

Deno.test("garbage instead of an answer is error 39", async () => {
  const [near, far] = pair();
  await using caller = openCaller(near, new Uint8Array(0), { host: "db1", timeout: 10_000, complaints: () => "" });
  const call = caller.call("x", null);
  const reader = far.readable.getReader();
  await reader.read();
  const writer = far.writable.getWriter();
  await writer.write(new TextEncoder().encode("Segmentation fault\n"));
  assertEquals((await errorOf(call)).code, 39);
  await Promise.all([writer.close(), reader.cancel()]);
});
