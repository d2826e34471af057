import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { newBackupInfo, readBackupInfo } from "../../../src/repository/info/backup_info.ts";
import { formatBackupInfo } from "../../../src/repository/info/backup_info.ts";
import { keyLinesStage } from "../../../src/repository/info/key_lines.ts";
import { smallHash } from "../../../src/repository/info/text_hash.ts";
import { type Chunk, joinChunks } from "../../../src/stream/chunk.ts";

const CLUSTER = { systemId: 7710902338970540482n, version: "15", catalogVersion: 202209061, controlVersion: 1300 };
const INFO = await formatBackupInfo(newBackupInfo(CLUSTER, { cipherPass: "the secret" }));

/** What a stage makes of bytes that come in pieces of a size, and what it gave out before the last of them. */
async function exchanged(
  bytes: Chunk,
  { size = 1000, whole = true, replace = () => "a name" }: {
    size?: number;
    whole?: boolean;
    replace?: (text: string) => string;
  } = {},
): Promise<{ bytes: Chunk; early: number }> {
  const out: Chunk[] = [];
  const stage = keyLinesStage({ file: "backup.info", replace, hash: smallHash, whole });
  for (let at = 0; at < bytes.length; at += size) {
    await stage.push(bytes.slice(at, at + size), (chunk) => void out.push(chunk));
  }
  const early = out.length;
  await stage.flush((chunk) => void out.push(chunk));
  return { bytes: joinChunks(out), early };
}

const text = (bytes: Chunk) => new TextDecoder().decode(bytes);

for (const size of [1, 7, 100_000]) {
  Deno.test(`a key is exchanged and the checksum fits again, in pieces of ${size}`, async () => {
    const { bytes } = await exchanged(INFO, { size });
    assertStringIncludes(text(bytes), 'cipher-pass="a name"\n');
    assertEquals((await readBackupInfo([bytes], { file: "x" })).cipherPass, "a name");
    const { bytes: back } = await exchanged(bytes, { size, replace: () => "the secret" });
    assertEquals(text(back), text(INFO));
  });
}

Deno.test("nothing is given out of a file that must be whole before it is proven", async () => {
  assertEquals((await exchanged(INFO)).early, 0);
  const changed = new TextEncoder().encode(text(INFO).replace('db-version="15"', 'db-version="16"'));
  assertEquals((await assertRejects(() => exchanged(changed), BackRestError)).kind, "checksum");
  const cut = INFO.slice(0, text(INFO).lastIndexOf("\n[backrest]"));
  assertEquals((await assertRejects(() => exchanged(cut), BackRestError)).kind, "checksum");
});

Deno.test("a key under another name, or none that is a text, is not let through", async () => {
  for (const line of ['cipher-pass2="x"', "cipher-pass=1"]) {
    const other = new TextEncoder().encode(text(INFO).replace('cipher-pass="the secret"', line));
    assertEquals((await assertRejects(() => exchanged(other), BackRestError)).kind, "format");
  }
});

Deno.test("a file without keys goes through as it is", async () => {
  const plain = await formatBackupInfo(newBackupInfo(CLUSTER, {}));
  assertEquals(text((await exchanged(plain)).bytes), text(plain));
});
