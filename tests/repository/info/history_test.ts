import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import {
  archiveId,
  archiveIdsOf,
  checkSameHistory,
  type ClusterHistory,
  currentCluster,
  withCluster,
} from "../../../src/repository/info/history.ts";

const A = { systemId: 1n, version: "14" };
const B = { systemId: 2n, version: "15" };

const HISTORY: ClusterHistory = {
  entries: [{ id: 1, ...A }, { id: 2, ...B }, { id: 3, ...A }],
  currentId: 3,
};

Deno.test("archive ids of a cluster come newest first", () => {
  assertEquals(archiveIdsOf(HISTORY, A), ["14-3", "14-1"]);
  assertEquals(archiveIdsOf(HISTORY, B), ["15-2"]);
  assertEquals(archiveIdsOf(HISTORY, { systemId: 1n, version: "15" }), []);
  assertEquals(archiveId(currentCluster(HISTORY)), "14-3");
});

Deno.test("an upgrade adds an entry with the next id, also for a cluster that was known before", () => {
  assertEquals(withCluster(HISTORY, A), HISTORY);
  assertEquals(withCluster(HISTORY, B), { entries: [...HISTORY.entries, { id: 4, ...B }], currentId: 4 });
});

Deno.test("archive.info and backup.info have to know the same clusters", () => {
  checkSameHistory(HISTORY, structuredClone(HISTORY));
  const other = { ...HISTORY, entries: HISTORY.entries.slice(1) };
  const error = assertThrows(() => checkSameHistory(HISTORY, other), BackRestError, "2: 15, system id 2");
  assertEquals(error.kind, "format");
});
