import { fail } from "../../error.ts";
import type { Backup } from "./backup.ts";

/** What has to be alike where files are read once for several repositories. */
function formOf({ settings: { options, bundling, blocks } }: Pick<Backup, "settings">) {
  return {
    "compress-type": options.compressType,
    "compress-level": options.compressLevel,
    "repo-bundle": bundling !== undefined,
    "repo-bundle-limit": bundling?.limit,
    "repo-bundle-size": bundling?.size,
    "repo-block": blocks !== undefined,
  };
}

/**
 * Error 31 when files cannot be stored in several repositories in one form. What a prior backup fixes for its set counts, not
 * what the options say.
 */
export function checkSameForm(backups: readonly Pick<Backup, "key" | "settings" | "prior">[]): void {
  const [first, ...others] = backups;
  if (first === undefined) return;
  const wanted = formOf(first);
  for (const other of others) {
    const found = formOf(other);
    for (const name of Object.keys(wanted) as (keyof typeof wanted)[]) {
      if (found[name] === wanted[name]) continue;
      fail(
        "optionInvalid",
        `a backup to several repositories at once needs one '${name}': repo${first.key} has ${shown(wanted[name])}, ` +
          `repo${other.key} has ${shown(found[name])}`,
        {
          hint: "set the option alike for both. A diff or incr keeps the compression of its set: begin new ones with " +
            "--type=full, or back up to each repository by itself with --repo.",
        },
      );
    }
  }
}

function shown(value: string | number | boolean | undefined): string {
  if (typeof value === "boolean") return value ? "y" : "n";
  return value === undefined ? "none" : `'${value}'`;
}
