import type { Accounts } from "../../process/accounts.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";

/** Owner of a restored file. */
export interface Owner {
  uid: number;
  gid: number;
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
 * Only root can give files away: others own what they restore, what is there already included, and are told which names of
 * the backup that changes. For root a name this host does not know, or that was unknown when the backup was made, becomes
 * the owner of the data folder: PostgreSQL does not start on files that belong to root.
 */
export function mapOwners(manifest: Manifest, request: OwnerRequest): OwnerMap {
  const users = new Map<string | false, number>();
  const groups = new Map<string | false, number>();
  const warnings: string[] = [];
  for (const { user, group } of entriesOf(manifest)) {
    if (!users.has(user)) users.set(user, resolve("user", user, { ...request, warnings }));
    if (!groups.has(group)) groups.set(group, resolve("group", group, { ...request, warnings }));
  }
  return {
    warnings,
    owner: ({ user = false, group = false }) => ({
      uid: users.get(user) ?? request.uid,
      gid: groups.get(group) ?? request.gid,
    }),
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
): number {
  const nameOf = (id: number) => (kind === "user" ? accounts.userName(id) : accounts.groupName(id));
  const mapTo = (id: number) => {
    warnings.push(`unknown ${kind} '${name || "(none)"}' in backup manifest mapped to '${nameOf(id) || id}'`);
    return id;
  };
  if (uid !== 0) {
    const own = kind === "user" ? uid : gid;
    return name !== false && name === nameOf(own) ? own : mapTo(own);
  }
  const known = name === false ? undefined : kind === "user" ? accounts.userId(name) : accounts.groupId(name);
  return known ?? mapTo((kind === "user" ? folder?.uid : folder?.gid) ?? 0);
}
