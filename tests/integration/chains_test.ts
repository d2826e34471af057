/**
 * Random chains of full, diff and incr backups of a cluster that changes at random, stored in random ways: every set comes back
 * as it was, into nothing and over whatever is there. CHAIN_ROUNDS sets how many, CHAIN_SEED repeats a run. Long form:
 * scripts/soak chains.
 */
import { assert, assertEquals } from "@std/assert";
import { Dice } from "../rig/dice.ts";
import { filesBelow } from "../rig/repository.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { damageAtRandom, StillChanges } from "../rig/still_changes.ts";
import { makeStillCluster, restorePlaces, TABLESPACE_FILES } from "../rig/still_cluster.ts";

const ROUNDS = Number(Deno.env.get("CHAIN_ROUNDS") ?? 1);
const SEED = Number(Deno.env.get("CHAIN_SEED") ?? Math.floor(Math.random() * 1e9));

/** Backups of a chain; as many in the short form as tell something. */
const LENGTH = ROUNDS > 1 ? 7 : 3;

Deno.test(`every set of ${ROUNDS} random chains comes back as it was (CHAIN_SEED=${SEED})`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const told: string[] = [];
    try {
      await testChain(SEED + round, (text) => void told.push(text));
    } catch (error) {
      throw new Error(`CHAIN_SEED=${SEED + round} CHAIN_ROUNDS=${ROUNDS > 1 ? 2 : 1}\n${told.join("\n")}`, {
        cause: error,
      });
    }
  }
});

/** A backup and the files of the cluster when it was made. */
interface MadeSet {
  label: string;
  files: Map<string, FileState>;
}

interface FileState {
  bytes: Uint8Array;
  mode: number;
  time: number;
}

async function testChain(seed: number, tell: (text: string) => void): Promise<void> {
  const dice = new Dice(seed);
  await using site = makeSite("chain");
  const form = chainForm(dice);
  configure(site, form);
  await makeStillCluster(site);
  const changes = new StillChanges(site, dice);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  const sets: MadeSet[] = [];
  for (let i = 0; i < LENGTH; i++) {
    const type = i === 0 ? "full" : dice.pick(["diff", "incr", "incr", ...(LENGTH > 3 ? ["incr", "full"] : [])]);
    const options = { ...form, ...backupForm(dice) };
    configure(site, options);
    tell(`${type} ${JSON.stringify(options)}`);
    // Of a cluster that did not change there is no backup.
    site.write("pg/serial", `${i}`);
    if (dice.chance(15)) tell(await breakOff(site, type, { dice, changes }));
    const said = await site.mustBackrest(["backup", "--no-online", `--type=${type}`]);
    const label = /new backup label = (\S+)/.exec(said)![1]!;
    tell(said.split("\n").filter((line) => /label =|WARN/.test(line)).join("\n"));
    sets.push({ label, files: filesOf(site) });
    tell(changes.make(dice.roll(0, 15)).join("\n"));
  }
  await site.mustBackrest(["verify", ...(dice.chance(50) ? ["--verify-content"] : [])]);
  await restoreAll(site, sets, { dice, tell });
}

/** Kills a backup, if it comes to that; the cluster may change until the next one. */
async function breakOff(
  site: Site,
  type: string,
  { dice, changes }: { dice: Dice; changes: StillChanges },
): Promise<string> {
  const { code, stdout } = await site.killedAt("fdatasync", dice.roll(1, 8), [
    "backup",
    "--no-online",
    `--type=${type}`,
  ]);
  assert([0, 128 + 9].includes(code), stdout);
  site.write("pg/serial", "again");
  return [`broken off with ${code}`, ...changes.make(dice.roll(0, 2))].join("\n");
}

/** What stays the same from the first backup on. */
function chainForm(dice: Dice): Record<string, string> {
  const encrypted = dice.chance(50) ? { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "pass" } : {};
  return { "repo1-retention-full": "9", "manifest-save-threshold": "1MiB", ...encrypted };
}

/** What may differ from one backup to the next; what may not is taken over from the prior one, with a warning. */
function backupForm(dice: Dice): Record<string, string> {
  return {
    "process-max": dice.pick(["1", "2"]),
    "compress-type": dice.pick(["none", "gz", "lz4", "zst", "zst", "bz2"]),
    ...(dice.chance(10) ? { delta: "y" } : {}),
    ...(dice.chance(10) ? { "repo1-hardlink": "y" } : {}),
    ...(dice.chance(85) ? bundleForm(dice) : {}),
  };
}

