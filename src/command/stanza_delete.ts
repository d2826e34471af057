import type { Invocation } from "../cli/invocation.ts";
import { openDataFolder, openRepository } from "../context.ts";
import { fail } from "../error.ts";
import { stopFile } from "../process/stop_file.ts";
import { archiveFolder, backupFolder } from "../repository/layout.ts";
import type { Repository } from "../repository/repository.ts";
import { baseOf, parentOf } from "../storage/path.ts";
import { posixStorage } from "../storage/posix.ts";
import type { Storage } from "../storage/storage.ts";
import { removeStanza } from "./stanza/removal.ts";

/** File of a running server in its data folder. */
const SERVER_FILE = "postmaster.pid";

/**
 * Removes a stanza from one repository, for good: error 55 unless it was stopped on this host, 38 while a server runs
 * and nothing forces it. The stop file goes last, so that a run that was killed can be repeated.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, signal } = invocation;
  const { options } = configuration;
  const repository = openRepository(invocation, options.selected("repo")[0]!);
  const content = await contentOf(repository);
  if (content === "missing") return 0;
  const stop = stopFile(options.need("lock-path"), repository.stanza);
  const stops = posixStorage(parentOf(stop));
  if (content === "some") {
    await demandStop(stops, { name: baseOf(stop), stanza: repository.stanza });
    if (!options.get("force")) await refuseRunning(invocation, repository);
  }
  await removeStanza(repository, signal);
  await stops.remove(baseOf(stop));
  return 0;
}

/** Whether the folders of the stanza are there, and whether there is anything in them. */
async function contentOf({ storage, stanza }: Repository): Promise<"missing" | "empty" | "some"> {
  let content: "missing" | "empty" = "missing";
  for (const folder of [archiveFolder(stanza), backupFolder(stanza)]) {
    for await (const batch of storage.list(folder)) if (batch.length > 0) return "some";
    if (await storage.info(folder) !== undefined) content = "empty";
  }
  return content;
}

async function demandStop(stops: Storage, { name, stanza }: { name: string; stanza: string }): Promise<void> {
  if (await stops.info(name) !== undefined) return;
  fail("fileMissing", `stop file does not exist for stanza '${stanza}'`, {
    hint: `has the stop command been run on this host for this stanza? pg_backrest --stanza=${stanza} stop`,
  });
}

async function refuseRunning(invocation: Invocation, { key, stanza }: Repository): Promise<void> {
  const { options } = invocation.configuration;
  for (const pg of options.keys("pg")) {
    const path = options.need("pg-path", pg);
    if (await openDataFolder(invocation, pg).info(SERVER_FILE) === undefined) continue;
    fail(
      "pgRunning",
      `${SERVER_FILE} exists - looks like PostgreSQL is running. To delete stanza '${stanza}' on repo${key}, shut down ` +
        `PostgreSQL for stanza '${stanza}' and try again, or use --force.`,
      { file: `${path}/${SERVER_FILE}` },
    );
  }
}
