import { shellQuote } from "./shell.ts";

/** How the host of a cluster or repository is reached. */
export interface SshTarget {
  /** Program (option cmd-ssh). */
  program: string;
  host: string;
  user?: string;
  port?: number;
  /** Milliseconds until the connection has to stand. */
  connectTimeout: number;
  /** Whether a person could answer a question of ssh. */
  interactive: boolean;
}

/** Seconds between two signs of life that ssh asks of the other host, and how many may be missing. */
const ALIVE_INTERVAL = 15;
const ALIVE_COUNT = 4;

/**
 * Arguments for ssh that run a command on another host. `words` are quoted for the shell there. RequestTTY asks for a
 * terminal only when there is one here; with pipes it changes nothing.
 */
export function sshArguments(target: SshTarget, words: readonly string[]): string[] {
  return [
    ...option("LogLevel", "error"),
    ...option("Compression", "no"),
    ...option("PasswordAuthentication", "no"),
    ...option("RequestTTY", "yes"),
    ...(target.interactive ? [] : option("BatchMode", "yes")),
    ...option("ConnectTimeout", String(Math.max(1, Math.ceil(target.connectTimeout / 1000)))),
    ...option("ServerAliveInterval", String(ALIVE_INTERVAL)),
    ...option("ServerAliveCountMax", String(ALIVE_COUNT)),
    ...(target.port === undefined ? [] : ["-p", String(target.port)]),
    // What begins with a dash after this would be a host all the same.
    "--",
    target.user === undefined ? target.host : `${target.user}@${target.host}`,
    words.map(shellQuote).join(" "),
  ];
}

function option(name: string, value: string): string[] {
  return ["-o", `${name}=${value}`];
}
