/** The same cluster at rest, backed up by both programs: what they write has to be the same but for what must differ. */
import { assert, assertEquals } from "@std/assert";
import type { PostgresOptions } from "../rig/postgres.ts";
import { executable } from "../rig/program.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { flat, type InfoText, parseInfoText } from "./info_text.ts";
import { archiveCommand, configureBoth } from "./judgement.ts";
import { type OddCluster, startOddCluster } from "./odd_cluster.ts";
import { differences, type TreeEntry, treeOf } from "./tree.ts";

/** What no two backups have in common, and what the versions do otherwise. */
const EXPECTED: readonly RegExp[] = [
  /^backrest: backrest-(checksum|version)$/,
  /^backup: backup-(archive-start|archive-stop|label|lsn-start|lsn-stop|reference)$/,
  /^backup: backup-timestamp-(copy-start|start|stop)$/,
  // Default 3 in 2.45, 1 in 2.59.
  /^backup:option: option-compress-level-network$/,
];

/** Files that the server, or the end of a backup, makes anew every time: their times differ; of some the content too. */
const RENEWED: Readonly<Record<string, readonly string[]>> = {
  "pg_data/backup_label": ["checksum", "size", "timestamp"],
  "pg_data/global/pg_control": ["checksum", "timestamp"],
  "pg_data/pg_logical/replorigin_checkpoint": ["timestamp"],
  "pg_data/tablespace_map": ["timestamp"],
};

/** A repository with one full backup. */
interface Made {
  label: string;
  repo: string;
}

/** Backs up an odd cluster with both, each into its own repository. */
async function backUpTwice(site: Site, odd: OddCluster): Promise<{ ours: Made; theirs: Made }> {
  for (const [repo, program] of [["ours", site.mustBackrest], ["theirs", site.mustPeer]] as const) {
    await program(["stanza-create", `--repo1-path=${site.path(repo)}`]);
  }
  await odd.postgres.sql("checkpoint");
  const made = async (repo: string, program: Site["mustPeer"]): Promise<Made> => {
    const said = await program(["backup", "--type=full", `--repo1-path=${site.path(repo)}`]);
    return { label: /new backup label = (\S+)/.exec(said)![1]!, repo: site.path(repo) };
  };
  return { theirs: await made("theirs", site.mustPeer), ours: await made("ours", site.mustBackrest) };
}

/** archive_command that stores each segment in both repositories. */
function archiveTwice(site: Site): string {
  const push = (repo: string) => archiveCommand(site, `${executable()} --repo1-path=${site.path(repo)}`);
  return `${push("ours")} && ${push("theirs")}`;
}

const CASES: readonly { type: string; what: string; options: PostgresOptions; bundle?: true }[] = [
  { type: "none", what: "an odd cluster", options: {} },
  { type: "gz", what: "a cluster the group may read", options: { groupAccess: true } },
  { type: "zst", what: "a cluster with its WAL elsewhere", options: { walFolder: "wal" } },
  { type: "none", what: "an odd cluster", options: {}, bundle: true },
];

