import type { Role } from "./commands.ts";
import type { Configuration } from "./configuration.ts";
import type { OptionGroup } from "./definition.ts";
import type { Source } from "./given.ts";
import { type OptionName, OPTIONS } from "./options.ts";
import { indexedName, isValidFor } from "./options.ts";
import { optionWords, placedEntries, type PlacedEntry } from "./option_words.ts";

/** Values a child gets instead of ours, by option name with index; null takes an option away. */
export type Replacements = Readonly<Record<string, string | readonly string[] | null>>;

/** What a child is to be given. */
export interface ChildRequest {
  readonly role: Exclude<Role, "main">;
  /** Sources that are handed on: children on this host read environment and files themselves. */
  readonly sources: readonly Source[];
  readonly replace: Replacements;
  /** Index another one takes: `{ pg: { from: 2, to: 1 } }` hands on the second cluster as the first, and no other. */
  readonly only?: { readonly [group in OptionGroup]?: { readonly from: number; readonly to: number } | null };
}

/** Options that are never handed on, besides the secure ones: the owner of a repository knows them. */
const KEPT_BACK: readonly string[] = ["repo-cipher-type"];

/**
 * Arguments that start this program in another role: options valid there, then the role. The words are not quoted.
 * Never among them: secrets and the cipher type.
 */
export function childArguments({ command, data }: Configuration, request: ChildRequest): string[] {
  const { role, replace } = request;
  const words = new Map<string, string[]>();
  for (const [name, value] of Object.entries(replace)) {
    const texts = value === null ? [] : typeof value === "string" ? [value] : value;
    words.set(name, texts.map((text) => `--${name}=${text}`));
  }
  for (const placed of placedEntries(data)) {
    const moved = move(placed, request);
    if (moved === undefined || !isValidFor(placed.def, command, role)) continue;
    const shown = indexedName(moved.name, moved.key);
    if (!words.has(shown)) words.set(shown, optionWords(moved));
  }
  return [...[...words.keys()].sort().flatMap((name) => words.get(name)!), `${command}:${role}`];
}

/** Arguments of the process that works in the background for this one, on this host. */
export function asyncArguments(configuration: Configuration, args: readonly string[]): string[] {
  const replace = { "log-level-console": "off", "log-level-stderr": "off" };
  return [...childArguments(configuration, { role: "async", sources: ["param"], replace }), ...args];
}

/** Which side of the configuration a remote serves. */
export interface RemoteRequest {
  readonly serves: OptionGroup;
  readonly key: number;
  /** Number of the process that asks; 0 is main. */
  readonly process: number;
}

/**
 * Arguments of the process on the host of a cluster or a repository. It gets all that was given here and concerns it;
 * a cluster becomes the remote's first one, a repository keeps its index and is selected with `--repo`.
 */
export function remoteArguments(configuration: Configuration, { serves, key, process }: RemoteRequest): string[] {
  const { options } = configuration;
  const hostConfig = (name: "config" | "config-include-path" | "config-path") => {
    const option = `${serves}-host-${name}` as OptionName;
    return options.isSet(option, key) ? String(options.get(option, key)) : null;
  };
  const replace: Replacements = {
    config: hostConfig("config"),
    "config-include-path": hostConfig("config-include-path"),
    "config-path": hostConfig("config-path"),
    "lock-path": null,
    "log-level-console": "off",
    "log-level-file": options.find("log-subprocess") ? options.get("log-level-file") : "off",
    "log-level-stderr": "error",
    "log-path": null,
    process: String(process),
    "remote-type": serves,
    repo: serves === "repo" ? String(key) : null,
  };
  const only = serves === "pg" ? { pg: { from: key, to: 1 }, repo: null } : { pg: null, repo: { from: key, to: key } };
  return childArguments(configuration, { role: "remote", sources: ["param", "config"], replace, only });
}

/** The option with the index it has for the child; undefined when the child does not get it. */
function move(placed: PlacedEntry, { sources, only }: ChildRequest): PlacedEntry | undefined {
  const { name, key, def, entry } = placed;
  if (def.secure || KEPT_BACK.includes(name)) return undefined;
  if (!sources.includes(entry.source) && !entry.reset) return undefined;
  const group = OPTIONS[name]!.group;
  const rule = group === undefined ? undefined : only?.[group];
  if (rule === undefined) return placed;
  return rule === null || rule.from !== key ? undefined : { ...placed, key: rule.to };
}
