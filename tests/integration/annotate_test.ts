/** Notes kept with a backup: where they are written, and that they outlive backup.info. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { backupPath, filesBelow, namesIn } from "../rig/repository.ts";
import { saveFolder } from "../rig/saved_folder.ts";
import { type Site, STANZA } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";

/** Notes of every backup of a repository as info shows them, by label. */
async function notesOf(site: Site, repo = "1"): Promise<Record<string, Record<string, string> | undefined>> {
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json", `--repo=${repo}`]));
  return Object.fromEntries(
    info.backup.map(({ label, annotation }: { label: string; annotation?: Record<string, string> }) => [
      label,
      annotation,
    ]),
  );
}

function infoPath(site: Site, repository = "repo"): string {
  return site.path(`${repository}/backup/${STANZA}/backup.info`);
}

Deno.test("pairs are added, changed and removed, and nothing else of a backup changes", async () => {
  await using stanza = await makeStanza("annotate");
  const { site } = stanza;
  const label = await stanza.backup();
  const manifest = Deno.readFileSync(`${backupPath(site, label)}/backup.manifest`);
  const annotate = (...pairs: string[]) =>
    site.backrest(["annotate", `--set=${label}`, ...pairs.map((pair) => `--annotation=${pair}`)]);
  const said = await annotate("who=me", "why=it is = needed", "übrig=nö");
  assertEquals(said.code, 0, said.stdout);
  assertStringIncludes(said.stdout, `backup set '${label}' to annotate found in repo1`);
  assertEquals(await notesOf(site), { [label]: { who: "me", why: "it is = needed", übrig: "nö" } });
  await annotate("who=", "why=changed", "none=");
  assertEquals(await notesOf(site), { [label]: { why: "changed", übrig: "nö" } });
  assertStringIncludes(
    await site.mustBackrest(["info", `--set=${label}`]),
    "            annotation(s)\n                why: changed\n                übrig: nö\n",
  );
  await annotate("why=", "übrig=");
  assertEquals(await notesOf(site), { [label]: undefined });
  assertEquals(Deno.readFileSync(`${backupPath(site, label)}/backup.manifest`), manifest);
  assertEquals(Deno.readTextFileSync(infoPath(site)), Deno.readTextFileSync(`${infoPath(site)}.copy`));
});

Deno.test("what is no label, no key or not there is refused, and nothing is written", async () => {
  await using stanza = await makeStanza("annotate-refused");
  const { site } = stanza;
  const label = await stanza.backup();
  const before = Deno.readTextFileSync(infoPath(site));
  const cases: [args: string[], code: number, text: string][] = [
    [["--set=latest", "--annotation=a=b"], 32, "'latest' is not a valid backup label format"],
    [["--set=20260101-000000F", "--annotation=a=b"], 75, "no backup set to annotate found"],
    [[`--set=${label}`], 37, "annotate command requires option: annotation"],
    [["--annotation=a=b"], 37, "annotate command requires option: set"],
    [[`--set=${label}`, "--annotation=ab"], 31, "key/value 'ab' not valid for 'annotation' option"],
    [[`--set=${label}`, "--annotation=="], 32, "annotation key '' is not allowed"],
    [[`--set=${label}`, `--annotation=${"k".repeat(67)}=v`], 32, "is not allowed"],
    [[`--set=${label}`, '--annotation=a"b=v'], 32, "is not allowed"],
  ];
  for (const [args, code, text] of cases) {
    const ended = await site.backrest(["annotate", ...args]);
    assertEquals(ended.code, code, `${args}: ${ended.stdout}`);
    assertStringIncludes(ended.stdout, text);
    assertEquals(Deno.readTextFileSync(infoPath(site)), before, args.join(" "));
  }
  await site.mustBackrest(["stop"]);
  assertEquals((await site.backrest(["annotate", `--set=${label}`, "--annotation=a=b"])).code, 62, "a stop file holds");
  assertEquals(Deno.readTextFileSync(infoPath(site)), before);
});

