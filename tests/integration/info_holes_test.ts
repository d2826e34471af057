/** WAL that is missing is seen in info, and what cannot be read is said. */
import { assertEquals, assertMatch } from "@std/assert";
import { archiveFolder, storedSegment } from "../rig/repository.ts";
import { type Site, STANZA } from "../rig/site.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

/** Name of a segment of 16 MiB. */
function wal(number: number, timeline = 1): string {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
  return hex(timeline) + hex(Math.floor(number / 256)) + hex(number % 256);
}

/** Pushes segments made by hand. */
async function push(stanza: Stanza, ...names: string[]): Promise<void> {
  for (const name of names) {
    await stanza.site.mustBackrest(["archive-push", makeSegment(stanza, name)], { cwd: stanza.postgres.folder });
  }
}

/** Lines about the archive in what info prints. */
async function walLines(site: Site, args: string[] = []): Promise<string[]> {
  const text = await site.mustBackrest(["info", ...args]);
  return text.split("\n").filter((line) => line.startsWith("        wal archive")).map((line) => line.trim());
}

/** The first archive as JSON. */
async function archiveJson(site: Site, args: string[] = []): Promise<Record<string, unknown>> {
  return JSON.parse(await site.mustBackrest(["info", "--output=json", ...args]))[0].archive[0];
}

Deno.test("a hole is shown as text by itself and as JSON when it is asked for", async () => {
  await using stanza = await makeQuietStanza("holes");
  const { site } = stanza;
  const numbers = [253, 254, 255, 256, 257];
  await push(stanza, ...numbers.map((number) => wal(number)));
  const bounds = `wal archive min/max (15): ${wal(253)}/${wal(257)}`;
  assertEquals(await walLines(site), [bounds]);
  assertEquals(await archiveJson(site, ["--archive-ranges"]), {
    database: { id: 1, "repo-key": 1 },
    id: "15-1",
    max: wal(257),
    min: wal(253),
    missing: [],
    range: [{ count: 5, max: wal(257), min: wal(253), timeline: 1 }],
  });

  for (const lost of [254, 255]) await Deno.remove(storedSegment(site, wal(lost)));
  site.write(`repo/archive/${STANZA}/15-1/${wal(254).slice(0, 16)}/${wal(254)}.partial-${"0".repeat(40)}.gz`, "");
  site.write(
    `repo/archive/${STANZA}/15-1/${wal(254).slice(0, 16)}/${wal(255)}-${"0".repeat(40)}.gz.pgbackrest.tmp`,
    "",
  );
  const hole = `wal archive missing (15): repo1: ${wal(254)}/${wal(255)} (2 segments), recovery cannot pass it`;
  assertEquals(await walLines(site), [bounds, hole]);
  assertEquals(await walLines(site, ["--archive-ranges"]), [
    bounds,
    `wal archive range (15): repo1: ${wal(253)} (1 segment)`,
    `wal archive range (15): repo1: ${wal(256)}/${wal(257)} (2 segments)`,
    hole,
  ]);
  assertEquals(Object.keys(await archiveJson(site)), ["database", "id", "max", "min"]);
  const { missing } = await archiveJson(site, ["--archive-ranges"]);
  assertEquals(missing, [{ backup: null, count: 2, max: wal(255), min: wal(254), timeline: 1 }]);
  assertEquals(await walLines(site, ["--detail-level=progress"]), []);
});

Deno.test("missing WAL of a new timeline is seen from its history file", async () => {
  await using stanza = await makeQuietStanza("holes-fork");
  const { site } = stanza;
  await push(stanza, wal(4), wal(5), wal(8, 2));
  assertEquals((await walLines(site)).length, 1, "where the timeline began is not known");
  site.write("pg/pg_wal/00000002.history", "1\t0/6000028\tno recovery target specified\n");
  await site.mustBackrest(["archive-push", "pg_wal/00000002.history"], { cwd: stanza.postgres.folder });
  assertEquals((await walLines(site)).slice(1), [
    `wal archive missing (15): repo1: ${wal(6, 2)}/${wal(7, 2)} (2 segments), recovery cannot pass it`,
  ]);
  await push(stanza, wal(6, 2), wal(7, 2));
  assertEquals((await walLines(site)).length, 1);
  site.write(`repo/archive/${STANZA}/15-1/00000003.history`, "not a history\n");
  assertEquals((await walLines(site)).length, 1, "a history that makes no sense hides nothing else");
});

