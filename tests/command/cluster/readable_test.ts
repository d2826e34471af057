import { assertEquals } from "@std/assert";
import { filesInDoubt } from "../../../src/command/cluster/readable.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";

const READER = { uid: 26, user: "postgres" };

function table(files: Record<string, { user: string | false; mode: number }>): { files: FileTable } {
  const made = new FileTable();
  for (const [name, owner] of Object.entries(files)) {
    made.append(name, { size: 1, time: 1, group: "postgres", ...owner });
  }
  return { files: made };
}

Deno.test("files are in doubt unless they are the reader's own and readable for their owner", () => {
  const tree = table({
    "pg_data/PG_VERSION": { user: "postgres", mode: 0o600 },
    "pg_data/closed": { user: "postgres", mode: 0o200 },
    "pg_data/conf.d/foreign": { user: "root", mode: 0o644 },
    "pg_data/nameless": { user: false, mode: 0o600 },
    "pg_tblspc/16384/PG_15_202209061/5/1": { user: "root", mode: 0o600 },
  });
  assertEquals(filesInDoubt(tree, READER), [
    "closed",
    "conf.d/foreign",
    "nameless",
    "pg_tblspc/16384/PG_15_202209061/5/1",
  ]);
  assertEquals(filesInDoubt(tree, { uid: 0, user: "root" }), []);
});

Deno.test("where the reader's number has no name every file is in doubt", () => {
  const tree = table({ "pg_data/a": { user: false, mode: 0o600 } });
  assertEquals(filesInDoubt(tree, { uid: 26, user: false }), ["a"]);
});
