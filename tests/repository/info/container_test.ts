import { assertEquals, assertRejects } from "@std/assert";
import { BackRestError, type ErrorKind } from "../../../src/error.ts";
import { type InfoDocument, readInfo, splitEntry } from "../../../src/repository/info/container_read.ts";
import { infoBytes, infoPieces, type InfoSections, WRITER } from "../../../src/repository/info/container_write.ts";
import { smallHash, streamHash } from "../../../src/repository/info/text_hash.ts";
import { VERSION } from "../../../src/version.ts";
import { bytesOf, collected, cut, textOf } from "../pieces.ts";

/** The worked example of the format notes. */
const EXAMPLE = `[backrest]
backrest-format=5
backrest-version="9.99"

[db]
db-id=1
db-system-id=7000000000000000001
db-version="15"

[db:history]
1={"db-id":7000000000000000001,"db-version":"15"}

[backrest]
backrest-checksum="c08c701e6d714d92cb3abeedc30ff77d154bb0ef"
`;

const EXAMPLE_SECTIONS: InfoSections = [
  { name: "cipher", entries: [] },
  {
    name: "db",
    entries: [
      { key: "db-id", value: "1" },
      { key: "db-system-id", value: "7000000000000000001" },
      { key: "db-version", value: '"15"' },
    ],
  },
  { name: "db:history", entries: [{ key: "1", value: '{"db-id":7000000000000000001,"db-version":"15"}' }] },
];

Deno.test("an info file is written as the peer writes it, checksum included", async () => {
  for (const hash of [smallHash(), await streamHash()]) {
    assertEquals(textOf(await infoBytes(EXAMPLE_SECTIONS, { hash, writer: "9.99" })), EXAMPLE);
  }
});

Deno.test("an info file names us as its writer", async () => {
  const text = textOf(await infoBytes(EXAMPLE_SECTIONS, { hash: smallHash() }));
  assertEquals(text.split("\n")[2], `backrest-version="pg_backrest ${VERSION}"`);
  assertEquals(WRITER, `pg_backrest ${VERSION}`);
});

Deno.test("an info file is read whatever pieces it comes in", async () => {
  for (const size of [1, 2, 7, 100, 1000]) {
    const document = await read(EXAMPLE, size);
    assertEquals(document.writer, "9.99");
    assertEquals([...document.sections.keys()], ["db", "db:history"]);
    assertEquals(document.sections.get("db"), { "db-id": 1, "db-system-id": 7000000000000000001n, "db-version": "15" });
  }
});

const KEYS = [
  "a=b",
  'a="b"=c',
  "[x]",
  "{",
  "#",
  " blank ",
  "tab\t",
  "back\\slash",
  'quo"te',
  'x={"a":1}y',
  "grün",
  "1",
];

Deno.test("keys come back whatever they look like", async () => {
  const entries = KEYS.toSorted().map((key) => ({ key, value: '{"x":"="}' }));
  const bytes = await infoBytes([{ name: "target:file", entries }], { hash: smallHash() });
  const { sections } = await readInfo([bytes], { file: "x", hash: smallHash() });
  assertEquals(Object.keys(sections.get("target:file")!).toSorted(), KEYS.toSorted());
});

Deno.test("keys need not be UTF-8", async () => {
  const entries = [{ key: Uint8Array.of(0x61, 0xfc), value: "1" }];
  const bytes = await infoBytes([{ name: "x", entries }], { hash: smallHash() });
  assertEquals((await readInfo([bytes], { file: "x", hash: smallHash() })).sections.get("x"), { "a\udcfc": 1 });
});

Deno.test("a key ends at the first equals sign with nothing but JSON behind it", () => {
  assertEquals(splitEntry(bytesOf("a=b=1")), { equals: 3, value: 1 });
  assertEquals(splitEntry(bytesOf("a=1=2")), { equals: 3, value: 2 });
  assertEquals(splitEntry(bytesOf('a="=1"')), { equals: 1, value: "=1" });
});

Deno.test("a large info file is written in pieces and read again", async () => {
  function* entries() {
    for (let at = 0; at < 20000; at++) {
      yield { key: `key${String(at).padStart(8, "0")}`, value: `"${"v".repeat(at % 60)}"` };
    }
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of infoPieces([{ name: "x", entries: entries() }], { hash: await streamHash() })) {
    pieces.push(piece);
  }
  assertEquals(pieces.length > 2, true);
  const { sections } = await readInfo(pieces, { file: "x", hash: smallHash() });
  assertEquals(Object.keys(sections.get("x")!).length, 20000);
});

