import { assertEquals } from "@std/assert";
import { adopt, reconcile } from "../../../src/repository/info/reconstruct.ts";
import { CLUSTER_14, CLUSTER_15, madeInfo, madeRecord } from "../made.ts";

const [FULL, OTHER] = ["20261120-000000F", "20261121-000000F"];
const [DIFF, INCR] = [`${FULL}_20261120-100000D`, `${FULL}_20261120-110000I`];
const INFO = madeInfo([
  madeRecord(FULL!),
  madeRecord(DIFF),
  madeRecord(INCR, { prior: DIFF, references: [FULL!, DIFF] }),
  madeRecord(OTHER!),
]);

Deno.test("backup.info that fits the folders stays as it is", () => {
  const { dropped, candidates, info } = reconcile(INFO, [OTHER!, FULL!, INCR, DIFF, "latest", "backup.history"]);
  assertEquals({ dropped, candidates, info }, { dropped: [], candidates: [], info: INFO });
});

Deno.test("a backup without a manifest is dropped with its dependents", () => {
  const { dropped, candidates, info } = reconcile(INFO, [FULL!, INCR, OTHER!]);
  assertEquals(dropped, [{ label: DIFF, because: DIFF }, { label: INCR, because: DIFF }]);
  assertEquals(info.backups.map(({ label }) => label), [FULL, OTHER]);
  assertEquals(candidates, [INCR]);
});

Deno.test("unlisted backups are candidates, oldest first", () => {
  const { candidates } = reconcile(INFO, [FULL!, DIFF, INCR, OTHER!, "20261125-000000F", "20261110-000000F"]);
  assertEquals(candidates, ["20261110-000000F", "20261125-000000F"]);
});

Deno.test("a found backup is added when its cluster and its prior are known", () => {
  const record = madeRecord(`${OTHER}_20261122-000000I`);
  const result = adopt(INFO, record.label, { record, cluster: CLUSTER_15 });
  assertEquals("info" in result && result.info.backups.at(-1), record);
});

const REFUSED = [
  {
    name: "of another cluster",
    record: madeRecord("20261125-000000F"),
    cluster: CLUSTER_14,
    says: "not in the history",
  },
  {
    name: "of an unknown history id",
    record: madeRecord("20261125-000000F", { clusterId: 2 }),
    cluster: CLUSTER_15,
    says: "cluster 2 (15",
  },
  {
    name: "without its prior",
    record: madeRecord("20261125-000000F_20261126-000000I"),
    cluster: CLUSTER_15,
    says: "prior backup '20261125-000000F'",
  },
];

for (const { name, record, cluster, says } of REFUSED) {
  Deno.test(`a found backup is not added: ${name}`, () => {
    const result = adopt(INFO, record.label, { record, cluster });
    assertEquals("refused" in result && result.refused.includes(says), true, JSON.stringify(Object.keys(result)));
  });
}

Deno.test("a found backup in a folder of another label is not added", () => {
  const result = adopt(INFO, "20261126-000000F", { record: madeRecord("20261125-000000F"), cluster: CLUSTER_15 });
  assertEquals("refused" in result && result.refused, "manifest in '20261126-000000F' is of backup '20261125-000000F'");
});
