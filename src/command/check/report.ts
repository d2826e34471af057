import { readConfigFile, readFolder } from "../../cli/machine.ts";
import { type ConfigReader, planFiles, readFiles } from "../../config/config_files.ts";
import type { Options } from "../../config/configuration.ts";
import { isMulti, type OptionTable } from "../../config/definition.ts";
import type { Given } from "../../config/given.ts";
import type { Sections } from "../../config/ini.ts";
import { findOption } from "../../config/option_name.ts";
import { indexedName, OPTIONS } from "../../config/options.ts";

/** What a report says of one option somebody set: its value, or why it does not count. */
type ReportedOption = { val: string | readonly string[] } | { warn: string };

/** Prefixes of the variables that set options: the peer's, and ours. */
const PREFIXES = [{ prefix: "PGBACKREST_", ours: false }, { prefix: "PG_BACKREST_", ours: true }] as const;

/**
 * The configuration as it was found, for a report of a problem: `{"cfg":{"env":{...},"file":{...}}}`, where the file part
 * is null when there is no file. Secrets are replaced by the name of their option.
 */
export function configurationReport(options: Options): string {
  const found: string[] = [];
  const reader: ConfigReader = {
    file(path) {
      const text = readConfigFile(path);
      if (text !== undefined) found.push(path);
      return text;
    },
    folder: readFolder,
  };
  const sections = readFiles(
    planFiles({
      config: givenOption(options, "config"),
      configPath: givenOption(options, "config-path"),
      includePath: givenOption(options, "config-include-path"),
    }),
    reader,
  );
  const env = reportEnvironment(Deno.env.toObject(), OPTIONS);
  return JSON.stringify({ cfg: { env, file: found.length === 0 ? null : reportSections(sections, OPTIONS) } });
}

function givenOption(options: Options, name: "config" | "config-path" | "config-include-path"): Given | undefined {
  const { source, texts, negated } = options.entry(name);
  return source === "default" ? undefined : { source, values: [...texts], negated: negated === true, reset: false };
}

/** The variables that set options, sorted by name. */
export function reportEnvironment(
  variables: Readonly<Record<string, string>>,
  table: OptionTable,
): Record<string, ReportedOption> {
  const reported: Record<string, ReportedOption> = {};
  for (const name of Object.keys(variables).sort()) {
    for (const { prefix, ours } of PREFIXES) {
      if (!name.startsWith(prefix)) continue;
      const key = name.slice(prefix.length).toLowerCase().replaceAll("_", "-");
      reported[name] = reportOption(key, { ours, table, values: (def) => split(variables[name]!, def) });
    }
  }
  return reported;
}

function split(text: string, isList: boolean): string[] {
  return isList ? text.split(":") : [text];
}

/** The sections of the files, those of the file of our own options included, and their keys, sorted. */
export function reportSections(
  { peer, own }: { peer: Sections; own: Sections },
  table: OptionTable,
): Record<string, Record<string, ReportedOption>> {
  const reported: Record<string, Record<string, ReportedOption>> = {};
  for (const name of [...new Set([...peer.keys(), ...own.keys()])].sort()) {
    const section: Record<string, ReportedOption> = reported[name] = {};
    for (const [sections, ours] of [[peer, false], [own, true]] as const) {
      const keys = sections.get(name) ?? new Map<string, string[]>();
      for (const key of [...keys.keys()].sort()) {
        section[key] = reportOption(key, { ours, table, inFile: true, values: () => keys.get(key)! });
      }
    }
  }
  return reported;
}

interface Setting {
  /** Whether it stands where only our own options may stand. */
  ours: boolean;
  inFile?: boolean;
  table: OptionTable;
  values(isList: boolean): string[];
}

/** A value is shown only of an option that is known: a misspelt one may be a secret. */
function reportOption(key: string, { ours, inFile, table, values }: Setting): ReportedOption {
  const option = key === "" ? undefined : findOption(key, { table, abbreviate: false });
  if (option === undefined || (option.def.ours === true) !== ours) return { warn: "invalid option" };
  if (option.negated) return { warn: "invalid negate option" };
  if (option.reset) return { warn: "invalid reset option" };
  if (inFile && option.def.section === "command-line") return { warn: "invalid command line only option" };
  if (option.def.secure) return { val: `<${indexedName(option.name, option.key)}>` };
  const given = values(isMulti(option.def));
  return { val: given.length === 1 ? given[0]! : given };
}
