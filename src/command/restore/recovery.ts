import type { Invocation } from "../../cli/invocation.ts";
import { isValidFor, OPTIONS } from "../../config/options.ts";
import { optionWords, placedEntries } from "../../config/option_words.ts";
import { formatTime } from "../../log.ts";
import {
  autoConf,
  type RecoveryRequest,
  recoverySettings,
  type RecoveryType,
  restoreCommand,
  type Setting,
  signalFile,
} from "../../postgres/recovery.ts";
import { openSink } from "../../storage/posix_file.ts";
import { readEntry } from "../../storage/posix.ts";
import type { Owner } from "./owners.ts";

/** Options that are for the restore itself and mean nothing to the archive-get it sets up. */
const NOT_HANDED_ON = /^(exec-id|job-retry|job-retry-interval|log-.*|process-max)$/;

/** Name of the file that ALTER SYSTEM writes, read by PostgreSQL after postgresql.conf. */
export const AUTO_CONF = "postgresql.auto.conf";

/** Names in the data folder that type preserve leaves as they are. */
export const RECOVERY_FILES: readonly string[] = [AUTO_CONF, "recovery.signal", "standby.signal"];

/** What a restore leaves for the server that recovers. */
export interface RecoveryPlan {
  type: RecoveryType;
  settings: Setting[];
}

/** What the options say about recovery. Error 31 for a setting that PostgreSQL does not have. */
export function planRecovery(invocation: Invocation, type: RecoveryType): RecoveryPlan {
  return { type, settings: recoverySettings(recoveryRequest(invocation, type)) };
}

function recoveryRequest({ configuration, program }: Invocation, type: RecoveryType): RecoveryRequest {
  const { options } = configuration;
  const target = options.find("target");
  const timeline = options.find("target-timeline");
  return {
    type,
    ...(target === undefined ? {} : { target }),
    exclusive: options.find("target-exclusive") ?? false,
    action: options.find("target-action") ?? "pause",
    ...(timeline === undefined ? {} : { timeline }),
    archiveModeOff: options.get("archive-mode") === "off",
    options: [...options.find("recovery-option") ?? []],
    restoreCommand: restoreCommand([options.find("cmd") ?? program(), ...getOptions(configuration)]),
  };
}

/** The options of this command line that archive-get needs as well; what is in files it reads itself. */
function getOptions({ data }: Invocation["configuration"]): string[] {
  return placedEntries(data)
    .filter(({ name, entry }) => entry.source === "param" && !NOT_HANDED_ON.test(name))
    .filter(({ name }) => isValidFor(OPTIONS[name]!, "archive-get", "main"))
    .flatMap((placed) => optionWords(placed));
}

/** Where recovery settings are written. */
export interface RecoveryTarget {
  pgPath: string;
  /** Permission bits of the data folder. */
  folderMode: number;
  owner: Owner;
}

/** Writes the recovery settings and the signal file. */
export async function writeRecovery(
  invocation: Invocation,
  { type, settings }: RecoveryPlan,
  target: RecoveryTarget,
): Promise<void> {
  const { log, now } = invocation;
  const path = `${target.pgPath}/${AUTO_CONF}`;
  const exists = readEntry(path, ".") !== undefined;
  if (type === "preserve") {
    if (!exists) log.warn(`recovery type is preserve but recovery file '${path}' does not exist at start`);
    return;
  }
  if (!exists) log.warn(`${AUTO_CONF} does not exist -- creating to contain recovery settings`);
  log.info(`write ${exists ? "updated " : ""}${path}`);
  const old = exists ? Deno.readTextFileSync(path) : "";
  const text = autoConf(old, settings, formatTime(now()).slice(0, "YYYY-MM-DD HH:MM:SS".length));
  await writeText(path, text, target);
  const signal = signalFile(type);
  if (signal !== undefined) await writeText(`${target.pgPath}/${signal}`, "", target);
}

async function writeText(path: string, text: string, { folderMode, owner }: RecoveryTarget): Promise<void> {
  await using sink = openSink(path, { mode: folderMode & 0o644, owner });
  await sink.write(new TextEncoder().encode(text));
  await sink.commit();
}
