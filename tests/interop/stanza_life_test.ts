/** Creating, upgrading and deleting a stanza by both programs, from the same beginnings. */
import { assertEquals } from "@std/assert";
import { makeClusterFolder } from "../rig/control_file.ts";
import { startPostgres } from "../rig/postgres.ts";
import { type Ended, executable } from "../rig/program.ts";
import { filesBelow, namesIn } from "../rig/repository.ts";
import { saveFolder } from "../rig/saved_folder.ts";
import { makeSite, PEER, type Site, STANZA } from "../rig/site.ts";
import { archiveCommand, assertSameInfo, assertVerified, configureBoth } from "./judgement.ts";
import { flat, parseInfoText } from "./info_text.ts";

/** Clusters that are only a pg_control. */
const CLUSTERS = {
  pg: { version: "14", systemId: 7700000000000000014n },
  newer: { version: "15", systemId: 7700000000000000014n },
  foreign: { version: "14", systemId: 7700000000000000099n },
} as const;

const INFOS = ["archive", "backup"].flatMap((family) =>
  ["", ".copy"].map((suffix) => `${family}/${STANZA}/${family}.info${suffix}`)
);
const [ARCHIVE, ARCHIVE_COPY, BACKUP, BACKUP_COPY] = INFOS as [string, string, string, string];

/** A beginning, and a command that both programs are given there. */
interface Case {
  name: string;
  /** What is done to a repository with a fresh stanza. */
  prepare?: (site: Site) => Promise<void> | void;
  args: string[];
  code: number;
  /** False where our wording is another: only what is on disk counts. */
  sameWords?: false;
}

const remove = (...paths: string[]) => async (site: Site) => {
  for (const path of paths) await Deno.remove(site.path(`repo/${path}`));
};
const stopped = (site: Site) => site.write(`lock/${STANZA}.stop`, "");
const upgrade = (cluster: keyof typeof CLUSTERS) => async (site: Site) =>
  void await site.mustPeer(["stanza-upgrade", "--no-online", `--pg1-path=${site.path(cluster)}`]);
const both = (...steps: NonNullable<Case["prepare"]>[]) => async (site: Site) => {
  for (const step of steps) await step(site);
};
const CREATE = ["stanza-create", "--no-online"];
const UPGRADE = ["stanza-upgrade", "--no-online"];

