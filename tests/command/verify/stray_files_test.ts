import { assertEquals } from "@std/assert";
import { findStrayFiles } from "../../../src/command/verify/stray_files.ts";
import { verifyRun } from "../../../src/command/verify/verify_run.ts";
import { loadManifestAt } from "../../../src/repository/manifest_file.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import { loggedFindings } from "./logged.ts";
import { FULL, INCR, makeRepository } from "./made_repository.ts";

for (const bundle of [false, true]) {
  Deno.test(`files that belong to nothing are told, others are not (${bundle ? "with" : "without"} bundles)`, async () => {
    const root = await Deno.makeTempDir({ prefix: "stray-" });
    try {
      await makeRepository(root, { bundle });
      const storage = posixStorage(root);
      const repository = { key: 1, stanza: "demo", storage };
      const look = async (label: string) => {
        const { findings, lines } = loggedFindings();
        const parts = { repository, findings, content: false, pages: false, isWanted: () => true };
        const manifest = await loadManifestAt(repository, `backup/demo/${label}/backup.manifest`);
        await findStrayFiles(verifyRun(parts, undefined as never), manifest);
        return lines;
      };
      const folder = `${root}/backup/demo/${FULL}`;
      await Deno.symlink("../x", `${folder}/pg_data/link`);
      await Deno.writeTextFile(`${folder}/backup.annotation`, "x");
      assertEquals([await look(FULL), await look(INCR)], [[], []]);

      await Deno.mkdir(`${folder}/pg_data/other/deep`, { recursive: true });
      for (
        const name of ["pg_data/PG_VERSION", "pg_data/other/deep/x.gz", "pg_data/y.gz.pgbackrest.tmp", "bundle.txt"]
      ) {
        await Deno.writeTextFile(`${folder}/${name}`, "x");
      }
      assertEquals(await look(FULL), [
        `INFO: folder of backup '${FULL}' holds 4 file(s) that belong to nothing: 'bundle.txt', 'pg_data/PG_VERSION', ` +
        "'pg_data/other/deep/x.gz', 'pg_data/y.gz.pgbackrest.tmp'",
      ]);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}
