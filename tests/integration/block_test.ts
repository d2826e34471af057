/** Block incremental backups: chains of them, what is stored and read, and what damage does. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../rig/program.ts";
import { backupPath, damage, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { assertSameFiles } from "../rig/same_files.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { changeStillCluster, makeStillCluster, restorePlaces } from "../rig/still_cluster.ts";

const BACKUP = ["backup", "--no-online"];

const BLOCKS = {
  "repo1-bundle": "y",
  "repo1-bundle-limit": "1MiB",
  "repo1-bundle-size": "1MiB",
  "repo1-block": "y",
  // The files of a still cluster are old.
  "repo1-block-age-map": "0=1",
  "repo1-retention-full": "9",
  "process-max": "2",
  "manifest-save-threshold": "1MiB",
};

const AES = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "pass" };

async function makeBlockSite(name: string, options: Record<string, string> = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(name));
  site.configure({
    global: { "compress-type": "zst", ...BLOCKS, ...options },
    [STANZA]: { "pg1-path": site.path("pg") },
  });
  await makeStillCluster(site);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  stack.move();
  return site;
}

async function backUp(site: Site, type: string, args: string[] = []): Promise<string> {
  const said = await site.mustBackrest([...BACKUP, `--type=${type}`, ...args]);
  return /new backup label = (\S+)/.exec(said)![1]!;
}

/** Keeps the data folder as it is now. */
async function keep(site: Site, below: string): Promise<void> {
  assertEquals((await run("/bin/cp", ["-a", site.path("pg"), site.path(below)])).code, 0);
}

function restoreArgs(site: Site, label: string, below: string): string[] {
  const delta = namesIn(site.path(below)).length > 0 ? ["--delta"] : [];
  const how = ["--type=none", "--log-level-console=detail", ...delta];
  return ["restore", `--set=${label}`, ...restorePlaces(site, below), ...how];
}

/** What the manifest of a backup says of a file. */
async function fileIn(site: Site, label: string, name: string) {
  const shown = await site.mustBackrest(["manifest", "--output=json", `--set=${label}`, `--filter=pg_data/${name}`]);
  return JSON.parse(shown).fileList[0];
}

for (
  const [name, options] of [["zst", {}], ["gz, encrypted", { "compress-type": "gz", ...AES }], [
    "none",
    { "compress-type": "none" },
  ]] as const
) {
  Deno.test(`every backup of a chain is restored to what was there, into nothing and over another one (${name})`, async () => {
    await using site = await makeBlockSite("block-chain", options);
    const labels: string[] = [];
    for (const [round, type] of ["full", "incr", "incr", "diff", "incr"].entries()) {
      labels.push(await backUp(site, type));
      await keep(site, `was-${round}`);
      changeStillCluster(site, round);
    }
    await site.mustBackrest(["verify", "--verify-content"]);
    for (const round of [0, 4, 2, 3, 1]) {
      await site.mustBackrest(restoreArgs(site, labels[round]!, "over"));
      assertSameFiles(site, `was-${round}`, "over");
    }
    for (const round of [2, 4]) {
      await site.mustBackrest(restoreArgs(site, labels[round]!, `into-${round}`));
      assertSameFiles(site, `was-${round}`, `into-${round}`);
    }
  });
}

Deno.test("only changed blocks are stored: none of what was touched or cut at a block, the map alone of what was cut", async () => {
  await using site = await makeBlockSite("block-stored", { "compress-type": "none" });
  const path = (name: string) => site.path(`pg/base/5/${name}`);
  const full = await backUp(site, "full");
  const whole = Deno.readFileSync(path("2009"));
  Deno.utimeSync(path("2008"), 1_700_000_009, 1_700_000_009);
  site.write("pg/base/5/2007", Deno.readFileSync(path("2007")).slice(0, 8192 * 3), 0o600);
  const changed = whole.slice();
  for (const block of [3, 5, 200]) changed[block * 8192 + 17]! ^= 1;
  site.write("pg/base/5/2009", changed, 0o600);
  const incr = await backUp(site, "incr");
  assertEquals((await fileIn(site, incr, "base/5/2008")).reference, full);
  const cut = await fileIn(site, incr, "base/5/2007");
  assertEquals([cut.reference, cut.size, cut.repo.size], [undefined, 8192 * 3, cut.block.map.size]);
  const file = await fileIn(site, incr, "base/5/2009");
  assertEquals([file.reference, file.repo.size - file.block.map.size], [undefined, 3 * 8192]);
  assertEquals(
    file.block.map.delta.map(({ reference, block }: { reference: number; block: { total: number } }) => {
      return [reference, block.total];
    }),
    [[0, Math.ceil(whole.length / 8192) - 3], [1, 3]],
  );
  assertEquals(filesBelow(backupPath(site, incr)).filter((each) => each.endsWith(".pgbi")), [
    "pg_data/base/5/2009.pgbi",
  ]);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  const { repository } = info.backup[1].info;
  assert(repository["size-map"] > repository["delta-map"] && repository["delta-map"] > 0, JSON.stringify(repository));
  assertEquals("size" in repository, false);
});

