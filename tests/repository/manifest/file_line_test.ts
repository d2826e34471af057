import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { FileLineReader } from "../../../src/repository/manifest/file_line_read.ts";
import { KnownFileShape } from "../../../src/repository/manifest/file_line_shape.ts";
import { formatFileValue } from "../../../src/repository/manifest/file_line_write.ts";
import { checkFileName } from "../../../src/repository/manifest/file_name.ts";
import { encodeRaw } from "../../../src/repository/raw_text.ts";
import { goldenLabels, goldenManifest } from "../golden.ts";
import { bytesOf, textOf } from "../pieces.ts";
import { SHA1 } from "./made_manifest.ts";

const DEFAULTS = { user: "postgres", group: "postgres", mode: 0o600 };

const SHAPES: { name: string; value: string }[] = [
  { name: "what must be", value: '{"size":1,"timestamp":2}' },
  {
    name: "a bundled file",
    value: `{"bni":1,"bno":7,"checksum":"${SHA1}","rck":"${SHA1}","repo-size":3,"size":9,"timestamp":2}`,
  },
  { name: "an unknown key", value: '{"abc":[1,{"x":"}"}],"master":true,"size":1,"timestamp":2}' },
  { name: "blanks", value: ' { "size" : 1 , "timestamp" : 2 } ' },
  { name: "keys in another order", value: '{"timestamp":2,"size":1,"mode":"0644"}' },
  { name: "a key that is there twice", value: '{"size":1,"size":2,"timestamp":2}' },
  { name: "escapes", value: '{"group":"a\\"b","size":1,"timestamp":2,"user":"\\\\"}' },
  { name: "a block size without a bundle", value: '{"bi":1,"size":1,"timestamp":2}' },
  { name: "an offset without a bundle", value: '{"bno":1,"size":1,"timestamp":2}' },
  { name: "a map without blocks", value: '{"bim":1,"size":1,"timestamp":2}' },
  { name: "a time before 1970", value: '{"size":1,"timestamp":-2}' },
  { name: "owners without names", value: '{"group":false,"size":1,"timestamp":2,"user":false}' },
  { name: "bad pages", value: '{"checksum-page":false,"checksum-page-error":[1,[3,5]],"size":1,"timestamp":2}' },
  { name: "a size of sixteen digits", value: '{"size":1234567890123456,"timestamp":2}' },
];

for (const { name, value } of SHAPES) {
  Deno.test(`the fast reader of files gives what the general one gives, or nothing: ${name}`, () => {
    const general = new FileLineReader().read(bytesOf(`pg_data/x= ${value}`)).data;
    const fast = new KnownFileShape().read(bytesOf(value), 1);
    if (fast !== undefined) assertEquals(fast, general);
    assertEquals(new FileLineReader().read(bytesOf(`pg_data/x=${value}`)).data, general);
  });
}

Deno.test("the fast reader reads nearly every file of a real manifest", async () => {
  const text = textOf(await goldenManifest("zst-block", goldenLabels("zst-block").at(-1)!));
  const lines = text.split("\n").filter((line) => /^pg_(data|tblspc)\/.*"size"/.test(line));
  const fast = lines.filter((line) => new KnownFileShape().read(bytesOf(line), line.indexOf("=") + 2) !== undefined);
  assertEquals(lines.length, 971);
  assertEquals(fast.length, 971);
});

Deno.test("the fast reader survives lines cut anywhere", () => {
  const line = bytesOf(
    `{"bi":1,"bni":1,"checksum":"${SHA1}","checksum-page":true,"mode":"0600","reference":"20261122-083310F","size":1,"timestamp":2,"user":"x"}`,
  );
  for (let length = 1; length < line.length; length++) {
    assertEquals(new KnownFileShape().read(line.subarray(0, length), 1), undefined);
  }
});

for (const name of ["a=b", "=", "a={", 'x="1"', '{"size":1,"timestamp":2}=y', "[x]", " ", "grün", "\udcfc"]) {
  Deno.test(`a file is read under a name such as ${JSON.stringify(name)}`, () => {
    const line = encodeRaw(`pg_data/${name}=${formatFileValue({ size: 1, time: 2 }, DEFAULTS)}`);
    const { equals, data } = new FileLineReader().read(line);
    assertEquals(line.subarray(0, equals), encodeRaw(`pg_data/${name}`));
    assertEquals(data, { size: 1, time: 2 });
  });
}

const NAMES: { name: string; says?: string }[] = [
  { name: "pg_data" },
  { name: "pg_data/..." },
  { name: "pg_data/.hidden" },
  { name: "pg_data/a..b" },
  { name: "pg_tblspc/16384/PG_15_202209061/x y" },
  { name: "pg_data/\udcfc" },
  { name: "", says: "not below" },
  { name: "pg_datax", says: "not below" },
  { name: "pg_wal/x", says: "not below" },
  { name: "/pg_data/x", says: "not below" },
  { name: "../pg_data/x", says: "not below" },
  { name: "pg_data/..", says: "'.' or '..'" },
  { name: "pg_data/../../etc/passwd", says: "'.' or '..'" },
  { name: "pg_data/./x", says: "'.' or '..'" },
  { name: "pg_data//x", says: "empty" },
  { name: "pg_data/", says: "empty" },
  { name: "pg_data/a\nb", says: "'pg_data/a\\x0ab': it holds a line feed" },
  { name: "pg_data/a\0b", says: "'pg_data/a\\x00b': it holds a NUL" },
];

for (const { name, says } of NAMES) {
  Deno.test(`a name of a manifest is ${says === undefined ? "taken" : "refused"}: ${JSON.stringify(name)}`, () => {
    const check = () => checkFileName(encodeRaw(name));
    if (says === undefined) check();
    else assertEquals(assertThrows(check, BackRestError, says).kind, "format");
  });
}