for (const { type, what, options, bundle } of CASES) {
  const form = bundle ? `${type}, in bundles` : type;
  Deno.test(`of ${what} a backup (${form}) has the files, folders, links and metadata pgbackrest gives it`, async () => {
    await using site = makeSite(`same-${type}`);
    configureBoth(site, { "compress-type": type, ...(bundle ? BUNDLES : {}) });
    const settings = { archive_mode: "on", archive_command: archiveTwice(site) };
    await using odd = await startOddCluster(site, { ...options, settings, archiver: "none" });
    const { ours, theirs } = await backUpTwice(site, odd);

    const [ourTree, theirTree] = [await treeOf(ours.repo), await treeOf(theirs.repo)];
    assert(Object.keys(ourTree).length > (bundle ? 40 : 600), `only ${Object.keys(ourTree).length} files and folders`);
    assertEquals(differences(shapes(ourTree, ours), shapes(theirTree, theirs)), []);

    const [manifest, theirManifest] = [read(ours, manifestOf(ours)), read(theirs, manifestOf(theirs))];
    assertSameKeys(manifest, theirManifest);
    assertEquals(differences(comparable(manifest), comparable(theirManifest)), []);
    if (bundle) assertBundled(manifest, { repo: ours.repo, folder: `backup/${STANZA}/${ours.label}` });
    else assertStoredAsListed(manifest, { tree: ourTree, folder: `backup/${STANZA}/${ours.label}`, type });
    const { "checksum-page": valid, "checksum-page-error": pages } = fileEntry(manifest, odd.damaged.name);
    assertEquals({ valid, pages }, { valid: false, pages: odd.damaged.pages });

    assertSameInfoFiles(ours, theirs);
    for (const made of [ours, theirs]) assertSizes(made);
    await assertHistory(ours);
  });
}

/** What entries are and how they may be used, not what is in them, under names without labels, segments left out. */
function shapes(tree: Record<string, TreeEntry>, { label }: Made): Record<string, TreeEntry> {
  const anonymous = (text: string) => text.replaceAll(label, "LABEL");
  return Object.fromEntries(
    Object.entries(tree).filter(([path]) => !/\/[0-9A-F]{24}[-.]/.test(path)).map(([path, entry]) => {
      const { kind, mode, owner, target } = entry;
      return [anonymous(path), { kind, ...(mode && { mode }), owner, ...(target && { target: anonymous(target) }) }];
    }),
  );
}

function manifestOf({ label }: Made): string {
  return `backup/${STANZA}/${label}/backup.manifest`;
}

/** A file that has a copy of the same bytes. */
function read({ repo }: Made, path: string): InfoText {
  const text = Deno.readTextFileSync(`${repo}/${path}`);
  assertEquals(Deno.readTextFileSync(`${repo}/${path}.copy`), text);
  return parseInfoText(text);
}

/** The same sections with the same keys, in the same order. */
function assertSameKeys(a: InfoText, b: InfoText): void {
  const keys = (info: InfoText) =>
    Object.entries(info).map(([section, entries]) => [section, Object.keys(entries).join("\n")]);
  assertEquals(keys(a), keys(b));
}

/** Values without what is expected to differ; of files without what the libraries that compress make of them. */
function comparable(info: InfoText): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flat(info)).filter(([key]) => !EXPECTED.some((expected) => expected.test(key))).map(
      ([key, value]) => {
        if (!key.startsWith("target:file: ")) return [key, value];
        const hidden = ["rck", "repo-size", ...RENEWED[key.slice("target:file: ".length)] ?? []];
        return [key, JSON.stringify(JSON.parse(value), (name, each) => hidden.includes(name) ? "hidden" : each)];
      },
    ),
  );
}

interface FileEntry {
  size: number;
  bni?: number;
  bno?: number;
  checksum?: string;
  rck?: string;
  "repo-size"?: number;
  "checksum-page"?: boolean;
  "checksum-page-error"?: unknown[];
}

function fileEntry(manifest: InfoText, name: string): FileEntry {
  return JSON.parse(manifest["target:file"]![name]!);
}

/** Every file lies where the manifest says, with the bytes it says; and nothing else does. */
function assertStoredAsListed(
  manifest: InfoText,
  { tree, folder, type }: { tree: Record<string, TreeEntry>; folder: string; type: string },
): void {
  const extension = type === "none" ? "" : `.${type}`;
  const listed: string[] = [];
  for (const name of Object.keys(manifest["target:file"]!)) {
    const { size, checksum, rck, "repo-size": repoSize } = fileEntry(manifest, name);
    const path = `${folder}/${name}${extension}`;
    const wanted = type === "none"
      ? { size, sha1: checksum ?? "da39a3ee5e6b4b0d3255bfef95601890afd80709" }
      : { size: repoSize ?? size, sha1: rck };
    assertEquals({ size: tree[path]?.size, sha1: tree[path]?.sha1 }, wanted, name);
    if (type === "none") assertEquals([rck, repoSize], [undefined, undefined], name);
    listed.push(path);
  }
  const found = Object.keys(tree).filter((path) => path.startsWith(`${folder}/pg_`) && tree[path]!.kind === "file");
  assertEquals(found.sort(), listed.sort());
}

