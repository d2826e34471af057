import type { CommandName } from "../commands.ts";
import type { OptionDef } from "../definition.ts";
import { ARCHIVE_TEXTS } from "./archive.ts";
import { BACKUP_TEXTS } from "./backup.ts";
import { CLUSTER_TEXTS } from "./cluster.ts";
import { EXPIRE_TEXTS } from "./expire.ts";
import { GENERAL_TEXTS } from "./general.ts";
import { INSPECT_TEXTS } from "./inspect.ts";
import { LOG_TEXTS } from "./log.ts";
import { NETWORK_TEXTS } from "./network.ts";
import { OBJECT_STORE_TEXTS } from "./object_store.ts";
import { REPOSITORY_TEXTS } from "./repository.ts";
import { REPOSITORY_HOST_TEXTS } from "./repository_host.ts";
import { RESTORE_TEXTS } from "./restore.ts";
import { SERVER_TEXTS } from "./server.ts";
import { SFTP_TEXTS } from "./sftp.ts";
import { VERIFY_TEXTS } from "./verify.ts";
import type { HelpSection, OptionText, OptionTexts } from "./text.ts";

/** Sections by the files of the texts; what is not named here is listed under the command. */
const SECTIONS: readonly [HelpSection, readonly OptionTexts[]][] = [
  ["General", [GENERAL_TEXTS, NETWORK_TEXTS]],
  ["Log", [LOG_TEXTS]],
  ["Repository", [REPOSITORY_TEXTS, REPOSITORY_HOST_TEXTS, OBJECT_STORE_TEXTS, SFTP_TEXTS]],
  ["Stanza", [CLUSTER_TEXTS]],
  ["Command", [ARCHIVE_TEXTS, BACKUP_TEXTS, EXPIRE_TEXTS, INSPECT_TEXTS, RESTORE_TEXTS, SERVER_TEXTS, VERIFY_TEXTS]],
];

/** What help says about an option of a command. */
export function optionText(name: string, command: CommandName): Pick<OptionText, "summary" | "text"> {
  const text = SECTIONS.flatMap(([, texts]) => texts).find((texts) => Object.hasOwn(texts, name))?.[name];
  return text?.per?.[command] ?? text ?? { summary: "", text: "" };
}

/** Where a command's help lists an option: under its own heading what the command changes about the option. */
export function optionSection(name: string, { command, def }: { command: CommandName; def: OptionDef }): HelpSection {
  const [section, texts] = SECTIONS.find(([, all]) => all.some((one) => Object.hasOwn(one, name))) ?? ["Command", []];
  const own = def.per?.[command] !== undefined || texts.some((one) => one[name]?.per?.[command] !== undefined);
  return own ? "Command" : section;
}