Deno.test("a backup of the second repository leaves the first as it is", async () => {
  await using stanza = await makeStanza("annotate-two", { create: false });
  const { site } = stanza;
  stanza.configure({ "repo2-path": site.path("repo2"), "repo2-retention-full": "2" });
  await site.mustBackrest(["stanza-create"]);
  const [first, second] = [await stanza.backup(["--repo=1"]), await stanza.backup(["--repo=2"])];
  const untouched = Deno.readTextFileSync(infoPath(site));
  await site.mustBackrest(["annotate", `--set=${second}`, "--annotation=where=two"]);
  assertEquals(Deno.readTextFileSync(infoPath(site)), untouched);
  assertEquals([await notesOf(site, "1"), await notesOf(site, "2")], [
    { [first]: undefined },
    { [second]: { where: "two" } },
  ]);
  assertEquals((await site.backrest(["annotate", `--set=${second}`, "--annotation=a=b", "--repo=1"])).code, 75);

  for (const suffix of ["", ".copy"]) await Deno.remove(infoPath(site, "repo2") + suffix);
  const half = await site.backrest(["annotate", `--set=${first}`, "--annotation=where=one"]);
  assertEquals(half.code, 104, half.stdout);
  assertStringIncludes(half.stdout, "[055]: repo2: ");
  assertStringIncludes(half.stdout, "annotate command encountered 1 error(s), check the log file for details");
  assertEquals(await notesOf(site, "1"), { [first]: { where: "one" } });
});

Deno.test("a backup that has to be found again has its notes as they were changed last", async () => {
  await using stanza = await makeStanza("annotate-rebuilt", { global: { "repo1-retention-full": "9" } });
  const { site } = stanza;
  const first = await stanza.backup(["--annotation=kind=first"]);
  const older = ["", ".copy"].map((suffix) => Deno.readFileSync(infoPath(site) + suffix));
  const [second, third] = [
    await stanza.backup(["--annotation=who=me", "--annotation=why=test"]),
    await stanza.backup(),
  ];
  await site.mustBackrest(["annotate", `--set=${second}`, "--annotation=who=you", "--annotation=why="]);
  await site.mustBackrest(["annotate", `--set=${third}`, "--annotation=late=yes"]);
  await site.mustBackrest(["annotate", `--set=${third}`, "--annotation=late="]);
  const notes = await notesOf(site);
  assertEquals(notes, { [first]: { kind: "first" }, [second]: { who: "you" }, [third]: undefined });

  for (const [at, suffix] of ["", ".copy"].entries()) {
    site.write(`repo/backup/${STANZA}/backup.info${suffix}`, older[at]!);
  }
  assertEquals(await notesOf(site), notes, "info looks for newer backups itself");
  assertStringIncludes(
    await site.mustBackrest(["expire"]),
    `backup '${second}' found in repository added to backup.info`,
  );
  assertStringIncludes(Deno.readTextFileSync(infoPath(site)), '"backup-annotation":{"who":"you"}');
  assertEquals(await notesOf(site), notes);

  // A file of notes that is damaged costs the change, not the backup.
  site.write(`repo/backup/${STANZA}/backup.info`, older[0]!);
  site.write(`repo/backup/${STANZA}/${second}/backup.annotation`, "damaged");
  const said = await site.mustBackrest(["expire"]);
  assertStringIncludes(said, `annotations of backup '${second}' are as they were when it was made`);
  assertEquals((await notesOf(site))[second], { who: "me", why: "test" });
  await site.mustBackrest(["expire", `--set=${second}`]);
  assertEquals(namesIn(site.path(`repo/backup/${STANZA}`)).includes(second), false, "the notes went with the backup");
});

Deno.test("killed at any moment it leaves the old notes or the new ones", async () => {
  await using stanza = await makeStanza("annotate-killed");
  const { site } = stanza;
  const label = await stanza.backup();
  const annotate = ["annotate", `--set=${label}`, "--annotation=a=new"];
  await site.mustBackrest(["annotate", `--set=${label}`, "--annotation=a=old"]);
  const saved = await saveFolder(site, "repo");
  const files = filesBelow(site.path("repo"));
  const found: (string | undefined)[] = [];
  for (const nth of [1, 2, 3]) {
    await saved.restore();
    assertEquals((await site.killedAt("rename", nth, annotate)).code, 128 + 9);
    found.push((await notesOf(site))[label]?.["a"]);
    await site.mustBackrest(annotate);
    assertEquals((await notesOf(site))[label], { a: "new" });
    assertEquals(filesBelow(site.path("repo")).filter((path) => !path.endsWith(".tmp")), files);
  }
  assertEquals(found, ["old", "old", "new"]);
});
