import { assertEquals, assertThrows } from "@std/assert";
import { planUpgrade } from "../../src/command/stanza_upgrade.ts";
import { BackRestError } from "../../src/error.ts";
import { newArchiveInfo } from "../../src/repository/info/archive_info.ts";
import { newBackupInfo, withBackup } from "../../src/repository/info/backup_info.ts";
import { CLUSTER_14, CLUSTER_15, madeRecord } from "../repository/made.ts";

const OLD = {
  archive: newArchiveInfo(CLUSTER_14, { cipherPass: "one" }),
  backup: withBackup(newBackupInfo(CLUSTER_14, { cipherPass: "two" }), madeRecord("20231114-221320F")),
};

Deno.test("an upgrade adds the new cluster to both info files and keeps everything else", () => {
  const { archive, backup } = planUpgrade(OLD, CLUSTER_15);
  const { systemId, version } = CLUSTER_15;
  assertEquals(archive, {
    ...OLD.archive,
    entries: [...OLD.archive.entries, { id: 2, systemId, version }],
    currentId: 2,
  });
  assertEquals(backup, { ...OLD.backup, entries: [...OLD.backup.entries, { id: 2, ...CLUSTER_15 }], currentId: 2 });
});

Deno.test("nothing is written for the cluster that is current", () => {
  assertEquals(planUpgrade(OLD, CLUSTER_14), {});
});

Deno.test("another system identifier or another version alone makes another cluster", () => {
  for (const change of [{ systemId: 1n }, { version: "15" }]) {
    assertEquals(planUpgrade(OLD, { ...CLUSTER_14, ...change }).archive?.currentId, 2);
  }
});

Deno.test("the half that an interrupted upgrade left is completed", () => {
  const whole = planUpgrade(OLD, CLUSTER_15);
  assertEquals(planUpgrade({ archive: whole.archive!, backup: OLD.backup }, CLUSTER_15), { backup: whole.backup! });
  assertEquals(planUpgrade({ archive: OLD.archive, backup: whole.backup! }, CLUSTER_15), { archive: whole.archive! });
});

Deno.test("a cluster that comes back after another one gets a new id", () => {
  const { archive, backup } = planUpgrade(OLD, CLUSTER_15);
  const back = planUpgrade({ archive: archive!, backup: backup! }, CLUSTER_14);
  assertEquals([back.archive?.currentId, back.backup?.currentId], [3, 3]);
  assertEquals(back.backup?.entries.map(({ version }) => version), ["14", "15", "14"]);
});

Deno.test("info files that would not end up with the same id are refused", () => {
  const { archive, backup } = planUpgrade(OLD, CLUSTER_15);
  const third = planUpgrade({ archive: archive!, backup: backup! }, CLUSTER_14);
  const error = assertThrows(
    () => planUpgrade({ archive: third.archive!, backup: OLD.backup }, CLUSTER_14),
    BackRestError,
  );
  assertEquals(error.code, 28);
  const { systemId } = CLUSTER_14;
  assertEquals(
    error.message,
    [
      "backup info file and archive info file do not match",
      `archive: id = 3, version = 14, system-id = ${systemId}`,
      `backup : id = 1, version = 14, system-id = ${systemId}`,
    ].join("\n"),
  );
});
