import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type LayoutRequest, planLayout } from "../../../src/command/restore/layout.ts";
import { BackRestError } from "../../../src/error.ts";
import { madeManifest } from "../../repository/manifest/made_manifest.ts";

const ORIGINAL: LayoutRequest = { pgPath: "/srv/pg", tablespaceMap: new Map(), linkMap: new Map(), linkAll: true };
const VERSION = "PG_15_202209061";

function layout(change: Partial<LayoutRequest> = {}) {
  return planLayout(madeManifest(), { ...ORIGINAL, ...change });
}

/** Places and links, without what the log says. */
function places({ roots, links }: ReturnType<typeof planLayout>) {
  return {
    roots: Object.fromEntries(roots.map(({ name, path }) => [name, path])),
    links: Object.fromEntries(links.map(({ name, destination }) => [name, destination])),
  };
}

Deno.test("with all links a backup goes where it came from", () => {
  const plan = layout();
  assertEquals(places(plan), {
    roots: { pg_data: "/srv/pg", [`pg_tblspc/16384/${VERSION}`]: `/srv/ts/${VERSION}` },
    links: { "pg_data/postgresql.conf": "../etc/my.conf", "pg_data/pg_tblspc/16384": "/srv/ts" },
  });
  assertEquals([plan.infos, plan.warnings], [[], []]);
});

Deno.test("names are found behind links and in tablespaces", () => {
  const { locate, linkPath } = layout();
  assertEquals([
    locate("pg_data"),
    locate("pg_data/base/1/2"),
    locate("pg_data/postgresql.conf"),
    locate(`pg_tblspc/16384/${VERSION}/1`),
    linkPath("pg_data/postgresql.conf"),
    linkPath("pg_data/pg_tblspc/16384"),
  ], [
    "/srv/pg",
    "/srv/pg/base/1/2",
    "/srv/etc/my.conf",
    `/srv/ts/${VERSION}/1`,
    "/srv/pg/postgresql.conf",
    "/srv/pg/pg_tblspc/16384",
  ]);
});

Deno.test("without links what they led to is restored in their place, and that is said", () => {
  const plan = layout({ linkAll: false });
  assertEquals(places(plan).links, { "pg_data/pg_tblspc/16384": "/srv/ts" });
  assertEquals(plan.locate("pg_data/postgresql.conf"), "/srv/pg/postgresql.conf");
  assertStringIncludes(
    plan.warnings.join(),
    "file link 'postgresql.conf' will be restored as a file at the same location",
  );
});

Deno.test("relative links are seen from where the data folder goes", () => {
  const plan = layout({ pgPath: "/other/place/pg" });
  assertEquals(plan.locate("pg_data/postgresql.conf"), "/other/place/etc/my.conf");
  assertEquals(plan.infos, ["remap data directory to '/other/place/pg'"]);
});

for (
  const [what, change, place] of [
    ["by name", { tablespaceMap: new Map([["ts", "/new/ts"]]) }, "/new/ts"],
    ["by number", { tablespaceMap: new Map([["16384", "/new/ts/"]]) }, "/new/ts"],
    ["by both alike", { tablespaceMap: new Map([["ts", "/new/ts"], ["16384", "/new/ts"]]) }, "/new/ts"],
    ["with all others", { tablespaceMapAll: "/all" }, "/all/ts"],
    ["by name rather than with all", { tablespaceMapAll: "/all", tablespaceMap: new Map([["ts", "/one"]]) }, "/one"],
  ] as [string, Partial<LayoutRequest>, string][]
) {
  Deno.test(`a tablespace is mapped ${what}`, () => {
    const plan = layout(change);
    assertEquals(places(plan).links["pg_data/pg_tblspc/16384"], place);
    assertEquals(plan.locate(`pg_tblspc/16384/${VERSION}/1`), `${place}/${VERSION}/1`);
    assertEquals(plan.infos, [`map tablespace 'pg_tblspc/16384' to '${place}'`]);
  });
}

Deno.test("links are led elsewhere, and what was none becomes one", () => {
  const plan = layout({
    linkAll: false,
    linkMap: new Map([["postgresql.conf", "../conf/new.conf"], ["base", "/fast/base"], ["PG_VERSION", "/etc/version"]]),
  });
  assertEquals(places(plan).links, {
    "pg_data/base": "/fast/base",
    "pg_data/PG_VERSION": "/etc/version",
    "pg_data/postgresql.conf": "../conf/new.conf",
    "pg_data/pg_tblspc/16384": "/srv/ts",
  });
  assertEquals(
    ["pg_data/postgresql.conf", "pg_data/base/1/2", "pg_data/PG_VERSION", "pg_data/base"].map(plan.locate),
    ["/srv/conf/new.conf", "/fast/base/1/2", "/etc/version", "/fast/base"],
  );
});

for (
  const [what, change, code] of [
    ["a tablespace mapped to two places", { tablespaceMap: new Map([["ts", "/a"], ["16384", "/b"]]) }, 76],
    ["an unknown tablespace", { tablespaceMap: new Map([["other", "/a"]]) }, 76],
    ["an unknown link", { linkMap: new Map([["nothing", "/a"]]) }, 78],
    ["a tablespace as a link", { linkMap: new Map([["pg_tblspc/16384", "/a"]]) }, 78],
    ["a link into the data folder", { linkMap: new Map([["base", "/srv/pg/new"]]) }, 70],
    ["two links to one folder", { linkMap: new Map([["base", "/srv/ts"]]) }, 70],
    ["a tablespace inside another place", { tablespaceMapAll: "/srv/pg/spaces" }, 70],
  ] as [string, Partial<LayoutRequest>, number][]
) {
  Deno.test(`refused before anything is touched: ${what}`, () => {
    assertEquals(assertThrows(() => layout(change), BackRestError).code, code);
  });
}
