import type { Invocation } from "../../cli/invocation.ts";
import { readConfigFile, readFolder } from "../../cli/machine.ts";
import type { Configuration } from "../../config/configuration.ts";
import { addGiven, type Given, type GivenOptions } from "../../config/given.ts";
import { loadConfiguration } from "../../config/load.ts";
import { placedEntries } from "../../config/option_words.ts";
import { isValidFor } from "../../config/options.ts";

/**
 * The configuration a backup of the same stanza would have, so that check looks at things as a backup does. Errors are
 * those with which the backup would not even begin: 31, 32, 37.
 */
export function backupConfiguration({ configuration, program }: Invocation): Configuration {
  const given: GivenOptions = new Map();
  for (const { name, key, def, entry } of placedEntries(configuration.data)) {
    if (entry.source !== "param" || !isValidFor(def, "backup", "main")) continue;
    const { texts, negated, reset } = entry;
    const option: Given = { source: "param", values: [...texts], negated: negated === true, reset: reset === true };
    addGiven(given, { name, key }, option);
  }
  const line = { command: "backup", role: "main", args: [], given } as const;
  const reader = { file: readConfigFile, folder: readFolder };
  return loadConfiguration(line, { variables: Deno.env.toObject(), reader, program, warn: () => {} });
}