const CASES: Case[] = [
  { name: "create where there is nothing", prepare: remove(...INFOS), args: CREATE, code: 0 },
  { name: "create again", args: CREATE, code: 0 },
  { name: "create without a copy", prepare: remove(ARCHIVE_COPY), args: CREATE, code: 0 },
  { name: "create with nothing but copies", prepare: remove(ARCHIVE, BACKUP), args: CREATE, code: 0 },
  { name: "create for another cluster", args: [...CREATE, "--pg1-path=foreign"], code: 28 },
  { name: "create for another version", args: [...CREATE, "--pg1-path=newer"], code: 28 },
  {
    name: "create beside WAL without info files",
    prepare: both(remove(...INFOS), (site) => site.makeFolder(`repo/archive/${STANZA}/14-1`)),
    args: CREATE,
    code: 40,
    sameWords: false,
  },
  { name: "create while stopped", prepare: stopped, args: CREATE, code: 62 },
  { name: "create in two repositories", args: [...CREATE, "--repo2-path=repo2"], code: 0 },
  { name: "upgrade to the same cluster", args: UPGRADE, code: 0 },
  { name: "upgrade to another version", args: [...UPGRADE, "--pg1-path=newer"], code: 0 },
  { name: "upgrade to another system id", args: [...UPGRADE, "--pg1-path=foreign"], code: 0 },
  { name: "upgrade back", prepare: both(upgrade("newer"), upgrade("foreign")), args: UPGRADE, code: 0 },
  { name: "upgrade while stopped", prepare: stopped, args: UPGRADE, code: 62 },
  {
    name: "upgrade without archive.info",
    prepare: remove(ARCHIVE, ARCHIVE_COPY),
    args: UPGRADE,
    code: 55,
    sameWords: false,
  },
  {
    name: "upgrade without backup.info",
    prepare: remove(BACKUP, BACKUP_COPY),
    args: UPGRADE,
    code: 55,
    sameWords: false,
  },
  {
    name: "upgrade of the half that an interrupted one left",
    prepare: both(upgrade("newer"), async (site) => {
      for (const path of [BACKUP, BACKUP_COPY]) {
        await Deno.copyFile(site.path(`repo.saved/${path}`), site.path(`repo/${path}`));
      }
    }),
    args: [...UPGRADE, "--pg1-path=newer"],
    code: 0,
  },
  {
    name: "upgrade of info files that went apart",
    prepare: both(upgrade("newer"), upgrade("pg"), async (site) => {
      for (const path of [BACKUP, BACKUP_COPY]) {
        await Deno.copyFile(site.path(`repo.saved/${path}`), site.path(`repo/${path}`));
      }
    }),
    args: UPGRADE,
    code: 28,
  },
  {
    name: "upgrade of two repositories",
    args: [...UPGRADE, "--repo2-path=repo2", "--pg1-path=newer"],
    code: 55,
    sameWords: false,
  },
  { name: "delete without a stop file", args: ["stanza-delete"], code: 55 },
  { name: "delete by force without a stop file", args: ["stanza-delete", "--force"], code: 55 },
  {
    name: "delete with nothing but the stop file of all stanzas",
    prepare: (site) => site.write("lock/all.stop", ""),
    args: ["stanza-delete", "--force"],
    code: 55,
  },
  { name: "delete", prepare: stopped, args: ["stanza-delete"], code: 0 },
  {
    name: "delete while a server seems to run",
    prepare: both(stopped, (site) => site.write("pg/postmaster.pid", "1")),
    args: ["stanza-delete"],
    code: 38,
  },
  {
    name: "delete by force while a server seems to run",
    prepare: both(stopped, (site) => site.write("pg/postmaster.pid", "1")),
    args: ["stanza-delete", "--force"],
    code: 0,
  },
  {
    name: "delete where there is nothing",
    prepare: both(stopped, (site) => Deno.remove(site.path("repo"), { recursive: true })),
    args: ["stanza-delete"],
    code: 0,
  },
  { name: "delete what is empty", prepare: remove(...INFOS), args: ["stanza-delete"], code: 0 },
  { name: "delete without saying where", prepare: stopped, args: ["stanza-delete", "--repo2-path=repo2"], code: 37 },
  {
    name: "delete of one of two",
    prepare: stopped,
    args: ["stanza-delete", "--repo2-path=repo2", "--repo=2"],
    code: 0,
  },
];

/** What a program did: exit status, words, files, and the content of the info files but for who wrote them. */
interface Outcome {
  code: number;
  words: string[];
  files: string[];
  folders: string[];
  infos: Record<string, Record<string, string>>;
}

/** The messages of a log without times, begin and end; of errors only the first line. */
function wordsOf({ stdout }: Ended): string[] {
  return stdout.split("\n").flatMap((line) => {
    const [, text] = /^\S+ \S+ P00 +(?:INFO|WARN|ERROR): (.*)$/.exec(line) ?? [];
    return text === undefined || /^[a-z-]+ command (?:begin|end)/.test(text) ? [] : [text];
  });
}

function outcomeOf(site: Site, ended: Ended): Outcome {
  const read = (path: string) =>
    flat(parseInfoText(Deno.readTextFileSync(site.path(path))), ["db", "db:history", "backup:current"]);
  const files = ["repo", "repo2", "lock"].flatMap((folder) =>
    filesBelow(site.path(folder)).map((path) => `${folder}/${path}`)
  );
  const infos = Object.fromEntries(files.filter((path) => path.includes(".info")).map((path) => [path, read(path)]));
  const folders = ["archive", "backup"].flatMap((family) => namesIn(site.path(`repo/${family}`)));
  return { code: ended.code, words: wordsOf(ended), files, folders, infos };
}

for (const { name, prepare, args, code, sameWords } of CASES) {
  Deno.test(`both programs do the same to a stanza and say the same about it: ${name}`, async () => {
    const outcomes: Outcome[] = [];
    for (const program of ["peer", "backrest"] as const) {
      await using site = makeSite("life");
      for (const [below, cluster] of Object.entries(CLUSTERS)) makeClusterFolder(site, below, cluster);
      site.configure({ global: { "log-level-stderr": "off" }, [STANZA]: { "pg1-path": site.path("pg") } });
      site.makeFolder("repo2");
      await site.mustPeer(["stanza-create", "--no-online"]);
      await saveFolder(site, "repo");
      await prepare?.(site);
      const words = args.map((arg) => arg.replace(/-path=(?!\/)/, `-path=${site.folder}/`));
      outcomes.push(outcomeOf(site, await site[program](words)));
    }
    const [theirs, ours] = outcomes as [Outcome, Outcome];
    assertEquals(theirs.code, code, theirs.words.join("\n"));
    assertEquals(ours, sameWords === false ? { ...theirs, words: ours.words } : theirs);
  });
}

