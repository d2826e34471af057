import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { findBackup, readBackupInfo } from "../../../src/repository/info/backup_info.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { type Manifest, manifestPieces, readManifest } from "../../../src/repository/manifest/manifest.ts";
import { recordOf, totalsOf } from "../../../src/repository/manifest/record.ts";
import { defaultsOf, tablespacePaths } from "../../../src/repository/manifest/tree.ts";
import { validateManifest } from "../../../src/repository/manifest/validate.ts";
import { GOLDEN, golden, goldenLabels, goldenManifest } from "../golden.ts";
import { bytesOf, collected, cut, textOf } from "../pieces.ts";
import { withRightChecksum } from "./checksum.ts";
import { madeManifest, SHA1 } from "./made_manifest.ts";

for (const repository of GOLDEN) {
  for (const label of goldenLabels(repository)) {
    Deno.test(`a manifest of pgBackRest comes back byte for byte: ${repository} ${label}`, async () => {
      const bytes = await goldenManifest(repository, label);
      const manifest = await readManifest(cut(bytes, 50000), { file: "backup.manifest" });
      assertEquals(textOf(await collected(manifestPieces(manifest, { writer: "2.59.1" }))), textOf(bytes));
      validateManifest(manifest, { strict: true });
    });

    Deno.test(`the entry of backup.info follows from the manifest: ${repository} ${label}`, async () => {
      const manifest = await readManifest([await goldenManifest(repository, label)], { file: "backup.manifest" });
      const info = await readBackupInfo([await golden(repository, "backup.info")], { file: "backup.info" });
      assertEquals(recordOf(manifest, { writer: "2.59.1" }), findBackup(info, label));
    });
  }
}

Deno.test("a manifest with everything in it comes back", async () => {
  const text = textOf(await collected(manifestPieces(madeManifest())));
  assertEquals(text.match(/^\[.*\]$/gm), [
    "[backrest]",
    "[backup]",
    "[backup:db]",
    "[backup:option]",
    "[backup:target]",
    "[cipher]",
    "[db]",
    "[metadata]",
    "[target:file]",
    "[target:file:default]",
    "[target:link]",
    "[target:link:default]",
    "[target:path]",
    "[target:path:default]",
    "[backrest]",
  ]);
  const again = await readManifest([bytesOf(text)], { file: "x" });
  assertEquals(textOf(await collected(manifestPieces(again))), text);
  const { files, ...rest } = again;
  const { files: made, ...wanted } = madeManifest();
  assertEquals(rest, wanted);
  assertEquals([...files.rows()].map((row) => files.at(row).name), [...made.rows()].map((row) => made.at(row).name));
});

const LINES: { name: string; says: string }[] = [
  {
    name: "a file with all fields",
    says:
      `pg_data/base/1/2={"bi":2,"bic":7,"bim":88,"bni":3,"bno":16,"checksum":"${SHA1}","checksum-page":false,"checksum-page-error":[1,[3,5]],"group":"staff","mode":"0640","rck":"${SHA1}","reference":"20261122-083310F","repo-size":200,"size":32768,"szo":40000,"timestamp":1795336390,"user":false}`,
  },
  { name: "a file with none but what must be", says: 'pg_data/PG_VERSION={"size":0,"timestamp":-5}' },
  {
    name: "a target with a tablespace",
    says: 'pg_tblspc/16384={"path":"/srv/ts","tablespace-id":"16384","tablespace-name":"ts","type":"link"}',
  },
  { name: "a target that is a file", says: 'pg_data/postgresql.conf={"file":"my.conf","path":"../etc","type":"link"}' },
  { name: "a link", says: 'pg_data/postgresql.conf={"destination":"../etc/my.conf","user":"root"}' },
  { name: "a folder", says: 'pg_data/base={"group":false,"mode":"0750"}' },
  { name: "a folder like the default", says: "pg_data={}" },
  { name: "a negative level", says: "option-compress-level=4294967291" },
  {
    name: "the references in their order",
    says: 'backup-reference="20261122-083310F,20261122-083310F_20261122-083316I"',
  },
  { name: "a database", says: 'odd "name" = x={"db-id":16385,"db-last-system-id":13000}' },
  { name: "annotations without empty ones", says: 'annotation={"who":"me","why":"a"}' },
  { name: "an LSN", says: 'backup-lsn-start="1F/3000028"' },
];

for (const { name, says } of LINES) {
  Deno.test(`a manifest line is written as the peer does: ${name}`, async () => {
    const text = textOf(await collected(manifestPieces(madeManifest())));
    assertEquals(
      text.split("\n").filter((line) => line === says).length,
      1,
      text.split("\n").filter((l) => l.startsWith(says.split("=")[0]!)).join("\n"),
    );
  });
}