Deno.test("the backup that a hole makes useless is named, and what expire removes is no hole", async () => {
  await using stanza = await makeStanza("holes-backup", {
    global: { "repo1-retention-archive": "1", "repo2-retention-full": "9" },
    postgres: { walSegmentSize: 1 },
  });
  const { site, postgres } = stanza;
  stanza.configure({ "repo1-retention-archive": "1", "repo1-retention-full": "9" });
  const labels: string[] = [];
  for (let i = 0; i < 2; i++) {
    labels.push(await stanza.backup());
    for (let j = 0; j < 3; j++) await postgres.sql("select pg_create_restore_point('x'); select pg_switch_wal()");
  }
  await site.mustBackrest(["check"]);
  await site.mustBackrest(["expire"]);
  const { range } = await archiveJson(site, ["--archive-ranges"]) as { range: { count: number }[] };
  assertEquals(range.length, 2, "expire left a gap between what the first backup needs and the second one");
  assertEquals((await walLines(site)).length, 1);

  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  const { stop } = info.backup[0].archive;
  await Deno.remove(storedSegment(site, stop));
  assertEquals((await walLines(site)).slice(1), [
    `wal archive missing (15): repo1: ${stop} (1 segment), needed to restore ${labels[0]}`,
  ]);
  assertEquals((await archiveJson(site, ["--archive-ranges"]))["missing"], [
    { backup: [labels[0]], count: 1, max: stop, min: stop, timeline: 1 },
  ]);
});

Deno.test("a repository that has what another one lacks is named", async () => {
  await using stanza = await makeQuietStanza("holes-two", { create: false });
  const { site } = stanza;
  stanza.configure({ "repo2-path": site.path("repo2") });
  await site.mustBackrest(["stanza-create", "--no-online"]);
  await push(stanza, wal(4), wal(5), wal(6));
  await Deno.remove(storedSegment(site, wal(5)));
  assertEquals((await walLines(site)).slice(1), [
    `wal archive missing (15): repo1: ${wal(5)} (1 segment), found in repo2`,
  ]);
  await Deno.remove(storedSegment(site, wal(5), "repo2"));
  assertEquals(
    (await walLines(site)).slice(1).map((line) => line.replace(/repo\d/, "repo")),
    Array(2).fill(
      `wal archive missing (15): repo: ${wal(5)} (1 segment), recovery cannot pass it`,
    ),
  );
});

Deno.test("a folder of WAL that cannot be read leaves what else is known", async () => {
  await using stanza = await makeQuietStanza("holes-closed");
  const { site } = stanza;
  await push(stanza, wal(4), wal(300), wal(600));
  await Deno.chmod(`${archiveFolder(site)}/${wal(300).slice(0, 16)}`, 0o000);
  assertEquals(await walLines(site), [`wal archive min/max (15): ${wal(4)}/${wal(600)}`]);
  await Deno.chmod(`${archiveFolder(site)}/${wal(300).slice(0, 16)}`, 0o750);
});

Deno.test("the exit status tells when no repository could be read, and only then", async () => {
  await using stanza = await makeQuietStanza("info-unread", { create: false });
  const { site } = stanza;
  stanza.configure({ "repo2-path": site.path("repo2") });
  await site.mustBackrest(["stanza-create", "--no-online"]);
  const codes = async (): Promise<number[]> => {
    const ended = [await site.backrest(["info"]), await site.backrest(["info", "--output=json"])];
    JSON.parse(ended[1]!.stdout);
    return ended.map(({ code }) => code);
  };
  assertEquals(await codes(), [0, 0]);
  await Deno.chmod(site.path("repo/backup"), 0o000);
  assertEquals(await codes(), [0, 0]);
  await Deno.chmod(site.path("repo2/backup"), 0o000);
  assertEquals(await codes(), [104, 104]);
  assertMatch((await site.backrest(["info"])).stdout, /status: error \(other\)[^]*repo2: error \(other\)/);
  for (const repository of ["repo", "repo2"]) await Deno.remove(site.path(repository), { recursive: true });
  assertEquals(await codes(), [0, 0], "a repository without stanzas has answered");
});

Deno.test("a set cannot be shown together with nothing but progress", async () => {
  await using stanza = await makeQuietStanza("info-set", { create: false });
  const ended = await stanza.site.backrest(["info", "--set=20260101-000000F", "--detail-level=progress"]);
  assertEquals([ended.code, ended.stdout.includes("option 'set' not valid")], [31, true]);
});
