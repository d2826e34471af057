import { assertEquals } from "@std/assert";
import { mapOwners, type OwnerRequest } from "../../../src/command/restore/owners.ts";
import type { Accounts } from "../../../src/process/accounts.ts";
import { madeManifest } from "../../repository/manifest/made_manifest.ts";

const NAMES = new Map([[0, "root"], [101, "postgres"]]);
const idOf = (name: string) => [...NAMES].find(([, each]) => each === name)?.[0];
const accounts: Accounts = {
  userName: (uid) => NAMES.get(uid) ?? false,
  groupName: (gid) => NAMES.get(gid) ?? false,
  userId: idOf,
  groupId: idOf,
  home: () => undefined,
};

/** Maps the owners of a manifest all of whose entries belong to these names. */
function mapped(user: string | false, request: Omit<OwnerRequest, "accounts">) {
  const manifest = madeManifest();
  manifest.links = [];
  manifest.paths = [{ name: "pg_data", user, group: user, mode: 0o700 }];
  for (const row of [...manifest.files.rows()]) manifest.files.remove(row);
  const { owner, warnings } = mapOwners(manifest, { ...request, accounts });
  return { ...owner({ user, group: user }), warnings };
}

const POSTGRES = { uid: 101, gid: 101, folder: undefined };
const ROOT = { uid: 0, gid: 0, folder: { uid: 101, gid: 101 } };
const warned = (name: string, own: string) =>
  ["user", "group"].map((kind) => `unknown ${kind} '${name}' in backup manifest mapped to '${own}'`);

const CASES: { name: string; user: string | false; request: Omit<OwnerRequest, "accounts">; want: object }[] = [
  { name: "their own files", user: "postgres", request: POSTGRES, want: { uid: 101, gid: 101, warnings: [] } },
  {
    name: "files of root",
    user: "root",
    request: POSTGRES,
    want: { uid: 101, gid: 101, warnings: warned("root", "postgres") },
  },
  {
    name: "files of nobody, as a user without a name",
    user: false,
    request: { ...POSTGRES, uid: 7, gid: 7 },
    want: { uid: 7, gid: 7, warnings: warned("(none)", "7") },
  },
  { name: "files of postgres, as root", user: "postgres", request: ROOT, want: { uid: 101, gid: 101, warnings: [] } },
  {
    name: "files of somebody unknown, as root",
    user: "amy",
    request: ROOT,
    want: { uid: 101, gid: 101, warnings: warned("amy", "postgres") },
  },
  {
    name: "files of somebody unknown into a new folder, as root",
    user: "amy",
    request: { ...ROOT, folder: undefined },
    want: { uid: 0, gid: 0, warnings: warned("amy", "root") },
  },
];

for (const { name, user, request, want } of CASES) {
  Deno.test(`restored owners: ${name}`, () => assertEquals(mapped(user, request), want as ReturnType<typeof mapped>));
}
