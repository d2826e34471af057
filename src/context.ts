import { type Configuration, type ConfigurationData, openConfiguration } from "./config/configuration.ts";
import type { Repository } from "./repository/repository.ts";
import { calledAs } from "./process/self.ts";
import { posixStorage } from "./storage/posix.ts";

/** What main gives its workers so that they build their own storages: plain data. */
export interface WorkerContext {
  readonly configuration: ConfigurationData;
}

/** The configuration a worker was given. */
export function workerConfiguration(setup: unknown): Configuration {
  return openConfiguration((setup as WorkerContext).configuration, calledAs);
}

/** A repository of the configuration, as a stanza sees it: the configured one unless another is named. */
export function openRepository(configuration: Configuration, key: number, stanza?: string): Repository {
  const { options } = configuration;
  const passphrase = options.get("repo-cipher-type", key) === "none" ? undefined : options.get("repo-cipher-pass", key);
  return {
    key,
    stanza: stanza ?? options.need("stanza"),
    storage: posixStorage(options.need("repo-path", key)),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** The repositories a command works on: the one selected by option repo, else all, by ascending key. */
export function openRepositories(configuration: Configuration): Repository[] {
  return configuration.options.selected("repo").map((key) => openRepository(configuration, key));
}
