import { assertEquals } from "@std/assert";
import { readArchiveInfo } from "../../src/repository/info/archive_info.ts";
import { type BackupInfo, readBackupInfo } from "../../src/repository/info/backup_info.ts";
import { adopt, reconcile } from "../../src/repository/info/reconstruct.ts";
import { isLabel } from "../../src/repository/label.ts";
import { historyLabel } from "../../src/repository/layout.ts";
import { readManifest } from "../../src/repository/manifest/manifest.ts";
import { recordOf } from "../../src/repository/manifest/record.ts";
import type { LabelFolder } from "../../src/repository/retention/folders.ts";
import {
  type ExpirePlan,
  type ExpireRules,
  foldersToList,
  planExpire,
  type StanzaContent,
} from "../../src/repository/retention/plan.ts";
import { type RetentionPolicy, withArchiveDefault } from "../../src/repository/retention/policy.ts";
import type { ArchiveListing } from "../../src/repository/retention/wal_files.ts";
import { Dice } from "../rig/dice.ts";
import { type History, makeHistory, makePolicy } from "./expire_history.ts";

/**
 * Our plan of expire against what Debian's pgbackrest does to the same made-up repository. EXPIRE_HISTORIES sets how many,
 * EXPIRE_SEED repeats a run.
 */
const COUNT = Number(Deno.env.get("EXPIRE_HISTORIES") ?? 12);
const SEED = Number(Deno.env.get("EXPIRE_SEED") ?? Math.floor(Math.random() * 1e9));

Deno.test(`expire decides like pgbackrest on ${COUNT} random histories (EXPIRE_SEED=${SEED})`, async () => {
  for (let round = 0; round < COUNT; round++) await compareOnce(SEED + round);
});

