import type { Accounts } from "../../process/accounts.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";

/** Owner of a restored file; empty when it is left to the process. */
export interface Owner {
  uid?: number;
  gid?: number;
}

/** Turns the names of a manifest into numbers of this host. */
export interface OwnerMap {
  owner(entry: { user?: string | false; group?: string | false }): Owner;
  warnings: string[];
}

/** What the mapping depends on. */
export interface OwnerRequest {
  /** Effective user and group of this process. */
  uid: number;
  gid: number;
  /** Owner of the data folder as it is now; undefined when there is none yet. */
  folder: { uid: number; gid: number } | undefined;
  accounts: Accounts;
}

/**
 * Only root can give files away: others own what they restore and are told which names of the backup that changes. For
 * root a name this host does not know, or that was unknown when the backup was made, becomes the owner of the data folder:
 * PostgreSQL does not start on files that belong to root.
 */
export function mapOwners(manifest: Manifest, request: OwnerRequest): OwnerMap {
  const users = new Map<string | false, number | undefined>();
  const groups = new Map<string | false, number | undefined>();
  const warnings: string[] = [];
  for (const { user, group } of entriesOf(manifest)) {
    if (!users.has(user)) users.set(user, resolve("user", user, { ...request, warnings }));
    if (!groups.has(group)) groups.set(group, resolve("group", group, { ...request, warnings }));
  }
  return {
    warnings,
    owner({ user = false, group = false }) {
      const [uid, gid] = [users.get(user), groups.get(group)];
      return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
    },
  };
}

function* entriesOf({ files, paths, links }: Manifest): Generator<{ user: string | false; group: string | false }> {
  yield* paths;
  yield* links;
  for (const row of files.rows()) {
    const { user = false, group = false } = files.at(row);
    yield { user, group };
  }
}

function resolve(
  kind: "user" | "group",
  name: string | false,
  { uid, gid, folder, accounts, warnings }: OwnerRequest & { warnings: string[] },
): number | undefined {
  const known = name === false ? undefined : kind === "user" ? accounts.userId(name) : accounts.groupId(name);
  if (uid !== 0) {
    const own = kind === "user" ? accounts.userName(uid) : accounts.groupName(gid);
    if (name !== own) warnings.push(`unknown ${kind} '${name || "(none)"}' in backup manifest mapped to '${own}'`);
    return undefined;
  }
  if (known !== undefined) return known;
  const fallback = (kind === "user" ? folder?.uid : folder?.gid) ?? 0;
  const shown = (kind === "user" ? accounts.userName(fallback) : accounts.groupName(fallback)) || fallback;
  warnings.push(`unknown ${kind} '${name || "(none)"}' in backup manifest mapped to '${shown}'`);
  return fallback;
}