function bundleForm(dice: Dice): Record<string, string> {
  return {
    "repo1-bundle": "y",
    "repo1-bundle-limit": dice.pick(["8KiB", "300KiB", "2MiB"]),
    "repo1-bundle-size": dice.pick(["1MiB", "20MiB"]),
    ...(dice.chance(85) ? blockForm(dice) : {}),
  };
}

function blockForm(dice: Dice): Record<string, string> {
  return {
    "repo1-block": "y",
    ...(dice.chance(80) ? { "repo1-block-age-map": dice.pick(["0=1", "20=2", "10=0"]) } : {}),
    ...(dice.chance(30) ? { "repo1-block-size-map": dice.pick(["8KiB=8KiB", "16KiB=24KiB", "1MiB=128KiB"]) } : {}),
    ...(dice.chance(30) ? { "repo1-block-checksum-size-map": dice.pick(["8KiB=6", "8KiB=16", "16KiB=9"]) } : {}),
    ...(dice.chance(30) ? { "repo1-block-size-super": dice.pick(["32KiB", "1MiB"]) } : {}),
    ...(dice.chance(30) ? { "repo1-block-size-super-full": dice.pick(["64KiB", "16MiB"]) } : {}),
  };
}

function configure(site: Site, options: Record<string, string>): void {
  site.configure({ global: options, [STANZA]: { "pg1-path": site.path("pg") } });
}

/** Restores all sets in an order of chance, each over what the restores before left, and some into nothing. */
async function restoreAll(
  site: Site,
  sets: MadeSet[],
  { dice, tell }: { dice: Dice; tell: (text: string) => void },
): Promise<void> {
  for (const left = [...sets]; left.length > 0;) {
    const set = left.splice(dice.roll(0, left.length - 1), 1)[0]!;
    const isFirst = left.length === sets.length - 1;
    if (!isFirst && dice.chance(50)) {
      tell(`restore ${set.label}`);
      await site.mustBackrest(restoreArgs(site, set, "fresh"));
      assertRestored(site, set, "fresh");
      for (const below of ["fresh", "fresh-spaces"]) Deno.removeSync(site.path(below), { recursive: true });
    }
    // By size and time, or by what is in the files.
    const byTime = dice.chance(20);
    const way = isFirst ? [] : byTime ? ["--delta", "--force"] : ["--delta"];
    if (!isFirst) tell(damageOver(site, { dice, hidden: !byTime }).join("\n"));
    tell(`restore ${set.label} ${way.join(" ")}`);
    const args = [...restoreArgs(site, set, "over"), ...way];
    if (!isFirst && dice.chance(10)) {
      tell(`broken off with ${(await site.killedAt("rename", dice.roll(1, 9), args)).code}`);
    }
    await site.mustBackrest(args);
    assertRestored(site, set, "over");
  }
}

function damageOver(site: Site, { dice, hidden }: { dice: Dice; hidden: boolean }): string[] {
  const folders = ["over/base/1", "over/base/5", `over-spaces/ts16384/${TABLESPACE_FILES}`];
  return damageAtRandom(folders.map((folder) => site.path(folder)), { dice, count: dice.roll(0, 8), hidden });
}

function restoreArgs(site: Site, { label }: MadeSet, below: string): string[] {
  return ["restore", `--set=${label}`, "--type=none", "--process-max=2", ...restorePlaces(site, below)];
}

/** The files of the cluster now. */
function filesOf(site: Site): MadeSet["files"] {
  return new Map([...statesBelow(site.path("pg"), "pg"), ...statesBelow(site.path("tablespace"), "ts16384")]);
}

function* statesBelow(folder: string, prefix: string): Generator<[string, FileState]> {
  for (const path of filesBelow(folder)) {
    if (/auto\.conf|pg_tblspc/.test(path)) continue;
    const { mode, mtime } = Deno.statSync(`${folder}/${path}`);
    const state = {
      bytes: Deno.readFileSync(`${folder}/${path}`),
      mode: mode! & 0o777,
      time: Math.floor(mtime!.getTime() / 1000),
    };
    yield [`${prefix}/${path}`, state];
  }
}

/** All files are those of the set, byte by byte, and there are no others. */
function assertRestored(site: Site, { files, label }: MadeSet, below: string): void {
  const found = new Map([
    ...statesBelow(site.path(below), "pg"),
    ...statesBelow(site.path(`${below}-spaces/ts16384`), "ts16384"),
  ]);
  assertEquals([...found.keys()].sort(), [...files.keys()].sort(), `${label} in ${below}`);
  for (const [path, { bytes, mode, time }] of files) {
    const there = found.get(path)!;
    const isSame = bytes.length === there.bytes.length && bytes.every((byte, i) => byte === there.bytes[i]);
    assertEquals([isSame, there.mode, there.time], [true, mode, time], `${path} of ${label} in ${below}`);
  }
}
