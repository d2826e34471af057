import { fail } from "../error.ts";
import type { CommandName } from "./commands.ts";
import type { Configuration, Options } from "./configuration.ts";
import { asChoice } from "./dependency.ts";
import { type OptionName, OPTIONS } from "./options.ts";
import { indexedName } from "./options.ts";

/** An option, or some values of one, that this program does not act upon yet. */
export interface Unbuilt {
  readonly option: OptionName;
  /** The values meant; without them every value that somebody gave. */
  readonly values?: readonly string[];
  /** The commands meant; without them all it is valid for. */
  readonly commands?: readonly CommandName[];
  /** True where ignoring it does no harm beyond keeping more than asked for: a warning instead of error 67. */
  readonly harmless?: true;
  /** What to do instead. */
  readonly hint: string;
}

const USE_POSIX = "use a repository on a local or mounted file system: repo-type=posix.";

/** Everything the program knows by name but does not do yet. A feature that is built takes its rows away. */
export const UNBUILT: readonly Unbuilt[] = [
  { option: "repo-type", values: ["s3", "azure", "gcs", "sftp", "cifs"], hint: USE_POSIX },
  { option: "repo-target-time", hint: "this needs versioned object storage." },
  { option: "pg", commands: ["manifest"], hint: "leave it out: the map is then shown as if nothing was there yet." },
  { option: "pg-version-force", hint: "leave it out: the version is read from the cluster." },
];

/** Error 67 for the first option that is not built yet; returns warnings for those that may be ignored. */
export function refuseUnbuilt({ command, options }: Configuration, table: readonly Unbuilt[] = UNBUILT): string[] {
  const warnings: string[] = [];
  for (const row of table) {
    if (!options.isValid(row.option) || row.commands?.includes(command) === false) continue;
    const group = OPTIONS[row.option]!.group;
    for (const key of group === undefined ? [0] : options.keys(group)) {
      if (!concerns(row, { options, key })) continue;
      if (!row.harmless) failUnbuilt(row, { options, key });
      warnings.push(`option '${indexedName(row.option, key)}' is ignored: not supported yet\nHINT: ${row.hint}`);
    }
  }
  return warnings;
}

/** Error 67 about one option. */
export function failUnbuilt(row: Unbuilt, { options, key }: { options: Options; key: number }): never {
  const value = asChoice(options.get(row.option, key));
  const shown = row.values === undefined ? "" : `=${value}`;
  fail("featureNotSupported", `option '${indexedName(row.option, key)}${shown}' is not supported yet`, {
    hint: row.hint,
  });
}

function concerns({ option, values }: Unbuilt, { options, key }: { options: Options; key: number }): boolean {
  if (values === undefined) return options.isSet(option, key) && options.get(option, key) !== undefined;
  const value = asChoice(options.get(option, key));
  return value !== undefined && values.includes(value);
}
