import { assertEquals } from "@std/assert";
import { loadBackupManifest } from "../../../src/command/verify/backup_manifest.ts";
import { withoutBackups } from "../../../src/repository/info/backup_info.ts";
import { loadBackupInfo, saveBackupInfo } from "../../../src/repository/repository.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import { CLUSTER_14 } from "../../repository/made.ts";
import { loggedFindings } from "./logged.ts";
import { DIFF, FULL, INCR, makeRepository } from "./made_repository.ts";

/** What a test does to the repository, and what it then asks for. */
interface Case {
  name: string;
  remove?: string[];
  spoil?: string[];
  /** backup.info as the command read it, of what it is now. */
  listed?: string[];
  current?: string;
  /** Removed from backup.info behind the command's back. */
  expired?: string[];
  state: string;
  faults: string[];
  said: (string | RegExp)[];
}

const MAIN = `${INCR}/backup.manifest`;
const COPY = `${MAIN}.copy`;

const CASES: Case[] = [
  { name: "all well", state: "usable", faults: [], said: [] },
  {
    name: "no main manifest",
    remove: [MAIN],
    state: "usable copy",
    faults: [],
    said: [/^WARN: unable to open/, /^WARN: .* is missing or unusable, using copy/],
  },
  { name: "a damaged main manifest", spoil: [MAIN], state: "usable copy", faults: [], said: [/^WARN/, /^WARN/] },
  { name: "both damaged", spoil: [MAIN, COPY], state: "invalid", faults: ["info"], said: [/^INFO/, /^INFO/] },
  {
    name: "one damaged, one missing",
    spoil: [COPY],
    remove: [MAIN],
    state: "invalid",
    faults: ["info"],
    said: [/^INFO/, /^INFO/],
  },
  {
    name: "a listed backup without manifest",
    remove: [MAIN, COPY],
    state: "manifest missing",
    faults: ["info"],
    said: [`INFO: manifest missing for '${INCR}', which is in backup.info: the backup is lost`],
  },
  {
    name: "a backup that is expired meanwhile",
    remove: [MAIN, COPY],
    expired: [INCR],
    state: "expired",
    faults: [],
    said: [`INFO: backup '${INCR}' was expired while it was to be verified, skipping`],
  },
  {
    name: "a backup under way",
    remove: [MAIN],
    listed: [FULL, DIFF],
    current: INCR,
    state: "in-progress",
    faults: [],
    said: [`INFO: backup '${INCR}' appears to be in progress, skipping`],
  },
  {
    name: "a backup that was just finished",
    listed: [FULL, DIFF],
    current: INCR,
    state: "usable",
    faults: [],
    said: [],
  },
  {
    name: "what a broken backup left",
    remove: [MAIN],
    listed: [FULL, DIFF],
    state: "manifest missing",
    faults: [],
    said: [/^WARN: folder of backup .* has no manifest/],
  },
];

for (const { name, remove = [], spoil = [], listed, expired, current, state, faults, said } of CASES) {
  Deno.test(`the manifest of a backup: ${name}`, async () => {
    const root = await Deno.makeTempDir({ prefix: "backup-manifest-" });
    try {
      await makeRepository(root);
      const repository = { key: 1, stanza: "demo", storage: posixStorage(root) };
      const { value: whole } = await loadBackupInfo(repository);
      const others = listed === undefined ? [] : [FULL, DIFF, INCR].filter((label) => !listed.includes(label));
      if (expired !== undefined) await saveBackupInfo(repository, withoutBackups(whole, expired));
      for (const path of spoil) await Deno.writeTextFile(`${root}/backup/demo/${path}`, "x", { append: true });
      for (const path of remove) await Deno.remove(`${root}/backup/demo/${path}`);
      const { findings, lines } = loggedFindings();
      const info = withoutBackups(whole, others);
      const found = await loadBackupManifest(repository, { label: INCR, info, current }, findings);
      assertEquals(`${found.state}${"isCopy" in found && found.isCopy ? " copy" : ""}`, state);
      assertEquals([...findings.faults], faults as never);
      const wrong = lines.filter((line, at) =>
        !(said[at] instanceof RegExp ? said[at].test(line) : said[at] === line.trim())
      );
      assertEquals([wrong, lines.length], [[], said.length], lines.join("\n"));
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

Deno.test("a manifest of another backup or of another cluster cannot be used", async () => {
  const root = await Deno.makeTempDir({ prefix: "backup-manifest-" });
  try {
    await makeRepository(root);
    const repository = { key: 1, stanza: "demo", storage: posixStorage(root) };
    const { value: info } = await loadBackupInfo(repository);
    const load = async (label: string, known = info) => {
      const { findings, lines } = loggedFindings();
      const { state } = await loadBackupManifest(repository, { label, info: known, current: undefined }, findings);
      return [state, ...findings.faults, lines[0]?.trim()];
    };
    const stranger = { ...info, entries: [{ ...CLUSTER_14, id: 1 }] };
    assertEquals((await load(FULL, stranger)).slice(0, 2), ["invalid", "info"]);
    await Deno.copyFile(`${root}/backup/demo/${FULL}/backup.manifest`, `${root}/backup/demo/${DIFF}/backup.manifest`);
    assertEquals(await load(DIFF), ["invalid", "info", `INFO: manifest in '${DIFF}' is of backup '${FULL}', skipping`]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
