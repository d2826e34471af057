import { fail } from "../error.ts";
import { COMMANDS } from "./commands.ts";
import { changeDefaults, type Configuration, type Options, type Ruling } from "./configuration.ts";
import { formatTime } from "./quantity.ts";
import { checkPlaces, repositoryRules } from "./repository_rules.ts";

/** How much longer protocol-timeout is than db-timeout when one follows the other; the least left for the latter. */
const TIMEOUT_LEAD = 30_000;
const LEAST_DB_TIMEOUT = 15_000;

/**
 * Applies the rules between options that hold once the lock is taken: returns warnings and the configuration with the
 * defaults that follow from other options. Errors: 27 hosts, 31 combinations, 32 values that contradict, 37 missing.
 */
export function applyRules(
  configuration: Configuration,
  program: () => string,
): { configuration: Configuration; warnings: string[] } {
  const { command, options } = configuration;
  if (command === "stanza-delete") demandRepository(options);
  if (COMMANDS[command].localCluster) demandLocalCluster(configuration);
  checkPlaces(options);
  checkTargetTime(options);
  const rulings = [
    timeouts(options),
    ...repositoryRules(options),
    compression(options),
    stopAuto(options),
  ];
  const changes = rulings.flatMap((ruling) => ruling.changes ?? []);
  return {
    configuration: changeDefaults(configuration, changes, program),
    warnings: rulings.flatMap((ruling) => ruling.warnings ?? []),
  };
}

/** Error 31 for the user root unless it is allowed, which only restore does by itself. */
export function refuseRoot({ command, options }: Configuration, uid: number | null): void {
  if (uid !== 0 || options.find("allow-root") !== false) return;
  fail("optionInvalid", `${command} command may not be run as root`, {
    hint: "run it as the user that owns the repository or the cluster, e.g. postgres.\n" +
      "or use --allow-root; files are then written as root and no other user can change them.",
  });
}

/** WAL is handed over, and files are restored, where PostgreSQL is. */
function demandLocalCluster({ command, options }: Configuration): void {
  if (options.find("pg-host", options.selected("pg")[0]!) === undefined) return;
  fail("hostInvalid", `${command} command must be run on the PostgreSQL host`, {
    hint: "is option pg1-host set here although this is that host?",
  });
}

/** A command that destroys must be told where when that is not obvious. */
function demandRepository(options: Options): void {
  const keys = options.keys("repo");
  if (options.isSet("repo") || (keys.length === 1 && keys[0] === 1)) return;
  fail("optionRequired", "stanza-delete command requires option: repo", {
    hint: "this command requires a specific repository to operate on",
  });
}

/** protocol-timeout must be longer than db-timeout; whichever was not given moves. */
function timeouts(options: Options): Ruling {
  const protocol = options.find("protocol-timeout");
  const db = options.find("db-timeout");
  if (protocol === undefined || db === undefined || protocol > db) return {};
  if (!options.isSet("protocol-timeout")) {
    return { changes: [{ name: "protocol-timeout", key: 0, value: db + TIMEOUT_LEAD }] };
  }
  if (!options.isSet("db-timeout")) {
    const shorter = protocol - TIMEOUT_LEAD;
    const value = shorter >= LEAST_DB_TIMEOUT ? shorter : Math.floor(protocol / 2);
    return { changes: [{ name: "db-timeout", key: 0, value }] };
  }
  const shown = options.entry("protocol-timeout").texts[0] ?? formatTime(protocol);
  fail("optionInvalidValue", `'${shown}' is not valid for 'protocol-timeout' option`, {
    hint: `'protocol-timeout' option (${shown}) should be greater than ` +
      `'db-timeout' option (${options.entry("db-timeout").texts[0]}).`,
  });
}

/** The legacy switch `compress` gives way to compress-type. */
function compression(options: Options): Ruling {
  if (!options.isSet("compress")) return {};
  if (options.isSet("compress-type")) {
    return {
      warnings: [
        "'compress' and 'compress-type' options should not both be set\n" +
        "HINT: 'compress-type' is preferred and 'compress' is deprecated.",
      ],
    };
  }
  if (options.get("compress")) return {};
  return {
    changes: [
      { name: "compress-type", key: 0, value: "none" },
      ...(options.isSet("compress-level") ? [] : [{ name: "compress-level", key: 0, value: 0 } as const]),
    ],
  };
}

function checkTargetTime(options: Options): void {
  if (options.find("repo-target-time") !== undefined && !options.isSet("repo")) {
    fail("optionInvalid", "option 'repo-target-time' not valid without option 'repo'");
  }
}

function stopAuto(options: Options): Ruling {
  if (!options.isSet("stop-auto")) return {};
  return { warnings: ["option 'stop-auto' has no effect any more: a failed backup is recognised by itself"] };
}
