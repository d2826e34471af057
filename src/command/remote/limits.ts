import { BackRestError, fail } from "../../error.ts";
import type { CommandName } from "../../config/commands.ts";
import { archiveFolder, archiveInfoPath, backupFolder, copyOf } from "../../repository/layout.ts";
import type { ServeRules, StorageAction } from "../../storage/serve_rules.ts";
import { isWithin } from "../../storage/path.ts";
import type { WriteOptions } from "../../storage/storage.ts";
import type { Method } from "../../wire/serve.ts";

/** What another host may do: values of option remote-allow. */
export type Permission = "all" | "push" | "read" | "cluster";

/** What serving is limited to. */
export interface Limits {
  permissions: ReadonlySet<Permission>;
  /** The only stanza whose folders may be touched; undefined for all. */
  stanza: string | undefined;
}

const PERMISSIONS: readonly Permission[] = ["all", "push", "read", "cluster"];

/** Commands that only read a repository. */
const READING: readonly CommandName[] = [
  "archive-get",
  "check",
  "info",
  "manifest",
  "repo-get",
  "repo-ls",
  "restore",
  "verify",
];

/** Questions beside those about files that come with reading. */
const READING_METHODS: readonly string[] = [
  "begin",
  "lock",
  "room",
  "settings",
  "verify",
  "sets.share",
  "sets.release",
];

/** The permissions that option remote-allow names. Error 32 for another value. */
export function permissionsOf(values: readonly string[] | undefined): Set<Permission> {
  const permissions = (values ?? ["all"]).map((value) =>
    PERMISSIONS.find((known) => known === value) ??
      fail("optionInvalidValue", `'${value}' is not allowed for 'remote-allow' option`, {
        hint: `allowed values are ${PERMISSIONS.join(", ")}.`,
      })
  );
  return new Set(permissions);
}

/** Error 105 unless a command may serve this side at all. */
export function checkCommand(
  { permissions }: Limits,
  { command, serves }: { command: CommandName; serves: string | undefined },
): void {
  const isAllowed = permissions.has("all") || serves === "pg" && permissions.has("cluster") ||
    serves === "repo" && (permissions.has("push") && command === "archive-push") ||
    serves === "repo" && (permissions.has("read") && READING.includes(command));
  if (isAllowed) return;
  refuse(`${command} of another host is not allowed here`, permissions);
}

function refuse(what: string, permissions: ReadonlySet<Permission>): never {
  fail("access", what, {
    hint: `option remote-allow of this host (now ${[...permissions].join(", ")}) says what another host may do.`,
  });
}

/** How many of a connection's own files may be taken back by it. */
const OWN_MAX = 100;

/** What the limits make of the rules of a served repository. */
export function limitedRules(limits: Limits, command: CommandName): Pick<ServeRules, "allow" | "how"> {
  const { permissions, stanza } = limits;
  const own = new Set<string>();
  const inStanza = (action: StorageAction, path: string) => {
    if (stanza !== undefined && !isOf(stanza, action, path)) {
      refuse(`'${path}' is not of stanza '${stanza}'`, permissions);
    }
  };
  if (permissions.has("all")) return { allow: inStanza };
  const isPushing = command === "archive-push";
  return {
    allow(action, path) {
      inStanza(action, path);
      if (isPushing ? mayPush(action, path, own) : action === "read" || action === "look") return;
      refuse(`to ${action} '${path}' is not allowed here`, permissions);
    },
    how(path): WriteOptions["how"] {
      if (own.size < OWN_MAX) own.add(path);
      return "noReplace";
    },
  };
}

/** Folders of a stanza, and the lists of stanzas above them. */
function isOf(stanza: string, action: StorageAction, path: string): boolean {
  if (action === "look" && ["", ".", "archive", "backup"].includes(path)) return true;
  return isWithin(path, archiveFolder(stanza)) || isWithin(path, backupFolder(stanza));
}

/**
 * Adding to the archive: its folders are listed, archive.info and what is no WAL are read, new files are made, and one that
 * this connection has made itself may be taken back.
 */
function mayPush(action: StorageAction, path: string, own: ReadonlySet<string>): boolean {
  const [family, stanza, ...rest] = path.split("/");
  if (family !== "archive" || stanza === undefined) return false;
  const info = archiveInfoPath(stanza);
  const isInfo = path === info || path === copyOf(info);
  switch (action) {
    case "look":
      return true;
    case "read":
      return isInfo || NOT_WAL.test(path);
    case "write":
      return !isInfo && rest.length >= 2;
    case "replace":
      return false;
    case "remove":
      return own.has(path);
  }
}

/** What is in an archive beside WAL: a push of such a file compares it with the one that is there. */
const NOT_WAL = /\.(?:history|backup)$/;

/** The methods that remain of those a repository is served with. */
export function limitedMethods(
  { permissions }: Limits,
  command: CommandName,
  methods: Readonly<Record<string, Method>>,
): Record<string, Method> {
  if (permissions.has("all")) return { ...methods };
  const kept = command === "archive-push" ? ["begin", "settings"] : READING_METHODS;
  const refused = (name: string): Method => () => {
    throw new BackRestError("access", `'${name}' is not allowed for another host here`);
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      name.startsWith("repo.") || kept.includes(name) ? method : refused(name),
    ]),
  );
}
