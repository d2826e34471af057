import { assert, assertEquals } from "@std/assert";
import { WasmPool } from "../../src/stream/wasm_pool.ts";
import { MODULE } from "../../src/stream/wasm/page_checksum.ts";

const FOLDER = new URL("../../src/stream/wasm/", import.meta.url);

Deno.test("every compiled module is up to date with the sources (else run scripts/wasm.ts)", async () => {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  const sources = names.filter((name) => name.endsWith(".as"));
  const text = sources.map((name) => Deno.readTextFileSync(new URL(name, FOLDER))).join("");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
  const modules = names.filter((name) => name.endsWith(".ts"));
  assert(modules.length > 0);
  for (const name of modules) {
    const { SOURCE_HASH } = await import(new URL(name, FOLDER).href);
    assertEquals(SOURCE_HASH, hash, name);
  }
});

Deno.test("modules import nothing and bring their own memory", async () => {
  for (const { name } of Deno.readDirSync(FOLDER)) {
    if (!name.endsWith(".ts")) continue;
    const { MODULE: base64 } = await import(new URL(name, FOLDER).href);
    const module = new WebAssembly.Module(Uint8Array.fromBase64(base64));
    assertEquals(WebAssembly.Module.imports(module), [], name);
    assert(WebAssembly.Module.exports(module).some((part) => part.name === "memory"), name);
  }
});

Deno.test("an instance given back is used again, one that is in use is not", () => {
  const pool = new WasmPool<object>(MODULE);
  const first = pool.take();
  const second = pool.take();
  assert(first !== second);
  pool.give(first);
  assert(pool.take() === first);
});
