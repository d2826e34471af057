import { COMMANDS, lockTypes } from "./config/commands.ts";
import { type Configuration, type ConfigurationData, openConfiguration } from "./config/configuration.ts";
import type { OptionGroup } from "./config/definition.ts";
import type { WorkerPlace } from "./process/job.ts";
import type { RepositoryHost } from "./process/repository_host.ts";
import { calledAs } from "./process/self.ts";
import { keyHandle } from "./repository/key_handle.ts";
import type { Repository } from "./repository/repository.ts";
import { posixStorage } from "./storage/posix.ts";
import { remoteStorage } from "./storage/remote.ts";
import type { Storage } from "./storage/storage.ts";
import type { Connection } from "./wire/connect.ts";
import type { Connections } from "./wire/connections.ts";

/** What storages are opened with: the options of a run, and its own connections to other hosts or those of a worker. */
export interface Context {
  readonly configuration: Configuration;
  readonly connections: Connections;
}

/** What main gives its workers so that they build their own storages: plain data. */
export interface WorkerContext {
  readonly configuration: ConfigurationData;
}

/** The context of a worker: the options of its run and its own connections. */
export function workerContext({ setup, connections }: WorkerPlace): Context {
  return { configuration: openConfiguration((setup as WorkerContext).configuration, calledAs), connections };
}

/** A repository of the configuration, as a stanza sees it: the configured one unless another is named. */
export function openRepository(context: Context, key: number, stanza?: string): Repository {
  const { options } = context.configuration;
  const passphrase = passphraseOf(context, key);
  return {
    key,
    stanza: stanza ?? options.need("stanza"),
    storage: openStorage(context, { serves: "repo", key, root: options.need("repo-path", key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** The passphrase of a repository; a text that stands for it where another host owns it, whatever is set here. */
function passphraseOf({ configuration: { options } }: Context, key: number): string | undefined {
  if (options.find("repo-host", key) !== undefined) return keyHandle({ level: "repository" });
  return options.get("repo-cipher-type", key) === "none" ? undefined : options.get("repo-cipher-pass", key);
}

/** Whether a repository is encrypted: the host that has it knows. */
export async function isEncrypted(context: Context, key: number): Promise<boolean> {
  const { cipherType } = await (await repositoryHost(context, key, "")).settings();
  return cipherType !== "none";
}

/** The repositories a command works on: the one selected by option repo, else all, by ascending key. */
export function openRepositories(context: Context): Repository[] {
  return context.configuration.options.selected("repo").map((key) => openRepository(context, key));
}

/** The host of a repository of the configuration, as a stanza sees it: the configured one unless another is named. */
export async function repositoryHost(context: Context, key: number, stanza?: string): Promise<RepositoryHost> {
  const { options } = context.configuration;
  const { otherRepositoryHost, thisRepositoryHost } = await import("./process/repository_host.ts");
  const connect = otherHost(context, { serves: "repo", key });
  const named = stanza ?? options.need("stanza");
  if (connect !== undefined) return otherRepositoryHost(connect, named);
  return thisRepositoryHost({
    key,
    stanza: named,
    folder: options.find("lock-path") ?? "",
    settings: { path: options.need("repo-path", key), cipherType: options.need("repo-cipher-type", key) },
  });
}

/** The data folder of a cluster of the configuration. */
export function openDataFolder(context: Context, key: number): Storage {
  return openStorage(context, { serves: "pg", key, root: context.configuration.options.need("pg-path", key) });
}

function openStorage(context: Context, { serves, key, root }: Place & { root: string }): Storage {
  const connect = otherHost(context, { serves, key });
  return connect === undefined ? posixStorage(root) : remoteStorage(connect, { name: serves, root });
}

/** A cluster or a repository by its index. */
export interface Place {
  serves: OptionGroup;
  key: number;
}

/** The connection to the host of a cluster or repository, opened when it is called; undefined when it is this host. */
export function otherHost(context: Context, place: Place): (() => Promise<Connection>) | undefined {
  const { options } = context.configuration;
  if (options.find(`${place.serves}-host`, place.key) === undefined) return undefined;
  const opening = {
    open: (ended: AbortSignal) => openConnection(context, place, ended),
    replaceable: lockRequest(context).types.length === 0,
  };
  return () => context.connections.get(`${place.serves}${place.key}`, opening);
}

/** Starts the other end and takes the locks of the command there, where this is the process that holds them. */
async function openConnection(
  { configuration, connections }: Context,
  place: Place,
  ended: AbortSignal,
): Promise<Connection> {
  const [{ connect }, { remoteProcess }] = await Promise.all([
    import("./wire/connect.ts"),
    import("./config/remote_process.ts"),
  ]);
  const { options } = configuration;
  const request = { ...place, process: connections.process };
  const { host, ...subprocess } = remoteProcess(configuration, request, { interactive: Deno.stdin.isTerminal() })!;
  const connection = await connect(subprocess, {
    host,
    connectTimeout: options.need("io-timeout"),
    timeout: options.need("protocol-timeout"),
    ended,
  });
  try {
    await connection.call("begin", lockRequest({ configuration, connections }));
    return connection;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** What the first request to another host asks for. */
export interface BeginRequest {
  /** Locks to hold there until the connection ends. */
  types: readonly ("archive" | "backup" | "restore")[];
  /** Repositories the run works on: their keys are part of the names of locks. */
  repoKeys: readonly number[];
  /** True when a stop file there keeps the command from running. */
  stopped: boolean;
  /** Who drives the run, for whoever finds the lock busy. */
  driver: string;
}

function lockRequest({ configuration: { command, role, options }, connections }: Context): BeginRequest {
  const def = COMMANDS[command];
  const isHolder = connections.process === 0 && def.lockRemote === true && def.lockBy === role;
  return {
    types: isHolder ? lockTypes(def) : [],
    repoKeys: options.selected("repo"),
    stopped: def.stopFile === "refused",
    driver: `${command} of process ${Deno.pid} on ${Deno.hostname()}`,
  };
}
