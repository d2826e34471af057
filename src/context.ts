import { type Configuration, type ConfigurationData, openConfiguration } from "./config/configuration.ts";
import type { JobServices } from "./process/job.ts";
import { calledAs } from "./process/self.ts";
import type { Repository } from "./repository/repository.ts";
import { posixStorage } from "./storage/posix.ts";
import type { Storage } from "./storage/storage.ts";
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
export function workerContext({ setup, connections }: JobServices): Context {
  return { configuration: openConfiguration((setup as WorkerContext).configuration, calledAs), connections };
}

/** A repository of the configuration, as a stanza sees it: the configured one unless another is named. */
export function openRepository({ configuration: { options } }: Context, key: number, stanza?: string): Repository {
  const passphrase = options.get("repo-cipher-type", key) === "none" ? undefined : options.get("repo-cipher-pass", key);
  return {
    key,
    stanza: stanza ?? options.need("stanza"),
    storage: posixStorage(options.need("repo-path", key)),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** The repositories a command works on: the one selected by option repo, else all, by ascending key. */
export function openRepositories(context: Context): Repository[] {
  return context.configuration.options.selected("repo").map((key) => openRepository(context, key));
}

/** The data folder of a cluster of the configuration. */
export function openDataFolder({ configuration: { options } }: Context, key: number): Storage {
  return posixStorage(options.need("pg-path", key));
}