async function compareOnce(seed: number): Promise<void> {
  const dice = new Dice(seed);
  const now = Math.floor(Date.now() / 1000);
  const history = await makeHistory(dice, now);
  const { policy, set } = makePolicy(dice, history.info);
  const root = await Deno.makeTempDir({ prefix: "expire-" });
  try {
    await writeFiles(root, history);
    const { code, output } = await runPeer(root, { policy, set });
    const peer = { left: listTree(root), info: await readInfoFile(root) };
    const { plan, refused } = await planOurs(history, { policy, set, now });
    const seen = `EXPIRE_SEED=${seed} EXPIRE_HISTORIES=1, ${JSON.stringify({ policy, set, code, refused })}\n${output}`;
    assertEquals(refused !== undefined, code !== 0, seen);
    if (plan === undefined) return;
    assertEquals(leftBy(plan, history), peer.left, seen);
    assertEquals(plan.info.backups, peer.info.backups, seen);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function writeFiles(root: string, { files }: History): Promise<void> {
  for (const [path, content] of files) {
    const full = `${root}/repo/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(full, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
}

async function runPeer(
  root: string,
  { policy, set }: { policy: RetentionPolicy; set: string | undefined },
): Promise<{ code: number; output: string }> {
  const options = {
    "repo1-retention-full": policy.full,
    "repo1-retention-full-type": policy.fullType,
    "repo1-retention-diff": policy.diff,
    "repo1-retention-archive": policy.archive,
    "repo1-retention-archive-type": policy.archiveType,
    "repo1-retention-history": policy.history,
    set,
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined).map(([key, value]) =>
    `--${key}=${value}`
  );
  const paths = [`--repo1-path=${root}/repo`, `--lock-path=${root}/lock`, `--log-path=${root}`];
  const command = new Deno.Command("pgbackrest", {
    args: [
      "--no-config",
      "--stanza=demo",
      "--log-level-file=off",
      "--log-level-console=info",
      ...paths,
      ...given,
      "expire",
    ],
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function readInfoFile(root: string): Promise<BackupInfo> {
  const file = `${root}/repo/backup/demo/backup.info`;
  return await readBackupInfo([await Deno.readFile(file)], { file });
}

async function planOurs(
  history: History,
  { policy, set, now }: { policy: RetentionPolicy; set: string | undefined; now: number },
): Promise<{ plan?: ExpirePlan; refused?: unknown }> {
  const content = {
    info: await reconciled(history),
    archive: await readArchiveInfo([bytes(history, "archive/demo/archive.info")], { file: "archive.info" }),
    folders: (await labelFolders(history)).map((folder) => ({
      ...folder,
      // 2.45 spares a resumable backup only in runs with --set; 2.59.1 and we always do.
      isResumable: folder.isResumable && set !== undefined,
    })),
    wal: walListings(history),
    history: historyYears(history),
  };
  try {
    const rules = { policy: withArchiveDefault(policy), request: set === undefined ? {} : { set }, now };
    return { plan: planExpire({ ...content, wal: asListed(content, rules) }, rules) };
  } catch (error) {
    return { refused: error };
  }
}

/** The WAL as expire lists it: names only of the folders it wants to look into. */
function asListed(content: StanzaContent, rules: ExpireRules): ArchiveListing[] {
  const empty = content.wal.map((archive) => ({
    ...archive,
    folders: new Map([...archive.folders.keys()].map((folder) => [folder, []])),
  }));
  const wanted = foldersToList({ ...content, wal: empty }, rules);
  return content.wal.map((archive) => ({
    ...archive,
    folders: new Map(
      [...archive.folders].map(([folder, names]) => {
        const isWanted = wanted.some((each) => each.archiveId === archive.archiveId && each.folder === folder);
        return [folder, isWanted ? names : []];
      }),
    ),
  }));
}

async function reconciled(history: History): Promise<BackupInfo> {
  const listed = await readBackupInfo([bytes(history, "backup/demo/backup.info")], { file: "backup.info" });
  const found = labelsIn(history).filter((label) => history.files.has(`backup/demo/${label}/backup.manifest`));
  const { candidates, info } = reconcile(listed, found);
  let current = info;
  for (const label of candidates) {
    const manifest = await readManifest([bytes(history, `backup/demo/${label}/backup.manifest`)], { file: label });
    const result = adopt(current, label, { record: recordOf(manifest), cluster: manifest.cluster });
    if ("info" in result) current = result.info;
  }
  return current;
}

async function labelFolders(history: History): Promise<LabelFolder[]> {
  const folders: LabelFolder[] = [];
  for (const label of labelsIn(history)) {
    const copy = history.files.get(`backup/demo/${label}/backup.manifest.copy`);
    const folder: LabelFolder = {
      label,
      hasManifest: history.files.has(`backup/demo/${label}/backup.manifest`),
      isResumable: copy !== undefined,
    };
    if (copy instanceof Uint8Array) {
      const { backup } = await readManifest([copy], { file: label });
      if (backup.prior !== undefined) folder.prior = backup.prior;
    }
    folders.push(folder);
  }
  return folders;
}

function labelsIn({ files }: History): string[] {
  const names = [...files.keys()].filter((path) => path.startsWith("backup/")).map((path) => path.split("/")[2]!);
  return [...new Set(names)].filter(isLabel);
}

function walListings({ files }: History): ArchiveListing[] {
  const listings = new Map<string, { folders: Map<string, string[]>; files: string[] }>();
  for (const path of files.keys()) {
    const [kind, , id, name, file] = path.split("/");
    if (kind !== "archive" || name === undefined) continue;
    const listing = listings.get(id!) ?? { folders: new Map<string, string[]>(), files: [] };
    listings.set(id!, listing);
    if (file === undefined) listing.files.push(name);
    else listing.folders.set(name, [...listing.folders.get(name) ?? [], file]);
  }
  return [...listings].map(([archiveId, listing]) => ({ archiveId, ...listing }));
}

function historyYears({ files }: History): { year: string; labels: string[] }[] {
  const years = new Map<string, string[]>();
  for (const path of files.keys()) {
    const [, , kind, year, name] = path.split("/");
    if (kind !== "backup.history") continue;
    years.set(year!, [...years.get(year!) ?? [], historyLabel(name!)!]);
  }
  return [...years].map(([year, labels]) => ({ year, labels }));
}

/** The files a plan leaves, except what depends on the moment. */
function leftBy(plan: ExpirePlan, { files }: History): string[] {
  const gone = (path: string): boolean => {
    const [kind, , second, third, fourth] = path.split("/");
    if (kind === "backup") {
      if (second !== "backup.history") return plan.folders.includes(second!);
      return plan.history.years.includes(third!) || plan.history.labels.includes(historyLabel(fourth!)!);
    }
    const removal = plan.wal.find(({ archiveId }) => archiveId === second);
    if (removal === undefined || third === undefined) return false;
    if (removal.all || removal.folders.includes(third) || removal.history.includes(third)) return true;
    return removal.files.some(({ folder, name }) => folder === third && name === fourth);
  };
  const expired = new Set(plan.expired.map(({ label }) => label));
  return [...files.keys()]
    .filter((path) => !gone(path))
    .filter((path) => !(expired.has(path.split("/")[2]!) && path.includes("/backup.manifest")))
    .sort();
}

function listTree(root: string, below = ""): string[] {
  const paths: string[] = [];
  for (const entry of Deno.readDirSync(`${root}/repo/${below}`)) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory) paths.push(...listTree(root, path));
    else if (!entry.isSymlink) paths.push(path);
  }
  return below === "" ? paths.sort() : paths;
}

function bytes({ files }: History, path: string): Uint8Array {
  const content = files.get(path)!;
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
