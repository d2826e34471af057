import { assertEquals } from "@std/assert";
import { formOf } from "../../../src/command/remote/stored_form.ts";

const LABEL = "20261127-010203F_20261127-020304I";

for (
  const [path, kind, level, label] of [
    ["archive/demo/archive.info", "archiveInfo", "repository", undefined],
    ["archive/demo/archive.info.copy", "archiveInfo", "repository", undefined],
    ["backup/demo/backup.info", "backupInfo", "repository", undefined],
    ["backup/demo/backup.info.copy", "backupInfo", "repository", undefined],
    [`backup/demo/${LABEL}/backup.manifest`, "manifest", "backupInfo", LABEL],
    [`backup/demo/${LABEL}/backup.manifest.copy`, "manifest", "backupInfo", LABEL],
    [`backup/demo/${LABEL}/backup.annotation`, "annotation", "backupInfo", LABEL],
    [`backup/demo/${LABEL}/backup.manifest.journal.pgbackrest.tmp`, "journal", "backupInfo", LABEL],
    [`backup/demo/${LABEL}/pg_data/backup.manifest`, "data", "set", LABEL],
    [`backup/demo/${LABEL}/bundle/1`, "data", "set", LABEL],
    [`backup/demo/backup.history/2026/${LABEL}.manifest.gz`, "history", "backupInfo", "backup.history"],
    ["archive/demo/15-1/00000002.history", "data", "archive", undefined],
    ["archive/demo/15-1/0000000100000000/x", "data", "archive", undefined],
    ["archive/demo/15-1/archive.info", "data", "archive", undefined],
  ] as const
) {
  Deno.test(`what can be encrypted how: ${path}`, () => {
    const form = formOf(path);
    assertEquals([form.kind, form.levels, form.stanza, form.label], [kind, [level], "demo", label]);
  });
}