Deno.test("blank lines, unknown and moved sections do not matter while the checksum is right", async () => {
  const text = "\n\n" + EXAMPLE.replace("[db]\n", "[db]\n\n") + "\n\n";
  assertEquals((await read(text)).sections.get("db")?.["db-id"], 1);
});

Deno.test("a file without a line feed at its end is complete", async () => {
  assertEquals((await read(EXAMPLE.slice(0, -1))).writer, "9.99");
});

const BROKEN: { name: string; text: string; kind: ErrorKind; says: string }[] = [
  { name: "empty", text: "", kind: "checksum", says: "invalid checksum in 'demo.info': none found" },
  { name: "without a checksum", text: EXAMPLE.split("\n\n[backrest]")[0]!, kind: "checksum", says: "none found" },
  {
    name: "with a changed value",
    text: EXAMPLE.replace("db-id=1", "db-id=2"),
    kind: "checksum",
    says: "expected c08c701e6d714d92cb3abeedc30ff77d154bb0ef",
  },
  {
    name: "with a blank in a value",
    text: EXAMPLE.replace("db-id=1", "db-id= 1"),
    kind: "checksum",
    says: "invalid checksum",
  },
  {
    name: "of another format",
    text: EXAMPLE.replace("format=5", "format=6"),
    kind: "format",
    says: "line 2: repository format is 6, expected 5",
  },
  {
    name: "with a line without a value",
    text: EXAMPLE.replace("db-id=1", "db-id"),
    kind: "format",
    says: "line 6: missing '=' in key/value 'db-id'",
  },
  {
    name: "with a value that is no JSON",
    text: EXAMPLE.replace("=1\n", "=x\n"),
    kind: "format",
    says: "line 6: missing '='",
  },
  {
    name: "with a line before any section",
    text: "a=1\n" + EXAMPLE,
    kind: "format",
    says: "line 1: key/value 'a=1' stands before",
  },
  {
    name: "with a section without a name",
    text: EXAMPLE.replace("[db]", "[]"),
    kind: "format",
    says: "line 5: section has no name",
  },
  { name: "with an empty key", text: EXAMPLE.replace("db-id=1", "=1"), kind: "format", says: "key is empty" },
  { name: "of garbage", text: "\u0001\u0002" + "x".repeat(200), kind: "format", says: "'\\x01\\x02xxx" },
];

for (const { name, text, kind, says } of BROKEN) {
  Deno.test(`an info file is refused ${name}`, async () => {
    const error = await assertRejects(() => read(text), BackRestError, says);
    assertEquals(error.kind, kind);
    assertEquals(error.file, "demo.info");
  });
}

Deno.test("an info file cut anywhere is refused", async () => {
  for (let length = 0; length < EXAMPLE.length - 1; length++) {
    const error = await assertRejects(() => read(EXAMPLE.slice(0, length)), BackRestError);
    assertEquals(["checksum", "format"].includes(error.kind), true, `${length}: ${error.message}`);
  }
});

Deno.test("a file without format or version is refused even with a right checksum", async () => {
  for (const key of ["backrest-format=5\n", 'backrest-version="9.99"\n']) {
    const text = EXAMPLE.replace(key, "");
    const found = (await assertRejects(() => read(text), BackRestError)).message.match(/found ([0-9a-f]{40})/)![1]!;
    const error = await assertRejects(
      () => read(text.replace(/[0-9a-f]{40}/, found)),
      BackRestError,
      "has no backrest-",
    );
    assertEquals(error.kind, "format");
  }
});

for (const key of ["a\nb", ""]) {
  Deno.test(`a key that could not be read again is not written: ${JSON.stringify(key)}`, async () => {
    const sections = [{ name: "db", entries: [{ key, value: "1" }] }];
    await assertRejects(() => infoBytes(sections, { hash: smallHash() }), BackRestError, "unable to store");
  });
}

Deno.test("an info file of many pieces is the pieces of one", async () => {
  const bytes = await infoBytes(EXAMPLE_SECTIONS, { hash: smallHash() });
  assertEquals(await collected(infoPieces(EXAMPLE_SECTIONS, { hash: smallHash() })), bytes);
});

function read(text: string, size = 16): Promise<InfoDocument> {
  return readInfo(cut(bytesOf(text), size), { file: "demo.info", hash: smallHash() });
}
