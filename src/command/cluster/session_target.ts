import type { Configuration } from "../../config/configuration.ts";
import { fail } from "../../error.ts";
import { DEFAULT_SOCKET_FOLDER, findPassword } from "../../postgres/pgpass.ts";
import type { SessionTarget } from "../../postgres/session.ts";
import { systemAccounts } from "../../process/accounts.ts";
import { isMissing, osCode, storageError } from "../../storage/os_error.ts";

/**
 * How to reach the server of a pg index, found as libpq finds it: user from pg-user, PGUSER or the name of the effective
 * user; socket folder from pg-socket-path, PGHOST, or the first of the usual folders that exists; password from
 * PGPASSWORD or the password file.
 */
export function sessionTarget(configuration: Configuration, key: number): SessionTarget {
  const { options, command } = configuration;
  const target = {
    socketFolder: options.get("pg-socket-path", key) ?? environment("PGHOST") ?? usualSocketFolder(),
    port: options.need("pg-port", key),
    database: options.need("pg-database", key),
    user: options.get("pg-user", key) ?? environment("PGUSER") ?? effectiveUser(),
  };
  const password = environment("PGPASSWORD") ?? filedPassword({ ...target, host: target.socketFolder });
  return {
    ...target,
    ...(password === undefined ? {} : { password }),
    applicationName: `pgBackRest [${command}]`,
    timeout: options.need("db-timeout"),
  };
}

function environment(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

function usualSocketFolder(): string {
  return [DEFAULT_SOCKET_FOLDER, "/tmp"].find(exists) ?? DEFAULT_SOCKET_FOLDER;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function effectiveUser(): string {
  const uid = Deno.uid();
  const name = uid === null ? false : systemAccounts().userName(uid);
  return name || fail("dbConnect", `user ${uid} of this process has no name`, { hint: "set option pg-user" });
}

function filedPassword(question: Parameters<typeof findPassword>[1]): string | undefined {
  const path = environment("PGPASSFILE") ?? homePasswordFile();
  if (path === undefined) return undefined;
  try {
    // libpq ignores a password file that others could read, and one that it cannot read itself: a HOME that was
    // inherited from another user must not keep a server from being asked that wants no password.
    const { mode, isFile } = Deno.statSync(path);
    if (!isFile || ((mode ?? 0) & 0o077) !== 0) return undefined;
    return findPassword(Deno.readTextFileSync(path), question);
  } catch (error) {
    if (isMissing(error) || osCode(error) === "EACCES") return undefined;
    throw storageError("fileRead", "read password file", path, error);
  }
}

function homePasswordFile(): string | undefined {
  const home = environment("HOME") ?? systemAccounts().home(Deno.uid() ?? 0);
  return home === undefined ? undefined : `${home}/.pgpass`;
}
