import type { Configuration } from "../config/configuration.ts";
import type { Logger } from "../log.ts";
import type { Locks } from "../process/lock.ts";
import type { Connections } from "../wire/connections.ts";
import type { ProgressDisplay } from "./progress_display.ts";

/** What a command is started with. */
export interface Invocation {
  readonly configuration: Configuration;
  readonly log: Logger;
  /** The locks of the run, for commands that take them at the start. */
  readonly locks: Locks | undefined;
  /** Connections of the main thread to other hosts; they live as long as the run. */
  readonly connections: Connections;
  /** Aborted when the run is to end early. */
  readonly signal: AbortSignal;
  /** Writes the result of a command to stdout, as it is. */
  output(text: string): void;
  /** Begins to show the progress of a number of bytes: on the terminal if there is one, else in the log. */
  showProgress(label: string, total: number): ProgressDisplay;
  now(): Date;
  /** How this program is called again. */
  program(): string;
  /** Stanzas named in the configuration files. */
  stanzas(): string[];
  /** The configuration as it would be with another stanza. */
  configure(stanza: string): Configuration;
}

/** What the module of a command exports. */
export interface CommandModule {
  /** Does the command and returns the exit status; whatever it throws becomes the exit status of the error. */
  run(invocation: Invocation): Promise<number>;
}