/** What is done to a running server and its repository, and how both programs' check has to end there. */
const CHECKS: {
  name: string;
  args?: string[];
  sql?: string;
  settings?: Record<string, string>;
  code: number;
  sameWords?: false;
}[] = [
  { name: "all is well", code: 0 },
  { name: "archive_mode is not looked at", args: ["--no-archive-mode-check"], code: 0 },
  { name: "a standby is wanted", args: ["--backup-standby"], code: 0 },
  { name: "nobody answers", args: ["--pg1-socket-path=nowhere"], code: 27, sameWords: false },
  { name: "another folder", args: ["--pg1-path=other"], code: 58 },
  { name: "a repository without the stanza", args: ["--repo1-path=repo2"], code: 55, sameWords: false },
  { name: "a repository of another cluster", args: ["--repo1-path=repo3"], code: 28 },
  { name: "another archive_command", settings: { archive_command: "cp %p /nowhere" }, code: 68, sameWords: false },
  {
    name: "an archive_command that fails",
    settings: { archive_command: "false pgbackrest" },
    code: 82,
    sameWords: false,
  },
];

Deno.test("check ends and speaks like the peer's", async () => {
  await using site = makeSite("life-check");
  configureBoth(site, { "archive-timeout": "1", "log-level-stderr": "off" });
  const command = archiveCommand(site, PEER);
  await using postgres = await startPostgres(site, {
    archiver: "none",
    settings: { archive_mode: "on", archive_command: command },
  });
  site.makeFolder("other/global");
  site.write("other/global/pg_control", Deno.readFileSync(site.path("pg/global/pg_control")));
  makeClusterFolder(site, "foreign", CLUSTERS.foreign);
  await site.mustPeer(["stanza-create"]);
  const foreign = [`--pg1-path=${site.path("foreign")}`, `--repo1-path=${site.path("repo3")}`];
  await site.mustPeer(["stanza-create", "--no-online", ...foreign]);
  for (const { name, args = [], settings, code, sameWords } of CHECKS) {
    if (settings !== undefined) {
      postgres.configure(settings);
      await postgres.sql("select pg_reload_conf()");
    }
    const words = ["check", ...args.map((arg) => arg.replace(/-path=(?!\/)/, `-path=${site.folder}/`))];
    const theirs = await site.peer(words);
    const ours = await site.backrest(words);
    assertEquals([theirs.code, ours.code], [code, code], `${name}: ${ours.stdout}\n${theirs.stderr}`);
    const plain = (ended: Ended) =>
      wordsOf(ended).map((line) => line.replaceAll(/0{7}1[0-9A-F]{16}(?:-[0-9a-f]{40})?/g, "WAL"));
    if (sameWords !== false) assertEquals(plain(ours), plain(theirs), name);
  }
});

Deno.test("the peer goes on after an upgrade of ours", async () => {
  await using site = makeSite("life-turns");
  configureBoth(site, { "repo1-retention-full": "9" });
  const start = async (program: string) => {
    const settings = { archive_mode: "on", archive_command: archiveCommand(site, program) };
    return await startPostgres(site, { archiver: "none", settings });
  };
  {
    await using _first = await start(PEER);
    await site.mustPeer(["stanza-create"]);
    await site.mustPeer(["backup", "--type=full"]);
  }
  await Deno.rename(site.path("pg"), site.path("pg.old"));
  await using _second = await start(executable());
  await site.mustBackrest(["stanza-upgrade"]);
  await site.mustPeer(["check"]);
  await site.mustPeer(["backup", "--type=full"]);
  await site.mustBackrest(["backup", "--type=full"]);
  const { backup, archive } = await assertSameInfo(site);
  assertEquals([backup.length, archive.map(({ id }) => id)], [3, ["15-1", "15-2"]]);
  await assertVerified(site, backup.map(({ label }) => label));
});
