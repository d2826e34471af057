/** Both programs work through one spool, in turns. */
import { assertEquals, assertMatch } from "@std/assert";
import { archived } from "../rig/repository.ts";
import { ASYNC, makeReady, markDone, quiet, segments, spooled } from "../rig/spool.ts";
import type { Stanza } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

const oks = (files: string[]) => files.map((name) => `${name}.ok`);

/** Pushes a WAL file with one of the programs, and waits for the background to come to rest. */
async function push({ site, postgres }: Stanza, who: "backrest" | "peer", name: string) {
  const ended = await site[who](["archive-push", `pg_wal/${name}`], { cwd: postgres.folder });
  await quiet(site);
  return ended;
}

const names = (stanza: Stanza) => archived(stanza.site).map((name) => name.slice(0, 24));

Deno.test("what one program pushed ahead the other one acknowledges, and goes on behind it", async () => {
  await using stanza = await makeQuietStanza("spool-turns", { global: ASYNC });
  const { site } = stanza;
  const files = segments(5, 12);
  for (const [i, name] of files.entries()) {
    if (i % 3 === 0) { for (const each of files.slice(i, i + 3)) makeReady(stanza, each); }
    const who = i % 2 === 0 ? "backrest" : "peer";
    const ended = await push(stanza, who, name);
    assertEquals(ended.code, 0, `${who} ${name}: ${ended.stdout}${ended.stderr}`);
    await markDone(stanza, name);
    assertEquals(names(stanza), files.slice(0, Math.ceil((i + 1) / 3) * 3));
  }
  assertMatch(Deno.readTextFileSync(site.path("log/demo-archive-push-async.log")), /begin 2\.45.*begin 0\./s);
});

Deno.test("each program believes the errors and the warnings of the other", async () => {
  await using stanza = await makeQuietStanza("spool-errors", { global: ASYNC });
  const { site } = stanza;
  const [a, b, c] = segments(5, 3) as [string, string, string];
  for (const [first, second] of [["backrest", "peer"], ["peer", "backrest"]] as const) {
    for (const name of [a, b, c]) makeReady(stanza, name, name === c ? { foreign: true } : {});
    assertEquals((await push(stanza, first, a)).code, 0);
    const left = spooled(site, "out");
    assertEquals(left.filter((name) => name.endsWith(".ok")), oks([a, b]), first);
    assertEquals(left.at(-1), `${c}.error`);
    assertEquals((await push(stanza, second, b)).code, 0);
    const failed = await push(stanza, second, c);
    assertEquals(failed.code, 44, `${second}: ${failed.stdout}`);
    const warned = await push(stanza, first, b);
    assertEquals(warned.code, 0, warned.stdout);
    for (const name of [...oks([a, b]), `${c}.error`]) await Deno.remove(site.path(`spool/archive/demo/out/${name}`));
    for (const [who, name] of [[first, a], [second, b]] as const) {
      const { code, stdout, stderr } = await push(stanza, who, name);
      assertEquals([code, (stdout + stderr).includes("already exists in the repo1 archive")], [0, true], who);
    }
  }
});

Deno.test("what one program fetched ahead the other one delivers, or fetches anew, to the byte", async () => {
  await using stanza = await makeQuietStanza("spool-get", { global: { ...ASYNC, "archive-get-queue-max": "64MB" } });
  const { site, postgres } = stanza;
  const files = segments(5, 10);
  for (const name of files) {
    await site.mustBackrest(["archive-push", makeSegment(stanza, name)], { cwd: postgres.folder });
  }
  const end = segments(15, 1)[0]!;
  for (const [i, name] of [...files, end, end].entries()) {
    const who = i % 2 === 0 ? "backrest" : "peer";
    const ended = await site[who](["archive-get", name, "pg_wal/RECOVERYXLOG"], { cwd: postgres.folder });
    assertEquals(ended.code, name === end ? 1 : 0, `${who} ${name}: ${ended.stdout}${ended.stderr}`);
    if (i % 3 === 0) await quiet(site);
    if (name === end) continue;
    const [got, wanted] = [site.path("pg/pg_wal/RECOVERYXLOG"), `${postgres.folder}/pg_wal/${name}`];
    assertEquals(Deno.readFileSync(got), Deno.readFileSync(wanted), `${who} ${name}`);
  }
  await quiet(site);
  assertEquals(spooled(site, "in").filter((name) => !name.endsWith(".ok")), []);
});