/** A bundle for each of data folder and tablespace, because the versions do not agree on when one is full. */
const BUNDLES = {
  "repo1-bundle": "y",
  "repo1-bundle-limit": "256KiB",
  "repo1-bundle-size": "1GiB",
  "process-max": "1",
};

/** The bundles hold the files that say so without a byte between them; nothing is stored of empty ones. */
function assertBundled(manifest: InfoText, { repo, folder }: { repo: string; folder: string }): void {
  const ends = new Map<number, number>();
  const bundled = Object.keys(manifest["target:file"]!).map((name) => fileEntry(manifest, name))
    .filter(({ bni }) => bni !== undefined)
    .sort((a, b) => a.bni! - b.bni! || (a.bno ?? 0) - (b.bno ?? 0));
  for (const { bni, bno = 0, size } of bundled) {
    assertEquals([bno, size > 0], [ends.get(bni!) ?? 0, true]);
    ends.set(bni!, bno + size);
  }
  assertEquals([...ends.keys()], [1, 2]);
  for (const [bundle, end] of ends) assertEquals(Deno.statSync(`${repo}/${folder}/bundle/${bundle}`).size, end);
}

/** backup.info and archive.info key by key; of the backup's own line every key, and every value that can be the same. */
function assertSameInfoFiles(ours: Made, theirs: Made): void {
  for (const path of [`archive/${STANZA}/archive.info`, `backup/${STANZA}/backup.info`]) {
    const [a, b] = [ours, theirs].map((made) => {
      const info = read(made, path);
      const current = info["backup:current"];
      if (current === undefined) return info;
      const line = JSON.stringify(
        JSON.parse(current[made.label]!),
        (key, value) => MOVING_RECORD.test(key) ? "hidden" : value,
      );
      return { ...info, "backup:current": { LABEL: line } };
    });
    assertSameKeys(a!, b!);
    assertEquals(differences(comparable(a!), comparable(b!)), []);
  }
}

/** Keys of a backup's line in backup.info that differ from backup to backup; sizes do by those of backup_label. */
const MOVING_RECORD = /^(backrest-version|backup-archive-.*|backup-lsn-.*|backup-timestamp-.*|backup-info-.*size.*)$/;

/** The sizes in backup.info are the sums over the files of the manifest. */
function assertSizes(made: Made): void {
  let [size, stored] = [0, 0];
  const manifest = read(made, manifestOf(made));
  for (const name of Object.keys(manifest["target:file"]!)) {
    const file = fileEntry(manifest, name);
    size += file.size;
    stored += file["repo-size"] ?? file.size;
  }
  const record = JSON.parse(read(made, `backup/${STANZA}/backup.info`)["backup:current"]![made.label]!);
  const listed = ["size", "size-delta", "repo-size", "repo-size-delta"].map((key) => record[`backup-info-${key}`]);
  assertEquals(listed, [size, size, stored, stored]);
}

/** The history has the manifest itself, in a gzip stream as the peer writes it. */
async function assertHistory({ repo, label }: Made): Promise<void> {
  const folder = `${repo}/backup/${STANZA}`;
  const packed = Deno.readFileSync(`${folder}/backup.history/${label.slice(0, 4)}/${label}.manifest.gz`);
  assertEquals(packed.subarray(0, 10).toHex(), "1f8b0800000000000203");
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(plain).text(), Deno.readTextFileSync(`${folder}/${label}/backup.manifest`));
}
