/** Both programs work on one repository and one cluster in turn; ours goes by the peer's name. */
import { assertEquals, assertMatch } from "@std/assert";
import { contentOf } from "../rig/content.ts";
import { executable, run, succeed } from "../rig/program.ts";
import { makeSite, PEER, type Site, STANZA } from "../rig/site.ts";
import { archiveCommand, assertSameInfo, assertVerified, configureBoth, labelFolders } from "./judgement.ts";
import { assertRecovered, insert, startOddCluster } from "./odd_cluster.ts";
import { assertRestoredAlike } from "./restored_pair.ts";
import { differences, treeOf } from "./tree.ts";

/** How each stores WAL, so that the name of a segment tells who pushed it. */
const OURS = "--compress-type=zst";
const THEIRS = "--compress-type=gz";

/** Our executable under the peer's name, in a folder that can stand first in PATH. */
function linkAsPeer(site: Site): string {
  site.makeFolder("bin");
  Deno.symlinkSync(executable(), site.path("bin/pgbackrest"));
  return site.path("bin/pgbackrest");
}

/** Even segments go to one program, odd ones to the other. */
function alternating(site: Site): string {
  const ours = archiveCommand(site, `pgbackrest ${OURS}`);
  const theirs = archiveCommand(site, `${PEER} ${THEIRS}`);
  return `PATH=${site.path("bin")}:$PATH; case %f in *[13579BDF]) ${ours};; *) ${theirs};; esac`;
}

/** Names of stored segments without their checksums, ascending. */
async function storedSegments(site: Site): Promise<string[]> {
  const names = Object.keys(await treeOf(site.path(`repo/archive/${STANZA}`))).map((path) => path.split("/").at(-1)!);
  return names.flatMap((name) => /^([0-9A-F]{24})-[0-9a-f]{40}(\.[a-z0-9]+)?$/.exec(name)?.slice(1).join("") ?? [])
    .sort();
}

Deno.test("both programs take turns in one repository and one cluster", async () => {
  await using site = makeSite("turns");
  const program = linkAsPeer(site);
  configureBoth(site, { "repo1-retention-full": "9" });
  await using odd = await startOddCluster(site, {
    settings: { archive_mode: "on", archive_command: alternating(site) },
  });
  const { postgres } = odd;
  const base = [`--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`];
  const ours = (...args: string[]) => succeed(program, [...base, ...args]);
  const theirs = (...args: string[]) => succeed(PEER, [...base, ...args]);

  assertMatch(await succeed(program, ["version"]), /^pgBackRest 2\.59\.1\n$/);
  await theirs("stanza-create");
  assertMatch(await ours("stanza-create"), /stanza 'demo' already exists on repo1 and is valid/);
  await ours("check");
  await theirs("check");
  const turns = [
    [theirs, "full"],
    [ours, "incr"],
    [ours, "full"],
    [theirs, "diff"],
    [ours, "incr"],
    [theirs, "incr"],
    [ours, "diff"],
  ] as const;
  for (const [backup, type] of turns) {
    await backup("backup", `--type=${type}`, backup === ours ? OURS : THEIRS);
    await insert(postgres, `after backup ${labelFolders(site).length}`);
  }
  const { backup: list } = await assertSameInfo(site);
  const labels = list.map(({ label }) => label);
  const [a, b, c, d, e, f, g] = labels;
  assertEquals(list.map(({ type, prior }) => [type, prior]), [
    ["full", null],
    ["incr", a],
    ["full", null],
    ["diff", c],
    ["incr", d],
    ["incr", e],
    ["diff", c],
  ]);
  await assertVerified(site, labels);
  assertEquals(
    (await storedSegments(site)).map((name) => name.slice(23)).filter((end) =>
      !/^([13579BDF]\.zst|[02468ACE]\.gz)$/.test(end)
    ),
    [],
    "every segment was pushed by the program whose turn it was",
  );

  const content = await contentOf(postgres);
  await postgres.stop();
  for (const label of [b, f, g]) await assertRestoredAlike(site, label!);
  odd.removeForeign();
  await ours("restore", "--delta", "--link-all");
  assertMatch(
    Deno.readTextFileSync(site.path("pg/postgresql.auto.conf")),
    new RegExp(`restore_command = '${program} `),
  );
  await assertRecovered(postgres, content);
  await postgres.stop();
  await theirs("restore", "--delta", "--link-all", `--set=${e}`);
  await assertRecovered(postgres, content);

  await ours("expire", "--repo1-retention-full=1");
  assertEquals((await assertSameInfo(site)).backup.map(({ label }) => label), [c, d, e, f, g]);
  await unchanged(site, () => theirs("expire", "--repo1-retention-full=1"));
  await theirs("expire", "--repo1-retention-full=1", "--repo1-retention-diff=1");
  assertEquals((await assertSameInfo(site)).backup.map(({ label }) => label), [c, g]);
  await unchanged(site, () => ours("expire", "--repo1-retention-full=1", "--repo1-retention-diff=1"));
  assertEquals(labelFolders(site), [c, g]);
  await assertVerified(site, [c!, g!]);
});

