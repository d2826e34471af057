import { assertEquals } from "@std/assert";
import {
  fitsPlaces,
  formatIdentity,
  isIdentity,
  type SpoolIdentity,
} from "../../../../src/command/archive/spool/identity.ts";

const PLACE = { key: 1, type: "posix", host: "", path: "/repo", info: "1-2-3" };
const IDENTITY: SpoolIdentity = {
  version: "15",
  systemId: "7712983713173364102",
  repositories: [{ ...PLACE, archiveIds: ["15-1"] }],
};
const CLUSTER = { version: "15", systemId: 7712983713173364102n };

Deno.test("a spool is believed for the cluster and the repositories it was filled for", () => {
  const stored = formatIdentity(IDENTITY);
  assertEquals(isIdentity(stored, IDENTITY), true);
  assertEquals(fitsPlaces(stored, { ...CLUSTER, places: [PLACE] }), true);
});

Deno.test("another repository, host, path, archive.info or cluster makes a spool worth nothing", () => {
  const stored = formatIdentity(IDENTITY);
  const others = [
    { places: [{ ...PLACE, path: "/other" }] },
    { places: [{ ...PLACE, host: "elsewhere" }] },
    { places: [{ ...PLACE, type: "cifs" }] },
    { places: [{ ...PLACE, key: 2 }] },
    { places: [{ ...PLACE, info: "1-9-3" }] },
    { places: [PLACE, { ...PLACE, key: 2, path: "/second" }] },
    { places: [] },
    { systemId: 7712983713173364103n, places: [PLACE] },
    { version: "16", places: [PLACE] },
  ];
  for (const other of others) {
    assertEquals(fitsPlaces(stored, { ...CLUSTER, ...other }), false, JSON.stringify(other.places));
  }
  assertEquals(isIdentity(stored, { ...IDENTITY, repositories: [{ ...PLACE, archiveIds: ["15-2"] }] }), false);
});

Deno.test("no identity, or one that cannot be read, fits nothing", () => {
  for (const stored of [undefined, "", "null", "[]", "{", '{"repositories":[{}]}', '{"repositories":1}']) {
    assertEquals(fitsPlaces(stored, { ...CLUSTER, places: [PLACE] }), false, stored);
  }
});