Deno.test("with --delta only the super blocks of blocks that differ are read", async () => {
  await using site = await makeBlockSite("block-delta", { "compress-type": "none" });
  const full = await backUp(site, "full");
  await site.mustBackrest(restoreArgs(site, full, "over"));
  const stored = `${backupPath(site, full)}/pg_data/base/5/2009.pgbi`;
  const restored = site.path("over/base/5/2009");
  const inode = Deno.statSync(restored).ino;
  // One block of the second super block differs, and the repository has lost the first and the third.
  damage(restored, 1_500_000);
  Deno.writeFileSync(restored, new Uint8Array(100), { append: true });
  for (const at of [500_000, 2_500_000]) damage(stored, at);
  await site.mustBackrest(restoreArgs(site, full, "over"));
  assertSameFiles(site, "pg", "over");
  assertEquals(Deno.statSync(restored).ino, inode);
  damage(restored, 500_000);
  const refused = await site.backrest(restoreArgs(site, full, "over"));
  assertEquals(refused.code, 26, refused.stdout);
  assertMatch(refused.stdout, /over\/base\/5\/2009/);
});

Deno.test("a file with another name on disk is replaced, not changed in place", async () => {
  await using site = await makeBlockSite("block-link");
  const full = await backUp(site, "full");
  await site.mustBackrest(restoreArgs(site, full, "over"));
  damage(site.path("over/base/5/2009"), 1_500_000);
  Deno.linkSync(site.path("over/base/5/2009"), site.path("kept"));
  const before = Deno.readFileSync(site.path("kept"));
  await site.mustBackrest(restoreArgs(site, full, "over"));
  assertSameFiles(site, "pg", "over");
  assertEquals(Deno.readFileSync(site.path("kept")), before);
});

Deno.test("damage in a super block or in a map is found by verify and named by a restore", async () => {
  await using site = await makeBlockSite("block-damage", AES);
  const full = await backUp(site, "full");
  changeStillCluster(site, 0);
  const incr = await backUp(site, "incr");
  const stored = `${backupPath(site, full)}/pg_data/base/5/2008.pgbi`;
  const whole = Deno.readFileSync(stored);
  for (const at of [1000, whole.length - 20]) {
    Deno.writeFileSync(stored, whole);
    damage(stored, at);
    const verified = await site.backrest(["verify", `--set=${incr}`, "--log-level-console=warn"]);
    assertEquals(verified.code, 26, verified.stdout);
    assertMatch(verified.stdout, /invalid checksum '\d{8}-\d{6}F\/pg_data\/base\/5\/2008\.pgbi'/);
    const restored = await site.backrest(restoreArgs(site, incr, "over"));
    assert([26, 29, 95].includes(restored.code), restored.stdout);
    assertMatch(restored.stdout, /base\/5\/2008/);
    assertEquals(namesIn(site.path("over/global")).includes("pg_control"), false);
  }
});

Deno.test("a prior map that cannot be used is a warning, and the file is stored with all its blocks", async () => {
  await using site = await makeBlockSite("block-prior", AES);
  const full = await backUp(site, "full");
  const stored = `${backupPath(site, full)}/pg_data/base/5/2009.pgbi`;
  damage(stored, Deno.statSync(stored).size - 20);
  damage(site.path("pg/base/5/2009"), 5);
  const said = await site.mustBackrest([...BACKUP, "--type=incr"]);
  assertMatch(
    said,
    /WARN: block map of file 'pg_data\/base\/5\/2009' in the prior backup is unusable, all of it is stored/,
  );
  await site.mustBackrest(restoreArgs(site, labelsIn(site)[1]!, "over"));
  assertSameFiles(site, "pg", "over");
});

