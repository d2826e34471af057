import { assert, assertEquals } from "@std/assert";
import type { Chunk } from "../../src/stream/chunk.ts";
import { deriveBytes } from "../../src/stream/cipher_key.ts";
import { encryptStage } from "../../src/stream/encrypt.ts";
import type { StageSpec } from "../../src/stream/stage.ts";
import { KEY, services } from "./keys.ts";
import { equal } from "./decoder_table.ts";
import { concat, cutRandomly, hex, mixture, text } from "./samples.ts";
import { runBytes, runStream, thrown } from "./run.ts";

const SALT = hex("0001020304050607");

async function encrypt(plain: Chunk, raw: boolean): Promise<Chunk> {
  const stage = encryptStage(text("topsecret"), { raw, salt: SALT });
  const out: Chunk[] = [];
  await stage.push(plain, (chunk) => out.push(chunk));
  await stage.flush((chunk) => out.push(chunk));
  return concat(...out);
}

const read = (raw: boolean): StageSpec[] => [{ stage: "decrypt", key: KEY, raw }];
const write = (raw: boolean): StageSpec[] => [{ stage: "encrypt", key: KEY, raw }];

Deno.test("key and vector are those of OpenSSL", async () => {
  const bytes = await deriveBytes(text("topsecret"), SALT);
  assertEquals(bytes.subarray(0, 32).toHex(), "f1efbda8c41116e72a281192c2ff354ca21700936eca2d4dce9079d54d9fb63f");
  assertEquals(bytes.subarray(32, 48).toHex(), "67bb1bd793a566aff93e570f0aa16175");
});

const VECTORS = [
  { plain: "abc", body: "3fbc5ddddb8ba4edb083a441894a5b62" },
  { plain: "", body: "24379373dd7266772967e1405a33c16f" },
];

for (const { plain, body } of VECTORS) {
  Deno.test(`cipher of ${JSON.stringify(plain)} is the peer's, salted and raw`, async () => {
    assertEquals((await encrypt(text(plain), false)).toHex(), "53616c7465645f5f0001020304050607" + body);
    assertEquals((await encrypt(text(plain), true)).toHex(), "0001020304050607" + body);
    const stored = hex("53616c7465645f5f0001020304050607" + body);
    assertEquals((await runBytes(read(false), stored, services)).bytes, text(plain));
    assertEquals((await runBytes(read(true), stored.slice(8), services)).bytes, text(plain));
  });
}

Deno.test("a file written by `openssl enc -aes-256-cbc -md sha1` is read", async () => {
  const stored = Uint8Array.fromBase64(OPENSSL);
  assertEquals((await runBytes(read(false), stored, services)).bytes, mixture(300, 1));
});

Deno.test("cipher gives back what it was given, whatever size and chunks, in the size it should have", async () => {
  for (const raw of [false, true]) {
    for (const size of [0, 1, 15, 16, 17, 65535, 65536, 262143, 262144, 262145, 262160, 800_000]) {
      const plain = mixture(size, size);
      const stored = (await runStream(write(raw), cutRandomly(plain, { seed: size, max: 400_000 }), services)).bytes;
      assertEquals(stored.length, (raw ? 8 : 16) + (Math.floor(size / 16) + 1) * 16);
      const back = await runStream(read(raw), cutRandomly(stored, { seed: size + 1, max: 300_000 }), services);
      assert(equal(back.bytes, plain), `${size} bytes`);
      assert(equal((await runBytes(read(raw), stored, services)).bytes, plain), `${size} bytes at once`);
    }
  }
});

Deno.test("two files of the same content differ", async () => {
  const [a, b] = await Promise.all([1, 2].map(() => runBytes(write(false), text("abc"), services)));
  assert(!equal(a!.bytes, b!.bytes));
});

Deno.test("cipher cut at any byte is an error", async () => {
  const stored = await encrypt(mixture(100, 2), false);
  for (let cut = 0; cut < stored.length; cut++) {
    const message = await thrown(() => runBytes(read(false), stored.slice(0, cut), services));
    const want = cut < 16
      ? "95 cipher header missing"
      : cut % 16 !== 0 || cut === 16
      ? `95 unable to decrypt: data ends at offset ${cut} inside a cipher block`
      : "95 unable to decrypt: the passphrase is wrong or the data is damaged";
    assertEquals(message, want);
  }
});

Deno.test("the wrong passphrase and a file that is not encrypted are errors", async () => {
  const stored = await encrypt(mixture(100, 3), false);
  const wrong = { key: () => text("topsecrets") };
  assertEquals(
    await thrown(() => runBytes(read(false), stored, wrong)),
    "95 unable to decrypt: the passphrase is wrong or the data is damaged",
  );
  assertEquals(await thrown(() => runBytes(read(false), mixture(100, 4), services)), "95 cipher header invalid");
  assertEquals(await thrown(() => runBytes(read(false), new Uint8Array(0), services)), "95 cipher header missing");
});

/** mixture(300, 1) encrypted by OpenSSL 3.0 with the passphrase `topsecret`. */
const OPENSSL =
  "U2FsdGVkX19xlFVyTLcA2k0kM4XoaJE/VeZS1mo6/xqb76qF9s4/sp+4rCCaan04t8H+m3neWxWDeLbTJbR2iYNlMPEQxlxCIp0mCq/k+tmOcb8Rst3/ufnjAjgTyNWxKFYa6jvoB8TFQKGXmqnEYJvnoLxGvW1YQbat1Bc8llOlld2dlKTcCjPgAqOpp/3jlrjD2zGKqrd1A9yYTuqTkXF0Fhb7MrAlmOrkOZtUkrCFJg/Ku93KHI96U0iHfFf5HsUj3iPHzKlIyKAumSr4YWJlndRoxb7XDy87W23EbYp3YhjqM0KvyuyTH2wAexBj5dHOVXtTBSjQfG83hTMn0VDv+EaSxVOBWHQ3zg8H7J8ReVRyDMLjIeOazIRmPChb6A7dSwfUQfI4/7OU/XUZk+AcV6OjpR0oDEGMksS7p8A=";
