/** One repository in one form, written and read by both programs in turn. */
import { assert, assertEquals } from "@std/assert";
import { casesOf } from "../../rig/long_form.ts";
import { makeSite, type Site } from "../../rig/site.ts";
import { changeStillCluster, makeStillCluster, stillSegment } from "../../rig/still_cluster.ts";
import { assertVerified, configureBoth, parseInfo } from "../judgement.ts";
import { assertRestoredAlike } from "../restored_pair.ts";

const TYPES = ["none", "gz", "lz4", "zst", "bz2"] as const;

/** How things are stored. */
interface StorageForm {
  type: (typeof TYPES)[number];
  encrypted: boolean;
  bundle: boolean;
}

/** One of each compression, and among them every way to be encrypted and in bundles. */
function tellsMost({ type, encrypted, bundle }: StorageForm): boolean {
  const i = TYPES.indexOf(type);
  return encrypted === (i % 2 === 1) && bundle === (i % 4 > 1);
}

/** Registers the tests of forms that are encrypted, or of those that are not. */
export function testForms({ encrypted }: { encrypted: boolean }): void {
  const forms = TYPES.flatMap((type) => [false, true].map((bundle) => ({ type, encrypted, bundle })));
  for (const form of casesOf(forms.filter(tellsMost), forms.filter((form) => !tellsMost(form)))) testForm(form);
}

/** Registers the test of a form: incremental backups by either program on full ones of the other. */
function testForm(form: StorageForm): void {
  const { type, encrypted, bundle } = form;
  const name = [type, ...(encrypted ? ["encrypted"] : []), ...(bundle ? ["in bundles"] : [])].join(", ");
  Deno.test(`both programs write, continue, verify and restore ${name}`, async () => {
    await using site = makeSite(`form-${type}`);
    const options = { "compress-type": type, ...cipherOptions(encrypted), ...(bundle ? BUNDLES : {}) };
    configureBoth(site, { "repo1-retention-full": "9", ...options });
    await makeStillCluster(site);
    const [ours, theirs] = [site.mustBackrest, site.mustPeer];
    await (encrypted ? ours : theirs)(["stanza-create", "--no-online"]);
    const turns = [[ours, "full"], [theirs, "incr"], [theirs, "full"], [ours, "incr"]];
    for (const [round, [backup, kind]] of turns.entries()) {
      await (backup as typeof ours)(["backup", "--no-online", `--type=${kind}`]);
      changeStillCluster(site, round);
    }
    if (!bundle) await exchangeWal(site);
    const { backup } = parseInfo(await ours(["info", "--output=json"]));
    assertEquals(backup, parseInfo(await theirs(["info", "--output=json"])).backup);
    assertEquals(backup.map(({ type }) => type), turns.map(([, kind]) => kind));
    await assertVerified(site, backup.map(({ label }) => label));
    await ours(["verify"]);
    for (const { label } of backup.filter(({ prior }) => prior !== null)) {
      await assertRestoredAlike(site, label, { entries: 50 });
    }
    if (encrypted) assertNothingPlain(site);
  });
}

function cipherOptions(encrypted: boolean): Record<string, string> {
  return encrypted ? { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "a pass=phrase with [things]" } : {};
}

/** Small enough for several bundles, and for files that stand alone. */
const BUNDLES = { "repo1-bundle": "y", "repo1-bundle-limit": "300KiB", "repo1-bundle-size": "1MiB" };

/** Each program gets what the other has pushed. */
async function exchangeWal(site: Site): Promise<void> {
  for (const [i, [push, get]] of [[site.mustBackrest, site.mustPeer], [site.mustPeer, site.mustBackrest]].entries()) {
    for (
      const [name, bytes] of [[`00000001000000000000000${i + 1}`, stillSegment(i)], [
        `0000000${i + 2}.history`,
        HISTORY,
      ]]
    ) {
      const path = `pg/pg_wal/${name as string}`;
      site.write(path, bytes as Uint8Array, 0o600);
      await push!(["archive-push", site.path(path)]);
      await get!(["archive-get", name as string, site.path("got")]);
      assertEquals(Deno.readFileSync(site.path("got")), bytes);
    }
  }
}

const HISTORY = new TextEncoder().encode("1\t0/3000000\tno recovery target specified\n");

/** Whatever lies in an encrypted repository begins like something encrypted. */
function assertNothingPlain(site: Site): void {
  let files = 0;
  const walk = (folder: string) => {
    for (const { name, isFile, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) walk(`${folder}/${name}`);
      if (!isFile) continue;
      files++;
      const head = new TextDecoder().decode(Deno.readFileSync(`${folder}/${name}`).subarray(0, 8));
      assertEquals(head, "Salted__", `${folder}/${name}`);
    }
  };
  walk(site.path("repo"));
  assert(files > 20, `${files} files`);
}
