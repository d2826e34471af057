import type { Invocation } from "../cli/invocation.ts";
import { stopFile } from "../process/stop_file.ts";
import { posixStorage } from "../storage/posix.ts";
import { baseOf } from "../storage/path.ts";

/** Lets the commands of the stanza, or those stopped for all stanzas, run again: removes the stop file. */
export async function run({ configuration: { options }, log }: Invocation): Promise<number> {
  const stanza = options.get("stanza");
  const folder = options.need("lock-path");
  const storage = posixStorage(folder);
  const name = baseOf(stopFile(folder, stanza));
  if (await storage.info(name) === undefined) {
    log.warn(`stop file does not exist${stanza === undefined ? "" : ` for stanza ${stanza}`}`);
  } else await storage.remove(name);
  return 0;
}
