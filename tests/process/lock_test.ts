import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { lockNames, type LockRequest, probeLock, readHolder, takeLocks } from "../../src/process/lock.ts";

function request(folder: string, change: Partial<LockRequest> = {}): LockRequest {
  return {
    folder,
    stanza: "demo",
    types: ["backup"],
    repoKeys: [1, 3],
    execId: "77-deadbeef",
    command: "backup",
    host: "db1",
    since: 1795332490,
    ...change,
  };
}

function inFolder(name: string, body: (folder: string) => void): void {
  Deno.test(name, () => {
    const folder = Deno.makeTempDirSync({ prefix: "pgbr-lock-" });
    try {
      body(`${folder}/lock`);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

const files = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

Deno.test("lock names exclude both generations of the peer; 2.45 has no restore lock", () => {
  assertEquals(lockNames("demo", ["backup", "restore"], [1]), [
    "demo-backup.lock",
    "demo-backup-1.lock",
    "demo-restore-1.lock",
  ]);
});

inFolder("a lock is taken under every name, says who holds it, and goes away", (folder) => {
  {
    using locks = takeLocks(request(folder));
    assertEquals(files(folder), ["demo-backup-1.lock", "demo-backup-3.lock", "demo-backup.lock"]);
    assertEquals(Deno.statSync(`${folder}/demo-backup.lock`).mode! & 0o777, 0o640);
    assertEquals(probeLock(`${folder}/demo-backup-1.lock`), {
      execId: "77-deadbeef",
      pid: Deno.pid,
      host: "db1",
      command: "backup",
      since: 1795332490,
    });
    locks.progress(2000, 500);
    locks.progress(2000, 1000);
    const holder = readHolder(`${folder}/demo-backup.lock`);
    assertEquals([holder?.percent, holder?.size, holder?.sizeComplete], [5000, 2000, 1000]);
  }
  assertEquals(files(folder), []);
  assertEquals(probeLock(`${folder}/demo-backup-1.lock`), undefined);
});

inFolder("a busy lock is error 50 with pid, command and host, and takes nothing", (folder) => {
  using _held = takeLocks(request(folder, { repoKeys: [3] }));
  Deno.removeSync(`${folder}/demo-backup.lock`);
  const error = assertThrows(() => takeLocks(request(folder, { execId: "78-other" })), BackRestError);
  assertEquals(error.code, 50);
  assertStringIncludes(error.message, `process ${Deno.pid} (backup) on db1 holds it since 2026-11-22T`);
  assertEquals(files(folder), ["demo-backup-3.lock"]);
});

inFolder("a busy lock of our own execution id counts as held", (folder) => {
  using _held = takeLocks(request(folder));
  using _child = takeLocks(request(folder));
  assertEquals(files(folder).length, 3);
});

inFolder("a lock file left behind by a killed process is taken over", (folder) => {
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${folder}/demo-backup.lock`, '{"execId":"1-0","pid":1,"something":"long enough to remain"}');
  using _locks = takeLocks(request(folder));
  assertEquals(readHolder(`${folder}/demo-backup.lock`)?.pid, Deno.pid);
  assertEquals(JSON.parse(Deno.readTextFileSync(`${folder}/demo-backup.lock`)).something, undefined);
});

inFolder("a lock folder that cannot be used is error 50 or 47 and not a crash", (folder) => {
  Deno.writeTextFileSync(folder, "");
  assertEquals(assertThrows(() => takeLocks(request(folder)), BackRestError).code, 47);
});
