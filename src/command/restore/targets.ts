import { fail } from "../../error.ts";
import { temporaryName } from "../../storage/posix_file.ts";
import { listNames, readEntry } from "../../storage/posix.ts";
import type { Entry } from "../../storage/storage.ts";
import type { RestoreLayout } from "./layout.ts";

/** File in the data folder that tells a later run what a restore that broke off was about. */
export const MARKER = "backup.manifest";

/** What the user allows to be in the folders already. */
export interface TargetRules {
  /** True when existing files may be reused or overwritten (delta or force). */
  overwrite: boolean;
  /** Names in the data folder that stay, whatever happens: recovery settings that are preserved. */
  preserved: readonly string[];
  uid: number;
}

/**
 * Errors before anything is touched: 53 a folder that belongs to somebody else or is closed, 40 a folder that is not empty,
 * 93 a file in the place of a link's target.
 */
export function checkTargets(layout: RestoreLayout, rules: TargetRules): void {
  for (const [i, { path }] of layout.roots.entries()) {
    const entry = readEntry(path, ".", { follow: true });
    if (entry === undefined) continue;
    checkFolder(path, entry, rules.uid);
    if (rules.overwrite) continue;
    const allowed = i === 0 ? [MARKER, temporaryName(MARKER), ...rules.preserved] : [];
    const found = listNames(path).find((name) => !allowed.includes(name));
    if (found === undefined) continue;
    fail("pathNotEmpty", `unable to restore to path '${path}' because it contains files ('${found}')`, {
      hint: "try using --delta if this is what you intended.",
    });
  }
  for (const { isFile, target, name } of layout.links) {
    if (!isFile || rules.overwrite || readEntry(target, ".") === undefined) continue;
    fail("fileExists", `unable to restore file '${target}' because it already exists (link '${name}')`, {
      hint: "try using --delta if this is what you intended.",
    });
  }
}

function checkFolder(path: string, { kind, uid, mode }: Entry, ownUid: number): void {
  if (kind !== "folder") fail("pathOpen", `unable to restore to '${path}': it is no folder`);
  if (ownUid !== 0 && uid !== ownUid) {
    fail("pathOpen", `unable to restore to path '${path}' not owned by current user`, {
      hint: `run restore as the user who owns it, or look with: ls -ld '${path}'`,
    });
  }
  if ((mode & 0o700) !== 0o700) {
    fail("pathOpen", `unable to restore to path '${path}' without rwx permissions`, { hint: `chmod u+rwx '${path}'` });
  }
}
