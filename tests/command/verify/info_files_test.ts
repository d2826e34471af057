import { assertEquals } from "@std/assert";
import { historyMismatch, loadInfoFiles } from "../../../src/command/verify/info_files.ts";
import { newArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import { newBackupInfo } from "../../../src/repository/info/backup_info.ts";
import { withCluster } from "../../../src/repository/info/history.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import { CLUSTER_14, CLUSTER_15 } from "../../repository/made.ts";
import { loggedFindings } from "./logged.ts";
import { makeRepository } from "./made_repository.ts";

const UPGRADED = withCluster(newBackupInfo(CLUSTER_14), CLUSTER_15);

Deno.test("info files of one stanza agree about its clusters", () => {
  const archive = { ...newArchiveInfo(CLUSTER_14), ...UPGRADED };
  assertEquals(historyMismatch(archive, UPGRADED), undefined);
  assertEquals(historyMismatch(newArchiveInfo(CLUSTER_15), newBackupInfo(CLUSTER_15)), undefined);
});

Deno.test("info files of other clusters are told as the peer tells it", () => {
  assertEquals(
    historyMismatch(newArchiveInfo(CLUSTER_14), newBackupInfo(CLUSTER_15)),
    "backup info file and archive info file do not match\n" +
      `archive: id = 1, version = 14, system-id = ${CLUSTER_14.systemId}\n` +
      `backup : id = 1, version = 15, system-id = ${CLUSTER_15.systemId}\n` +
      "HINT: this may be a symptom of repository corruption!",
  );
  const other = { entries: [{ ...CLUSTER_15, id: 1 }, { ...CLUSTER_15, id: 2 }], currentId: 2 };
  assertEquals(historyMismatch(other, UPGRADED), "archive and backup history lists do not match");
});

const NO_FILE = "WARN: unable to open file";
const BACKUP = "backup/demo/backup.info";
const ARCHIVE = "archive/demo/archive.info";

const CASES: { name: string; spoil: string[]; remove?: string[]; refused: string[]; lines: string[] }[] = [
  { name: "all well", spoil: [], refused: [], lines: [] },
  {
    name: "a damaged backup.info",
    spoil: [BACKUP],
    refused: [],
    lines: ["WARN: unable to read", "WARN: backup.info is missing or unusable, using copy"],
  },
  { name: "a damaged copy", spoil: [`${ARCHIVE}.copy`], refused: [], lines: ["WARN: unable to read"] },
  { name: "a missing copy", spoil: [], remove: [`${BACKUP}.copy`], refused: [], lines: [NO_FILE] },
  {
    name: "two damaged forms",
    spoil: [BACKUP, `${BACKUP}.copy`],
    refused: ["  No usable backup.info file"],
    lines: ["WARN: unable to read", "WARN: unable to read"],
  },
  {
    name: "nothing at all",
    spoil: [],
    remove: [BACKUP, `${BACKUP}.copy`, ARCHIVE, `${ARCHIVE}.copy`],
    refused: ["  No usable backup.info file", "  No usable archive.info file"],
    lines: [NO_FILE, NO_FILE, NO_FILE, NO_FILE],
  },
];

for (const { name, spoil, remove = [], refused, lines } of CASES) {
  Deno.test(`info files are loaded with their copies: ${name}`, async () => {
    const root = await Deno.makeTempDir({ prefix: "info-files-" });
    try {
      await makeRepository(root);
      for (const path of spoil) await Deno.writeTextFile(`${root}/${path}`, "x", { append: true });
      for (const path of remove) await Deno.remove(`${root}/${path}`);
      const { findings, lines: said } = loggedFindings();
      const found = await loadInfoFiles({ key: 1, stanza: "demo", storage: posixStorage(root) }, findings);
      assertEquals("refused" in found ? found.refused.lines : [], refused);
      assertEquals(said.map((line, at) => line.slice(0, lines[at]?.length)), lines);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

Deno.test("a copy that says something else is told", async () => {
  const root = await Deno.makeTempDir({ prefix: "info-files-" });
  try {
    await makeRepository(`${root}/a`);
    await makeRepository(`${root}/b`, { encrypted: true });
    const { findings, lines } = loggedFindings();
    const storage = posixStorage(`${root}/b`);
    const repository = { key: 1, stanza: "demo", storage, passphrase: "made-pass" };
    assertEquals("refused" in await loadInfoFiles(repository, findings), false);
    await Deno.copyFile(`${root}/b/${ARCHIVE}`, `${root}/b/kept`);
    const other = await makeRepository(`${root}/c`, { encrypted: true });
    assertEquals(other.passphrase, "made-pass");
    await Deno.copyFile(`${root}/c/${BACKUP}`, `${root}/b/${BACKUP}.copy`);
    assertEquals(lines, [], "equal content, encrypted with another salt, is equal");
    await loadInfoFiles(repository, findings);
    assertEquals(lines, []);
    await Deno.copyFile(`${root}/b/${ARCHIVE}`, `${root}/b/${BACKUP}.copy`);
    await loadInfoFiles(repository, findings);
    assertEquals(lines.length, 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
