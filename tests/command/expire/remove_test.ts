import { assert, assertEquals } from "@std/assert";
import { carryOut } from "../../../src/command/expire/remove.ts";
import { createLog, STDERR_ONLY } from "../../../src/log.ts";
import type { Repository } from "../../../src/repository/repository.ts";
import type { ExpirePlan } from "../../../src/repository/retention/plan.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { madeInfo, madeRecord } from "../../repository/made.ts";

const OTHER = "20250101-000000F";
const [FULL, INCR, KEPT] = ["20260101-000000F", "20260101-000000F_20260102-000000I", "20260103-000000F"];
const SEGMENTS = "0000000100000000";

/** A storage that notes in order what is changed in it. */
function recording(storage: Storage, done: string[]): Storage {
  const note = (what: string) => (path: string) => void done.push(`${what} ${path}`);
  const [wrote, removed, tree, synced] = ["write", "remove", "removeTree", "sync"].map(note);
  return new Proxy(storage, {
    get(target, name) {
      const call = Reflect.get(target, name);
      if (typeof call !== "function") return call;
      const before = { write: wrote, remove: removed, removeTree: tree, syncFolder: synced }[name as string];
      return (...args: [string]) => {
        before?.(args[0]);
        return Reflect.apply(call, target, args);
      };
    },
  });
}

Deno.test("expire first forgets, then removes dependents before what they need, manifests first, WAL last", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-remove-" });
  const plain = posixStorage(folder);
  for (const label of [OTHER, FULL, INCR, KEPT]) {
    for (const name of ["backup.manifest", "backup.manifest.copy", "pg_data/x"]) {
      await using sink = await plain.write(`backup/demo/${label}/${name}`);
      await sink.commit();
    }
  }
  for (const name of ["1", "2"]) await plain.makeFolder(`archive/demo/15-1/${SEGMENTS}${name}`);
  const done: string[] = [];
  const repository: Repository = { key: 1, stanza: "demo", storage: recording(plain, done) };
  const info = madeInfo([madeRecord(KEPT)]);
  const plan = {
    info,
    expired: [{ label: INCR }, { label: FULL }, { label: OTHER }],
    folders: [INCR, FULL, OTHER],
    latestExpired: false,
    wal: [{ archiveId: "15-1", all: false, folders: [`${SEGMENTS}1`], files: [], history: ["00000001.history"] }],
    history: { years: ["2019"], labels: ["20200101-000000F"] },
  } as unknown as ExpirePlan;
  const log = createLog({ ...STDERR_ONLY, stderr: "off" }, { console() {}, stderr() {}, now: () => new Date() });
  await carryOut(repository, plan, { changed: false, log });

  const removal = (...labels: string[]) => [
    ...labels.flatMap((label) =>
      ["backup.manifest", "backup.manifest.copy"].map((name) => `remove backup/demo/${label}/${name}`)
    ),
    ...labels.map((label) => `sync backup/demo/${label}`),
    ...labels.map((label) => `removeTree backup/demo/${label}`),
  ];
  assertEquals(done, [
    "write backup/demo/backup.info",
    "write backup/demo/backup.info.copy",
    ...removal(INCR, OTHER),
    ...removal(FULL),
    "sync backup/demo",
    `removeTree archive/demo/15-1/${SEGMENTS}1`,
    "remove archive/demo/15-1/00000001.history",
    "removeTree backup/demo/backup.history/2019",
    "remove backup/demo/backup.history/2020/20200101-000000F.manifest.gz",
  ]);
  const left = [...Deno.readDirSync(`${folder}/backup/demo`)].map(({ name }) => name).sort();
  assertEquals(left, [KEPT, "backup.info", "backup.info.copy"]);
  assert(Deno.statSync(`${folder}/archive/demo/15-1/${SEGMENTS}2`).isDirectory);
  await Deno.remove(folder, { recursive: true });
});