Deno.test("blocks can be left out in later backups of a set and come back", async () => {
  await using site = await makeBlockSite("block-switch");
  await backUp(site, "full");
  for (const [round, args] of [["--no-repo1-block"], ["--no-repo1-bundle", "--no-repo1-block"], []].entries()) {
    // Options that depend on others are an error without them.
    const left = Object.entries(BLOCKS).filter(([name]) => {
      return !(args.length > 0 && name.startsWith("repo1-block")) &&
        !(args.length > 1 && name.startsWith("repo1-bundle"));
    });
    const hardLinks = args.length > 1;
    const more: Record<string, string> = hardLinks ? { "repo1-hardlink": "y" } : {};
    const global = { "compress-type": "zst", ...more, ...Object.fromEntries(left) };
    site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
    changeStillCluster(site, round);
    const label = await backUp(site, "incr");
    const linked = filesBelow(backupPath(site, label)).filter((path) => {
      return Deno.statSync(`${backupPath(site, label)}/${path}`).nlink! > 1;
    });
    assertEquals(linked.length > 0, hardLinks, "what lies in bundles has no file to be linked");
    await site.mustBackrest(restoreArgs(site, label, "over"));
    assertSameFiles(site, "pg", "over");
    await site.mustBackrest(["verify", "--verify-content"]);
  }
});

Deno.test("a backup of blocks that broke off goes on with those it had stored", async () => {
  await using site = await makeBlockSite("block-resume", { ...AES, "process-max": "1" });
  await backUp(site, "full");
  changeStillCluster(site, 0);
  for (let i = 0; i < 5; i++) site.write(`pg/base/1/500${i}`, crypto.getRandomValues(new Uint8Array(60_000)), 0o600);
  const killed = await site.killedAt("fdatasync", 2, [...BACKUP, "--type=incr"]);
  assertEquals(killed.code, 128 + 9, killed.stdout);
  const said = await site.mustBackrest([...BACKUP, "--type=incr", "--log-level-console=detail"]);
  assertStringIncludes(said, "resumable backup");
  assertMatch(said, /checksum resumed file/);
  await site.mustBackrest(["verify", "--verify-content"]);
  await site.mustBackrest(restoreArgs(site, labelsIn(site)[1]!, "over"));
  assertSameFiles(site, "pg", "over");
});

Deno.test("blocks in the layout of the peer's beta are recognised, and neither restored nor built upon", async () => {
  await using site = await makeBlockSite("block-beta");
  const global = { "compress-type": "zst", "repo1-bundle": "y", "process-max": "2" };
  site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
  const beta = ["--beta", "--repo1-block", "--repo1-block-age-map=0=1"];
  await site.mustPeer([...BACKUP, "--type=full", ...beta]);
  const [label] = labelsIn(site);
  const what = `backup '${label}' holds blocks in the layout that pgbackrest had as a beta up to 2.45`;
  for (const args of [restoreArgs(site, label!, "over"), [...BACKUP, "--type=incr"]]) {
    const ended = await site.backrest(args);
    assertEquals(ended.code, 67, ended.stdout);
    assertStringIncludes(ended.stdout, what);
    assertStringIncludes(ended.stdout, "HINT: ");
  }
  assertEquals([namesIn(site.path("over")), labelsIn(site)], [[], [label]]);
  const verified = await site.mustBackrest(["verify", "--verify-content"]);
  assertStringIncludes(verified, "the content of files in blocks is not verified");
  const full = await backUp(site, "full");
  await site.mustBackrest(restoreArgs(site, full, "over"));
  assertSameFiles(site, "pg", "over");
});

Deno.test("tables that make no sense are refused before anything is done", async () => {
  await using site = await makeBlockSite("block-options");
  const age = BLOCKS["repo1-block-age-map"];
  for (
    const [option, value] of [
      ["repo1-block-size-map", "16KiB=10KiB"],
      ["repo1-block-size-map", "0=8KiB"],
      ["repo1-block-size-map", "16KiB=0"],
      ["repo1-block-size-map", "x=8KiB"],
      ["repo1-block-size-map", "16KiB=1GiB"],
      ["repo1-block-age-map", "7d=2"],
      ["repo1-block-age-map", "7=0.5"],
      ["repo1-block-age-map", "-1=2"],
      ["repo1-block-checksum-size-map", "8KiB=5"],
      ["repo1-block-checksum-size-map", "8KiB=17"],
      ["repo1-block-size-super", "31KiB"],
      ["repo1-block-size-super-full", "17MiB"],
    ] as const
  ) {
    const global = { ...BLOCKS, [option]: value };
    site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
    const ended = await site.backrest([...BACKUP, "--type=full"]);
    assertEquals(ended.code, 32, `${option}=${value} beside ${age}: ${ended.stdout}${ended.stderr}`);
  }
  assertEquals(labelsIn(site), []);
});
