import { isMissing } from "../storage/os_error.ts";

/** Names of users and groups by number and back, asked of the system's own data bases through `getent`. */
export interface Accounts {
  /** Name of a user, or false when the number has none. */
  userName(uid: number): string | false;
  groupName(gid: number): string | false;
  /** Number of a user, or undefined when this host does not know the name. */
  userId(name: string): number | undefined;
  groupId(name: string): number | undefined;
  /** Home folder of a user, or undefined when the number has none. */
  home(uid: number): string | undefined;
}

/** Accounts of this host; every answer is asked for once. */
export function systemAccounts(): Accounts {
  const cached = new Map<string, string[] | undefined>();
  const entry = (base: "passwd" | "group", key: string | number): string[] | undefined => {
    const id = `${base}:${key}`;
    if (!cached.has(id)) cached.set(id, getent(base, String(key)));
    return cached.get(id);
  };
  // A name made of digits would be taken for a number by getent, so the answer's own field is compared.
  const number = (base: "passwd" | "group", name: string): number | undefined => {
    const found = entry(base, name);
    return found?.[0] === name ? Number(found[2]) : undefined;
  };
  const name = (base: "passwd" | "group", id: number): string | false => {
    const found = entry(base, id);
    return found !== undefined && Number(found[2]) === id ? found[0]! : false;
  };
  return {
    userName: (uid) => name("passwd", uid),
    groupName: (gid) => name("group", gid),
    userId: (user) => number("passwd", user),
    groupId: (group) => number("group", group),
    home: (uid) => entry("passwd", uid)?.[5],
  };
}

function getent(base: "passwd" | "group", key: string): string[] | undefined {
  try {
    const { success, stdout } = new Deno.Command("getent", {
      args: ["--", base, key],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    const line = new TextDecoder().decode(stdout).split("\n")[0];
    return success && line ? line.split(":") : undefined;
  } catch (error) {
    if (isMissing(error)) return fromFile(base, key);
    throw error;
  }
}

/** Without getent (a system without glibc's tools) the local file is what there is. */
function fromFile(base: "passwd" | "group", key: string): string[] | undefined {
  const lines = Deno.readTextFileSync(`/etc/${base}`).split("\n").map((line) => line.split(":"));
  return lines.find((fields) => fields[0] === key || fields[2] === key);
}
