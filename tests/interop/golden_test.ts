/** A repository of pgBackRest 2.59.1, which is not installed here; what its own restore made of it came along. */
import { assertEquals } from "@std/assert";
import { succeed } from "../rig/program.ts";
import { makeSite, STANZA } from "../rig/site.ts";
import { GOLDEN, golden, goldenLabels } from "../repository/golden.ts";
import { namesIn } from "../rig/repository.ts";
import { GOLDEN_PASS, unpackRepository } from "./golden_site.ts";
import { parseInfo } from "./judgement.ts";
import { hexDigest, treeOf } from "./tree.ts";

/** The lines of a `.restored.tsv`: path with links followed, size, SHA-256; recovery settings are not in it. */
async function tableOf(folder: string): Promise<string[]> {
  const tree = await treeOf(folder, { follow: true, skip: (path) => path === "postgresql.auto.conf" });
  const files = Object.entries(tree).filter(([, { kind }]) => kind === "file");
  const lines = files.map(async ([path, { size }]) => {
    return `${path}\t${size}\t${await hexDigest("SHA-256", Deno.readFileSync(`${folder}/${path}`))}`;
  });
  return (await Promise.all(lines)).sort();
}

for (const name of GOLDEN) {
  Deno.test(`every set of ${name} of pgBackRest 2.59.1 is restored as that program restores it`, async () => {
    await using site = makeSite(`golden-${name}`);
    const cipher = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": GOLDEN_PASS };
    const global = { "process-max": "2", ...(name === "gz-block-aes" ? cipher : {}) };
    site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
    await unpackRepository(name, site);
    const { backup } = parseInfo(await site.mustBackrest(["info", "--output=json"]));
    assertEquals(backup, parseInfo(new TextDecoder().decode(await golden(name, "info.json"))).backup);
    const labels = backup.map(({ label }) => label);
    assertEquals(labels, goldenLabels(name));

    // Forward and back over the set before with --delta, and the last into empty folders.
    const [full, diff, incr] = labels;
    const calls = [[full, "restored"], [diff, "restored"], [incr, "restored"], [full, "restored"], [incr, "again"]];
    for (const [label, place] of calls as [string, string][]) {
      const delta = namesIn(site.path(place)).length > 0 ? ["--delta"] : [];
      const folders = [`--pg1-path=${site.path(place)}`, `--tablespace-map=ts=${site.path(`${place}-ts`)}`];
      await site.mustBackrest(["restore", `--set=${label}`, "--type=none", ...folders, ...delta]);
      const wanted = Deno.readTextFileSync(site.path(`${label}.restored.tsv`)).trimEnd().split("\n").sort();
      assertEquals(await tableOf(site.path(place)), wanted, label);
    }
    const control = await succeed("/usr/lib/postgresql/15/bin/pg_controldata", [site.path("again")]);
    assertEquals(/Latest checkpoint location: +(\S+)/.exec(control)![1], "0/DEAD");
    if (name === "gz-block-aes") await site.mustBackrest(["verify"]);
  });
}
