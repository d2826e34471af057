import { type CommandName, COMMANDS, isInSet, type Role } from "./commands.ts";
import type { CommandOverride, OptionDef, OptionTable } from "./definition.ts";
import { ARCHIVE_OPTIONS } from "./options/archive.ts";
import { BACKUP_OPTIONS } from "./options/backup.ts";
import { BUNDLE_OPTIONS } from "./options/bundle.ts";
import { CLUSTER_OPTIONS } from "./options/cluster.ts";
import { EXPIRE_OPTIONS } from "./options/expire.ts";
import { GENERAL_OPTIONS } from "./options/general.ts";
import { INSPECT_OPTIONS } from "./options/inspect.ts";
import { LOG_OPTIONS } from "./options/log.ts";
import { NETWORK_OPTIONS } from "./options/network.ts";
import { OBJECT_STORE_OPTIONS } from "./options/object_store.ts";
import { REPOSITORY_OPTIONS } from "./options/repository.ts";
import { REPOSITORY_HOST_OPTIONS } from "./options/repository_host.ts";
import { RESTORE_OPTIONS } from "./options/restore.ts";
import { SERVER_OPTIONS } from "./options/server.ts";
import { SFTP_OPTIONS } from "./options/sftp.ts";
import { VERIFY_OPTIONS } from "./options/verify.ts";

/** The literal types of all options, from which the types of their values are inferred. */
export type OptionDefs =
  & typeof ARCHIVE_OPTIONS
  & typeof BACKUP_OPTIONS
  & typeof BUNDLE_OPTIONS
  & typeof CLUSTER_OPTIONS
  & typeof EXPIRE_OPTIONS
  & typeof GENERAL_OPTIONS
  & typeof INSPECT_OPTIONS
  & typeof LOG_OPTIONS
  & typeof NETWORK_OPTIONS
  & typeof OBJECT_STORE_OPTIONS
  & typeof REPOSITORY_OPTIONS
  & typeof REPOSITORY_HOST_OPTIONS
  & typeof RESTORE_OPTIONS
  & typeof SERVER_OPTIONS
  & typeof SFTP_OPTIONS
  & typeof VERIFY_OPTIONS;

/** Name of an option without its index. */
export type OptionName = keyof OptionDefs;

/** Every option of the program. */
export const OPTIONS: OptionTable = {
  ...ARCHIVE_OPTIONS,
  ...BACKUP_OPTIONS,
  ...BUNDLE_OPTIONS,
  ...CLUSTER_OPTIONS,
  ...EXPIRE_OPTIONS,
  ...GENERAL_OPTIONS,
  ...INSPECT_OPTIONS,
  ...LOG_OPTIONS,
  ...NETWORK_OPTIONS,
  ...OBJECT_STORE_OPTIONS,
  ...REPOSITORY_OPTIONS,
  ...REPOSITORY_HOST_OPTIONS,
  ...RESTORE_OPTIONS,
  ...SERVER_OPTIONS,
  ...SFTP_OPTIONS,
  ...VERIFY_OPTIONS,
};

/** Option names of a table in the order everything is checked, shown and resolved in: alphabetical. */
export function sortedNames(table: OptionTable): string[] {
  return Object.keys(table).sort();
}

/** Whether an option means something to a command in a role. */
export function isValidFor(def: OptionDef, command: CommandName, role: Role): boolean {
  if (role === "main") return isListed(def, command);
  if (!COMMANDS[command].roles?.includes(role)) return false;
  const own = def.roleCommands?.[role];
  if (own !== undefined) return own === "all" || own.includes(command);
  return (def.roles === "all" || def.roles?.includes(role) === true) && isListed(def, command);
}

function isListed(def: OptionDef, command: CommandName): boolean {
  if (def.oursFor?.includes(command)) return true;
  const listed = typeof def.commands === "string" ? isInSet(command, def.commands) : def.commands.includes(command);
  return listed && !def.except?.includes(command);
}

/** What a command changes about an option. */
export function overrideOf(def: OptionDef, command: CommandName): CommandOverride {
  return def.per?.[command] ?? {};
}

/** Whether help shows it: not an internal one. */
export function isHidden(def: OptionDef, command: CommandName): boolean {
  return def.internal === true || (Array.isArray(def.internal) && def.internal.includes(command));
}

/** The name with its index, as the user writes it: `repo1-path`. Key 0 belongs to options without group. */
export function indexedName(name: string, key: number): string {
  if (key === 0) return name;
  const dash = name.indexOf("-");
  return `${name.slice(0, dash)}${key}${name.slice(dash)}`;
}