/** After one program the other finds nothing to do: no file comes, goes or changes but backup.info, which is saved again. */
async function unchanged(site: Site, act: () => Promise<unknown>): Promise<void> {
  const look = () => treeOf(site.path("repo"), { skip: (path) => /\/backup\.info(\.copy)?$/.test(path) });
  const before = await look();
  await act();
  assertEquals(differences(before, await look()), []);
}

Deno.test("a segment the other program has pushed is accepted again with equal content and refused with other", async () => {
  await using site = makeSite("duplicates");
  configureBoth(site);
  await using odd = await startOddCluster(site, { archiver: "/bin/true pgbackrest" });
  await site.mustPeer(["stanza-create"]);
  const { sql, folder } = odd.postgres;
  const names: string[] = [];
  for (let i = 0; i < 2; i++) {
    await sql("insert into added values (1)");
    names.push(await sql("select pg_walfile_name(pg_switch_wal())"));
  }
  const [first, second] = names.map((name) => `${folder}/pg_wal/${name}`);
  for (
    const [path, push, repeat] of [
      [first!, site.backrest, site.peer],
      [second!, site.peer, site.backrest],
    ] as const
  ) {
    assertEquals((await push(["archive-push", path, "--compress-type=zst"])).code, 0);
    const stored = await storedSegments(site);
    const again = await repeat(["archive-push", path, "--compress-type=gz"]);
    assertEquals(again.code, 0, again.stderr);
    assertMatch(
      again.stderr + again.stdout,
      /WARN: WAL file '\w+' already exists in the repo1 archive with the same checksum/,
    );
    assertEquals(await storedSegments(site), stored);

    const changed = `wal/${path.slice(-24)}`;
    site.makeFolder("wal");
    const bytes = Deno.readFileSync(path);
    bytes[100_000]! ^= 1;
    site.write(changed, bytes);
    assertEquals((await repeat(["archive-push", site.path(changed)])).code, 45);
    assertEquals((await push(["archive-push", site.path(changed)])).code, 45);
    assertEquals(await storedSegments(site), stored);
    for (const get of [site.backrest, site.peer]) {
      assertEquals((await get(["archive-get", path.slice(-24), site.path("got")])).code, 0);
      assertEquals(await sha1(site.path("got")), await sha1(path));
      Deno.removeSync(site.path("got"));
    }
  }
  assertEquals((await run("/bin/ls", [site.path("repo/archive/demo/15-1")])).stdout, "0000000100000000\n");
});

Deno.test("files that are no whole segments are stored under the same names and got by the other", async () => {
  await using site = makeSite("others");
  configureBoth(site);
  await using odd = await startOddCluster(site, { archiver: "/bin/true pgbackrest" });
  await site.mustPeer(["stanza-create"]);
  const { sql, folder } = odd.postgres;
  const segment = Deno.readFileSync(`${folder}/pg_wal/${await sql("select pg_walfile_name(pg_switch_wal())")}`);
  site.makeFolder("wal");
  const history = (timeline: number) => `${timeline}\t0/${timeline}000000\tno recovery target specified\n`;
  const makers = [
    { push: site.backrest, get: site.peer, digit: "A" },
    { push: site.peer, get: site.backrest, digit: "B" },
  ];
  for (const { push, get, digit } of makers) {
    const contents = {
      [`0000000${digit}.history`]: new TextEncoder().encode(history(parseInt(digit, 16))),
      [`0000000${digit}0000000000000007.partial`]: segment,
      [`0000000${digit}0000000000000007.00000028.backup`]: new TextEncoder().encode("START WAL LOCATION: 0/7000028\n"),
    };
    for (const [name, content] of Object.entries(contents)) {
      site.write(`wal/${name}`, content);
      assertEquals((await push(["archive-push", site.path(`wal/${name}`)])).code, 0, name);
      assertEquals((await get(["archive-get", name, site.path(`wal/got ${name}`)])).code, 0, name);
      assertEquals(Deno.readFileSync(site.path(`wal/got ${name}`)), content, name);
    }
    assertEquals((await get(["archive-get", `0000000${digit}0000000000000007`, site.path("wal/none")])).code, 1);
  }
  const stored = Object.keys(await treeOf(site.path("repo/archive/demo/15-1")));
  const of = (digit: string) => stored.filter((path) => path.startsWith(`0000000${digit}`));
  assertEquals(of("A").length, 4);
  assertEquals(of("A").map((path) => path.replaceAll("0000000A", "0000000B")), of("B"));
});

async function sha1(path: string): Promise<string> {
  return (await succeed("/usr/bin/sha1sum", [path])).slice(0, 40);
}
