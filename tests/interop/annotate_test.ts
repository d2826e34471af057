/** Notes written by both programs, and what the peer makes of the file we keep them in. */
import { assertEquals } from "@std/assert";
import { executable } from "../rig/program.ts";
import { startPostgres } from "../rig/postgres.ts";
import { backupPath, namesIn } from "../rig/repository.ts";
import { saveFolder } from "../rig/saved_folder.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { flat, parseInfoText } from "./info_text.ts";
import { archiveCommand, assertSameInfo, assertVerified, configureBoth, labelFolders } from "./judgement.ts";

/** Content of backup.info and of its copy, but for who wrote them. */
function infosOf(site: Site): Record<string, string>[] {
  return ["", ".copy"].map((suffix) => {
    const text = Deno.readTextFileSync(site.path(`repo/backup/${STANZA}/backup.info${suffix}`));
    return flat(parseInfoText(text), ["backup:current", "db", "db:history"]);
  });
}

/** A running server with a stanza and a backup of each program. */
async function makeBackups(site: Site): Promise<AsyncDisposable & { labels: string[] }> {
  configureBoth(site, { "repo1-retention-full": "9" });
  const settings = { archive_mode: "on", archive_command: archiveCommand(site, executable()) };
  await using stack = new AsyncDisposableStack();
  stack.use(await startPostgres(site, { archiver: "none", settings }));
  await site.mustBackrest(["stanza-create"]);
  await site.mustBackrest(["backup", "--type=full", "--annotation=made=by us"]);
  await site.mustPeer(["backup", "--type=full", "--annotation=made=by them"]);
  const server = stack.move();
  return { labels: labelFolders(site), [Symbol.asyncDispose]: () => server.disposeAsync() };
}

Deno.test("both programs change the notes of a backup in the same way, one after the other", async () => {
  await using site = makeSite("notes");
  await using made = await makeBackups(site);
  const [ours, theirs] = made.labels as [string, string];
  const calls: string[][] = [
    [`--set=${ours}`, "--annotation=a=1", "--annotation=b=two words", "--annotation=ü ä=ö"],
    [`--set=${ours}`, "--annotation=a=", "--annotation=made=again"],
    [`--set=${theirs}`, "--annotation=made=", "--annotation=never=", '--annotation=quote=say "x" \\ y'],
    [`--set=${theirs}`, "--annotation=quote="],
    [`--set=${theirs}`, "--annotation=equals=a=b=c"],
    ["--set=20200101-000000F", "--annotation=a=1"],
    ["--set=20200101", "--annotation=a=1"],
  ];
  for (const args of calls) {
    const saved = await saveFolder(site, "repo");
    const theirCode = (await site.peer(["annotate", ...args])).code;
    const theirInfos = infosOf(site);
    await saved.restore();
    await Deno.remove(site.path("repo.saved"), { recursive: true });
    assertEquals((await site.backrest(["annotate", ...args])).code, theirCode, args.join(" "));
    assertEquals(infosOf(site), theirInfos, args.join(" "));
  }
  for (const [i, call] of calls.slice(0, 4).entries()) {
    await (i % 2 === 0 ? site.mustPeer : site.mustBackrest)(["annotate", ...call]);
  }
  await assertSameInfo(site);
});

Deno.test("the peer verifies, restores, continues and expires backups that have a file of notes", async () => {
  await using site = makeSite("notes-file");
  await using made = await makeBackups(site);
  const { labels } = made;
  for (const label of labels) await site.mustBackrest(["annotate", `--set=${label}`, "--annotation=kept=beside"]);
  for (const label of labels) {
    assertEquals(namesIn(backupPath(site, label)).filter((name) => name.includes("annotation")), ["backup.annotation"]);
  }
  await assertVerified(site, labels);
  await site.mustPeer(["restore", `--set=${labels[0]}`, "--type=none", `--pg1-path=${site.path("again")}`]);
  await site.mustPeer(["backup", "--type=incr"]);
  const [, , incr] = labelFolders(site);
  assertEquals(namesIn(backupPath(site, incr!)).filter((name) => name.includes("annotation")), []);
  await assertVerified(site, [...labels, incr!]);
  await assertSameInfo(site);
  await site.mustPeer(["expire", `--set=${labels[0]}`]);
  await site.mustPeer(["backup", "--type=full", "--repo1-retention-full=1"]);
  const left = labelFolders(site);
  assertEquals([left.length, labels.includes(left[0]!)], [1, false]);
  await assertVerified(site, left);
});
