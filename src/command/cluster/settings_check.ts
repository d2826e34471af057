import { fail } from "../../error.ts";
import type { LiveCluster } from "./connect.ts";

/** What archive_command has to contain: the peer's name or ours. */
const PROGRAM_NAMES = ["pgbackrest", "pg_backrest"];

/**
 * Error 58 unless the server that answered is the one whose data folder is configured: same version, same folder.
 */
export function checkIsCluster({ cluster: { settings }, control, pgPath, key, isConfigured }: LiveCluster): void {
  if (settings.version === control.version && isConfigured) return;
  fail(
    "dbMismatch",
    `version '${settings.version}' and path '${settings.dataFolder}' queried from cluster do not match version ` +
      `'${control.version}' and '${pgPath}' read from '${pgPath}/global/pg_control'`,
    { hint: `the pg${key}-path and pg${key}-port settings likely reference different clusters.` },
  );
}

/** Error 87, 67 or 68 unless the server archives its WAL with this program or the peer. */
export function checkArchiving({ cluster: { settings } }: LiveCluster, options: { archiveModeCheck: boolean }): void {
  if (settings.archiveMode === "off") {
    fail("archiveDisabled", "archive_mode must be enabled", { hint: "set archive_mode=on and restart PostgreSQL." });
  }
  if (settings.archiveMode === "always" && options.archiveModeCheck) {
    fail("featureNotSupported", "archive_mode=always not supported", {
      hint: "set archive_mode=on, or leave out the check with --no-archive-mode-check.",
    });
  }
  if (PROGRAM_NAMES.some((name) => settings.archiveCommand.includes(name))) return;
  fail("archiveCommandInvalid", `archive_command '${settings.archiveCommand}' must contain pgbackrest or pg_backrest`, {
    hint: "set it to: pg_backrest --stanza=... archive-push %p (pgbackrest itself insists on the name pgbackrest).",
  });
}
