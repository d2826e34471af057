import { createHash } from "node:crypto";
import { assertEquals, assertRejects } from "@std/assert";
import { examine } from "../../../src/command/verify/examine.ts";
import { OpenFile } from "../../../src/command/verify/open_file.ts";
import type { ExpectedContent, StoredCheck } from "../../../src/command/verify/stored_check.ts";
import { BackRestError, fail } from "../../../src/error.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import type { Chunk } from "../../../src/stream/chunk.ts";
import { validPages } from "../../stream/pages.ts";
import { concat, mixture } from "../../stream/samples.ts";
import { DIFF, FULL, makeRepository } from "./made_repository.ts";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");
const PLAIN = mixture(100_000, 7);
const BIG = mixture(3 * 1024 * 1024, 8);

/** Lets a test examine files in a folder of its own. */
async function inFolder(
  test: (parts: {
    root: string;
    look(check: StoredCheck, passphrase?: string): ReturnType<typeof examine>;
  }) => Promise<void>,
  checkCancelled: () => void = () => {},
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "examine-" });
  try {
    const storage = posixStorage(root);
    using files = new OpenFile(storage);
    const services = { signal: new AbortController().signal, checkCancelled, progress: () => {} };
    const tools = { repository: { key: 1, stanza: "demo", storage }, files, services, createHash };
    await test({ root, look: (check, passphrase) => examine(check, { ...tools, passphrase, references: [] }) });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function gzipped(bytes: Chunk): Promise<Chunk> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function stored(bytes: Chunk): StoredCheck["stored"] & object {
  return { size: bytes.length, checksum: sha1(bytes) };
}

function content(bytes: Chunk, more: Partial<ExpectedContent> = {}): ExpectedContent {
  return { compressType: "gz", raw: false, checksum: sha1(bytes), size: bytes.length, ...more };
}

Deno.test("stored bytes are compared with their checksum, of small files and of big ones", async () => {
  await inFolder(async ({ root, look }) => {
    for (const [name, bytes] of [["small", PLAIN], ["big", BIG]] as const) {
      const problems: [string, Chunk, string | undefined][] = [
        ["right", bytes, undefined],
        ["changed", concat(bytes.subarray(0, 500), Uint8Array.of(bytes[500]! ^ 1), bytes.subarray(501)), "checksum"],
        ["cut short", bytes.subarray(0, -1), "checksum"],
        ["longer", concat(bytes, Uint8Array.of(0)), "checksum"],
        ["empty", new Uint8Array(0), "checksum"],
      ];
      for (const [what, found, problem] of problems) {
        await Deno.writeFile(`${root}/f`, found);
        assertEquals((await look({ path: "f", stored: stored(bytes) }))?.problem, problem as never, `${name}: ${what}`);
      }
    }
  });
});

Deno.test("of bytes without a checksum the size has to be right", async () => {
  await inFolder(async ({ root, look }) => {
    await Deno.writeFile(`${root}/f`, PLAIN);
    assertEquals(await look({ path: "f", stored: { size: PLAIN.length } }), undefined);
    assertEquals(await look({ path: "f", stored: { size: 17 } }), { problem: "size" });
  });
});

Deno.test("files of a bundle are compared range by range, also with other files in between", async () => {
  await inFolder(async ({ root, look }) => {
    const parts = [mixture(1000, 1), mixture(700_000, 2), mixture(5, 3)];
    await Deno.writeFile(`${root}/bundle`, concat(...parts));
    await Deno.writeFile(`${root}/f`, PLAIN);
    for (const at of [2, 0, 1, 0]) {
      const offset = parts.slice(0, at).reduce((sum, part) => sum + part.length, 0);
      const range = { offset, length: parts[at]!.length };
      assertEquals(await look({ path: "bundle", range, stored: stored(parts[at]!) }), undefined, `part ${at}`);
      assertEquals(await look({ path: "bundle", range, stored: stored(parts[(at + 1) % 3]!) }), {
        problem: "checksum",
      });
      if (at === 0) assertEquals(await look({ path: "f", stored: stored(PLAIN) }), undefined);
    }
    await Deno.truncate(`${root}/bundle`, 800_000);
    const range = { offset: 701_000, length: 5 };
    assertEquals(await look({ path: "bundle", range, stored: stored(parts[2]!) }), undefined);
    await Deno.truncate(`${root}/bundle`, 701_003);
    assertEquals(await look({ path: "bundle", range, stored: stored(parts[2]!) }), { problem: "checksum" });
  });
});

Deno.test("content is decoded and compared", async () => {
  await inFolder(async ({ root, look }) => {
    for (const bytes of [PLAIN, BIG, new Uint8Array(0)]) {
      await Deno.writeFile(`${root}/f.gz`, await gzipped(bytes));
      assertEquals(await look({ path: "f.gz", content: content(bytes) }), undefined);
      assertEquals(await look({ path: "f.gz", content: content(bytes, { checksum: sha1(Uint8Array.of(1)) }) }), {
        problem: "checksum",
      });
      assertEquals(await look({ path: "f.gz", content: content(bytes, { size: 5 }) }), { problem: "size" });
    }
  });
});

Deno.test("bytes that cannot be decoded are told by what the decoder says, or that they are not the stored ones", async () => {
  await inFolder(async ({ root, look }) => {
    const packed = await gzipped(PLAIN);
    const damaged = packed.slice();
    damaged[500]! ^= 0xff;
    await Deno.writeFile(`${root}/f.gz`, damaged);
    const found = await look({ path: "f.gz", content: content(PLAIN) });
    assertEquals([found?.problem, found?.error?.code], ["other", 29]);
    assertEquals(await look({ path: "f.gz", stored: stored(packed), content: content(PLAIN) }), {
      problem: "checksum",
    });
    const asStored = await look({ path: "f.gz", stored: stored(damaged), content: content(PLAIN) });
    assertEquals([asStored?.problem, asStored?.error?.code], ["other", 29]);
  });
});

Deno.test("a decoded file that was stored as it is but is not the one of the cluster is wrong", async () => {
  await inFolder(async ({ root, look }) => {
    const packed = await gzipped(PLAIN);
    await Deno.writeFile(`${root}/f.gz`, packed);
    assertEquals(await look({ path: "f.gz", stored: stored(packed), content: content(PLAIN) }), undefined);
    assertEquals(await look({ path: "f.gz", stored: stored(packed), content: content(BIG) }), { problem: "checksum" });
  });
});

Deno.test("what is not there or cannot be read is told as such", async () => {
  await inFolder(async ({ root, look }) => {
    await Deno.mkdir(`${root}/folder`);
    for (const check of [{ stored: stored(PLAIN) }, { content: content(PLAIN) }]) {
      assertEquals(await look({ path: "missing", ...check }), { problem: "missing" });
      assertEquals(await look({ path: "folder/missing", ...check }), { problem: "missing" });
      const folder = await look({ path: "folder", ...check });
      assertEquals([folder?.problem, folder?.error?.code], ["other", 41]);
      const foreign = await look({ path: "b\udc80d", ...check });
      assertEquals([foreign?.problem, foreign?.error?.code], ["other", 41]);
    }
  });
});

Deno.test("bad pages are told, but are no problem of the repository", async () => {
  await inFolder(async ({ root, look }) => {
    const pages = { pageSize: 8192, segment: 0, segmentPages: 131072, headerCheck: true };
    const bytes = validPages(8192, 5);
    await Deno.writeFile(`${root}/f.gz`, await gzipped(bytes));
    assertEquals(await look({ path: "f.gz", content: content(bytes, { pages }) }), undefined);
    bytes[3 * 8192 + 100]! ^= 1;
    await Deno.writeFile(`${root}/f.gz`, await gzipped(bytes));
    assertEquals(await look({ path: "f.gz", content: content(bytes, { pages }) }), {
      pages: { valid: false, aligned: true, bad: [3] },
    });
  });
});

Deno.test("history files have to look like it", async () => {
  await inFolder(async ({ root, look }) => {
    const check = (form: "timelineHistory" | "backupHistory"): StoredCheck => ({
      path: "f",
      content: { compressType: "none", raw: false, form },
    });
    await Deno.writeTextFile(`${root}/f`, "1\t0/3000000\tno recovery target specified\n");
    assertEquals(await look(check("timelineHistory")), undefined);
    assertEquals((await look(check("backupHistory")))?.error?.code, 29);
  });
});

Deno.test("manifests of the history are read to the end, encrypted ones too", async () => {
  for (const encrypted of [false, true]) {
    await inFolder(async ({ root, look }) => {
      await makeRepository(root, { encrypted });
      const passphrase = encrypted ? "backup-pass" : undefined;
      const check = (label: string): StoredCheck => ({
        path: `backup/demo/backup.history/2026/${label}.manifest.gz`,
        content: { compressType: "gz", raw: false, form: "manifest" },
      });
      assertEquals(await look(check(FULL), passphrase), undefined);
      const path = `${root}/${check(DIFF).path}`;
      await Deno.truncate(path, (await Deno.stat(path)).size - 40);
      assertEquals((await look(check(DIFF), passphrase))?.problem, "other");
      if (encrypted) assertEquals((await look(check(FULL), "wrong"))?.error?.code, 95);
    });
  }
});

Deno.test("a run that is cancelled is no damage", async () => {
  const cancelled = () => fail("term", "cancelled");
  await inFolder(async ({ root, look }) => {
    await Deno.writeFile(`${root}/f`, BIG);
    await assertRejects(() => look({ path: "f", stored: stored(BIG) }), BackRestError, "cancelled");
    await assertRejects(() => look({ path: "f", content: content(BIG, { compressType: "none" }) }), BackRestError);
  }, cancelled);
});
