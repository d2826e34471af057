import { assertEquals, assertRejects } from "@std/assert";
import { type ArchiveMatch, deliver, findInArchives } from "../../../src/command/archive_get/find.ts";
import { BackRestError, fail } from "../../../src/error.ts";
import { newArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import { type Repository, saveArchiveInfo } from "../../../src/repository/repository.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import { CLUSTER_14, CLUSTER_15 } from "../../repository/made.ts";

const SEGMENT = "000000010000000000000001";
const [A, B] = ["a".repeat(40), "b".repeat(40)];
const REQUEST = { name: SEGMENT, cluster: CLUSTER_15 };

/** Repositories of one stanza, each with the files given below the folder of its archive id; `broken` has no info. */
async function repositories(
  files: (string[] | "broken")[],
): Promise<AsyncDisposable & { list: Repository[] }> {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-find-" });
  const list: Repository[] = [];
  for (const [i, names] of files.entries()) {
    const repository = { key: i + 1, stanza: "demo", storage: posixStorage(`${folder}/${i + 1}`) };
    list.push(repository);
    if (names === "broken") continue;
    await saveArchiveInfo(repository, newArchiveInfo(CLUSTER_15));
    for (const name of names) {
      await using sink = await repository.storage.write(`archive/demo/15-1/${name}`);
      await sink.commit();
    }
  }
  return { list, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

const stored = (checksum: string, extension = "") => `${SEGMENT.slice(0, 16)}/${SEGMENT}-${checksum}${extension}`;

for (
  const [what, files, matches, failures] of [
    ["in one", [[stored(A)]], ["1 none"], []],
    ["nowhere", [[], []], [], []],
    ["in two", [[stored(A, ".gz")], [stored(A, ".zst")]], ["1 gz", "2 zst"], []],
    ["twice in one, in two forms", [[stored(A), stored(A, ".gz")]], ["1 none", "1 gz"], []],
    ["in the one that answers", ["broken", [stored(A)]], ["2 none"], [1]],
    ["perhaps in the one that does not answer", [[], "broken"], [], [2]],
    ["only beside names that look alike", [[`${stored(A)}.pgbackrest.tmp`, stored("c".repeat(39))]], [], []],
  ] as [string, (string[] | "broken")[], string[], number[]][]
) {
  Deno.test(`a segment is found ${what}`, async () => {
    await using made = await repositories(files);
    const found = await findInArchives(made.list, REQUEST);
    assertEquals(found.matches.map(({ repository, compressType }) => `${repository.key} ${compressType}`), matches);
    assertEquals(found.failures.map(({ key }) => key), failures);
  });
}

Deno.test("different contents under one name are error 45, wherever they are", async () => {
  await using made = await repositories([[stored(A)], [stored(B)]]);
  const error = await assertRejects(() => findInArchives(made.list, REQUEST), BackRestError);
  assertEquals(error.code, 45);
});

Deno.test("files that are no segments are found under their own name", async () => {
  await using made = await repositories([["00000002.history"], []]);
  const found = await findInArchives(made.list, { ...REQUEST, name: "00000002.history" });
  assertEquals(found.matches.map(({ path, checksum }) => [path, checksum]), [[
    "archive/demo/15-1/00000002.history",
    undefined,
  ]]);
});

Deno.test("a repository that does not know the cluster has not answered", async () => {
  await using made = await repositories([[stored(A)]]);
  const { matches, failures } = await findInArchives(made.list, { name: SEGMENT, cluster: CLUSTER_14 });
  assertEquals([matches.length, failures.map(({ error }) => error.code)], [0, [44]]);
});

const MATCHES = [1, 2, 3].map((key) => ({
  repository: { key, stanza: "demo", storage: posixStorage("/nowhere") },
  path: `p${key}`,
  compressType: "none",
})) as ArchiveMatch[];

Deno.test("matches are tried in turn until one arrives", async () => {
  const tried: string[] = [];
  const attempt = await deliver(MATCHES, ({ path, repository }) => {
    tried.push(path);
    return repository.key === 2 ? Promise.resolve() : fail("fileRead", `broken ${path}`);
  });
  assertEquals([tried, attempt.delivered?.path, attempt.failures.map(({ key }) => key)], [["p1", "p2"], "p2", [1]]);
});

Deno.test("when none arrives every failure is told", async () => {
  const attempt = await deliver(MATCHES, ({ path }) => fail("checksum", path));
  assertEquals([attempt.delivered, attempt.failures.map(({ key, error }) => [key, error.code])], [undefined, [
    [1, 26],
    [2, 26],
    [3, 26],
  ]]);
});