const MINIMAL = `[backrest]
backrest-format=5
backrest-version="2.59.1"

[backup]
backup-label="20261122-083310F"
backup-reference="20261122-083310F"
backup-type="full"

[backup:db]
db-id=1
db-system-id=7710911066132591146
db-version="15"

[backup:option]
option-compress-type="zst"

[backup:target]
pg_data={"path":"/srv/pg","type":"path"}

[target:file]
pg_data/PG_VERSION={"checksum":"${SHA1}","size":3,"timestamp":1795336390}

[target:file:default]
group="postgres"
mode="0600"
user="postgres"

[target:path]
pg_data={}

[target:path:default]
group="postgres"
mode="0700"
user="postgres"

[backrest]
backrest-checksum="0000000000000000000000000000000000000000"
`;

Deno.test("the smallest manifest peers restore from is read", async () => {
  const manifest = await readText(MINIMAL);
  assertEquals(manifest.backup.type, "full");
  assertEquals(manifest.options.online, false);
  assertEquals(manifest.databases, undefined);
  const row = manifest.files.find("pg_data/PG_VERSION")!;
  assertEquals(manifest.files.at(row), {
    row,
    name: "pg_data/PG_VERSION",
    checksum: SHA1,
    size: 3,
    repoSize: 3,
    time: 1795336390,
    user: "postgres",
    group: "postgres",
    mode: 0o600,
  });
});

Deno.test("of two lines for one file the last counts", async () => {
  const line = `pg_data/PG_VERSION={"checksum":"${SHA1}","size":3,"timestamp":1795336390}\n`;
  const manifest = await readText(MINIMAL.replace(line, line + line.replace('"size":3', '"size":4')));
  assertEquals(manifest.files.count, 1);
  assertEquals(manifest.files.at(manifest.files.find("pg_data/PG_VERSION")!).size, 4);
});

Deno.test("a manifest without a reference list gets it from its files", async () => {
  const text = MINIMAL.replace(/backup-reference=.*\n/, "").replace(
    '"size":3',
    '"reference":"20261121-083310F","size":3',
  );
  assertEquals((await readText(text)).backup.references, ["20261121-083310F", "20261122-083310F"]);
});

Deno.test("a manifest without a compress type is gz or none", async () => {
  const text = MINIMAL.replace('option-compress-type="zst"', "option-compress=true");
  assertEquals((await readText(text)).options.compressType, "gz");
  assertEquals((await readText(text.replace("=true", "=false"))).options.compressType, "none");
});

const HOSTILE: { name: string; change: [from: string | RegExp, to: string]; says: string }[] = [
  {
    name: "a file beside the tree",
    change: [/pg_data\/PG_V/, "pg_data/../PG_V"],
    says: "invalid name 'pg_data/../PG_VERSION': a component is '.' or '..'",
  },
  { name: "an absolute file", change: [/pg_data\/PG_V/, "/etc/PG_V"], says: "it is not below pg_data" },
  { name: "a folder beside the tree", change: ["\npg_data={}", "\npg_data/..={}"], says: "invalid name 'pg_data/..'" },
  {
    name: "a target beside the tree",
    change: ['pg_data={"path"', 'pg_data/./x={"path"'],
    says: "invalid name 'pg_data/./x'",
  },
  {
    name: "a label that is none",
    change: ['label="20261122-083310F"', 'label="../x"'],
    says: "'backup-label' in section [backup] of 'x' is '../x'",
  },
  {
    name: "a reference that is none",
    change: ['"size":3', '"reference":"../x","size":3'],
    says: "'reference' in file 'pg_data/PG_VERSION' is '../x'",
  },
  {
    name: "a reference list that is none",
    change: ['reference="2026', 'reference="../2026'],
    says: "labels separated by commas",
  },
  {
    name: "a link to a file elsewhere",
    change: ['{"path":"/srv/pg","type":"path"}', '{"file":"../x","path":"/srv","type":"link"}'],
    says: "expected the name of a file",
  },
  { name: "a mode that is none", change: ['mode="0600"', 'mode="600"'], says: "expected four octal digits" },
  { name: "a checksum that is none", change: [SHA1, "x".repeat(40)], says: "expected 40 hex digits" },
  { name: "a file without a size", change: ['"size":3,', ""], says: "has no 'size'" },
  { name: "a file without a time", change: [',"timestamp":1795336390', ""], says: "has no 'timestamp'" },
  { name: "a file that is a number", change: [/PG_VERSION=.*/, "PG_VERSION=1"], says: "is 1, expected an object" },
  { name: "bad pages that go down", change: ['"size":3', '"checksum-page-error":[5,3],"size":3'], says: "ascending" },
  { name: "an unknown compress type", change: ['type="zst"', 'type="rar"'], says: "one of none, gz, lz4, zst, bz2" },
  {
    name: "no defaults",
    change: [/\[target:path:default\]\n(.*\n){3}/, ""],
    says: "'pg_data' in section [target:path] of 'x' is missing or incomplete",
  },
  { name: "no section of the backup", change: ["[backup]", "[packup]"], says: "'x' has no section [backup]" },
  {
    name: "a line that is cut",
    change: [/"timestamp":1795336390}/, '"timest'],
    says: "line 22: missing '=' in key/value",
  },
];

