import { assertEquals, assertThrows } from "@std/assert";
import { planSelective } from "../../../src/command/restore/selective.ts";
import { BackRestError } from "../../../src/error.ts";
import type { Manifest } from "../../../src/repository/manifest/manifest.ts";

const DATABASES = [
  ["template1", 1],
  ["template0", 4],
  ["postgres", 5],
  ["app", 16384],
  ["shop", 16385],
  ["16384x", 16386],
].map(([name, oid]) => ({ name: name as string, oid: oid as number, lastSystemOid: 4 }));

const MANIFEST = {
  databases: DATABASES,
  paths: ["pg_data/base", "pg_data/base/1", "pg_data/base/16384", "pg_data/base/99999"].map((name) => ({ name })),
} as unknown as Manifest;

const plan = (include: string[], exclude: string[] = []) => planSelective(MANIFEST, { include, exclude });

Deno.test("without a wish every database is restored", () => assertEquals(plan([]), undefined));

for (
  const { name, include, exclude, want } of [
    { name: "only one", include: ["app"], exclude: [], want: ["shop", "16384x", "99999"] },
    { name: "by oid", include: ["16384"], exclude: [], want: ["shop", "16384x", "99999"] },
    { name: "all but one", include: [], exclude: ["shop"], want: ["shop"] },
    { name: "a system database on demand", include: [], exclude: ["postgres"], want: ["postgres"] },
    { name: "both lists", include: ["app"], exclude: ["template1"], want: ["template1", "shop", "16384x", "99999"] },
    { name: "one that only has a folder", include: ["app", "shop", "16384x"], exclude: ["99999"], want: ["99999"] },
    { name: "everything there is", include: ["app", "shop", "16384x", "99999"], exclude: [], want: [] },
  ]
) {
  Deno.test(`databases left out: ${name}`, () => {
    assertEquals(plan(include, exclude)?.zeroed.map((database) => database.name), want);
  });
}

for (
  const { name, include, exclude, code } of [
    { name: "an unknown one is included", include: ["nope"], exclude: [], code: 80 },
    { name: "an unknown one is excluded", include: [], exclude: ["16999"], code: 80 },
    { name: "a system one is included", include: ["postgres"], exclude: [], code: 81 },
    { name: "one is included and excluded", include: ["app"], exclude: ["16384"], code: 81 },
  ]
) {
  Deno.test(`error ${code} when ${name}`, () => {
    assertEquals(assertThrows(() => plan(include, exclude), BackRestError).code, code);
  });
}

Deno.test("files of a database that is left out lose their bytes, PG_VERSION does not", () => {
  const { isZeroed } = plan(["app"])!;
  const names = [
    "pg_data/base/16385/16400",
    "pg_data/base/16385/PG_VERSION",
    "pg_data/base/16384/16400",
    "pg_data/base/1/1259",
    "pg_data/global/16385/x",
    "pg_tblspc/16500/PG_15_202209061/16385/16400.1",
    "pg_tblspc/16385/PG_15_202209061/16384/16400",
    "pg_data/base/16385",
  ];
  assertEquals(names.map(isZeroed), [true, false, false, false, false, true, false, false]);
});