for (const { name, change, says } of HOSTILE) {
  Deno.test(`a manifest is refused with ${name}`, async () => {
    const error = await assertRejects(
      () => readText(MINIMAL.replace(...change as [string, string])),
      BackRestError,
      says,
    );
    assertEquals(error.kind, "format");
  });
}

Deno.test("a manifest with a changed byte is refused", async () => {
  const bytes = await goldenManifest("zst-block", goldenLabels("zst-block")[0]!);
  bytes[bytes.indexOf(0x31, 100000)] = 0x32;
  const error = await assertRejects(
    () => readManifest([bytes], { file: "x" }),
    BackRestError,
    "invalid checksum in 'x'",
  );
  assertEquals(error.kind, "checksum");
});

Deno.test("totals count stored sizes, and apart what the backup holds itself", () => {
  const files = new FileTable();
  files.append("pg_data/a", { size: 100, time: 1, repoSize: 40 });
  files.append("pg_data/b", { size: 10, time: 1 });
  files.append("pg_data/c", { size: 7, time: 1, reference: "20261122-083310F", repoSize: 9, pageChecksum: false });
  files.append("pg_data/d", { size: 0, time: 1, repoSize: 20 });
  files.append("pg_data/e", { size: 50, time: 1, repoSize: 30, block: { size: 8192, checksumSize: 6, mapSize: 5 } });
  assertEquals(totalsOf(files), {
    files: 5,
    size: 167,
    sizeDelta: 160,
    repoSize: 109,
    repoSizeDelta: 100,
    mapSize: 5,
    mapSizeDelta: 5,
    pageErrors: true,
  });
});

const INVALID: { name: string; change: Parameters<FileTable["set"]>[1]; strict: boolean; says?: string }[] = [
  {
    name: "a file that was not copied",
    change: { checksum: undefined },
    strict: false,
    says: "missing checksum for file 'pg_data/a'",
  },
  {
    name: "an empty file with another checksum",
    change: { size: 0 },
    strict: true,
    says: "of zero size for file 'pg_data/a'",
  },
  {
    name: "a file that is stored nowhere",
    change: { repoSize: 0 },
    strict: true,
    says: "repo size is 0 for file 'pg_data/a'",
  },
  { name: "a file that is stored nowhere, before a restore", change: { repoSize: 0 }, strict: false },
  { name: "an empty file without a checksum", change: { size: 0, checksum: undefined }, strict: true },
];

for (const { name, change, strict, says } of INVALID) {
  Deno.test(`a manifest is ${says === undefined ? "valid" : "invalid"} with ${name}`, () => {
    const manifest = madeManifest();
    manifest.files = new FileTable();
    manifest.files.set(manifest.files.append("pg_data/a", { size: 3, time: 1, checksum: SHA1 }), change);
    const validate = () => validateManifest(manifest, { strict });
    if (says === undefined) validate();
    else assertEquals(assertThrows(validate, BackRestError, says).kind, "format");
  });
}

Deno.test("a manifest with many bad files names twenty of them", () => {
  const manifest = madeManifest();
  manifest.files = new FileTable();
  for (let at = 0; at < 50; at++) manifest.files.append(`pg_data/${at}`, { size: 3, time: 1 });
  const { message } = assertThrows(() => validateManifest(manifest, { strict: true }), BackRestError);
  assertEquals(message.split("\n").length, 22);
  assertEquals(message.split("\n").at(-1), "and 30 more");
});

Deno.test("defaults follow from the data directory", () => {
  const owner = { user: "postgres", group: "postgres" };
  assertEquals(defaultsOf({ ...owner, mode: 0o700 }).file.mode, 0o600);
  assertEquals(defaultsOf({ ...owner, mode: 0o750 }), {
    file: { ...owner, mode: 0o640 },
    path: { ...owner, mode: 0o750 },
    link: owner,
  });
});

Deno.test("a tablespace brings folders that exist nowhere", () => {
  const [pgData, pgTblspc] = [0o700, 0o750].map((mode) => ({ user: "a", group: "b", mode }));
  assertEquals(tablespacePaths(16384, { pgData: pgData!, pgTblspc: pgTblspc! }), [
    { name: "pg_tblspc", ...pgData! },
    { name: "pg_tblspc/16384", ...pgTblspc! },
  ]);
});

async function readText(text: string): Promise<Manifest> {
  return await readManifest([bytesOf(await withRightChecksum(text))], { file: "x" });
}
