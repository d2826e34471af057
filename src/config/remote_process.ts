import type { Subprocess } from "../wire/child.ts";
import { sshArguments, type SshTarget } from "../wire/ssh.ts";
import { remoteArguments, type RemoteRequest } from "./child_arguments.ts";
import type { Configuration } from "./configuration.ts";
import type { OptionName } from "./options.ts";

/** The process here whose other end serves a repository or a cluster, and the host that is on. */
export interface RemoteProcess extends Subprocess {
  host: string;
}

/**
 * How the other end of a repository or a cluster is started: over ssh, with this program in role remote. Undefined when it
 * is on this host. `interactive` tells whether a person could answer a question of ssh.
 */
export function remoteProcess(
  configuration: Configuration,
  request: RemoteRequest,
  { interactive }: { interactive: boolean },
): RemoteProcess | undefined {
  const { options } = configuration;
  const { serves, key } = request;
  const option = (name: string) => options.find(`${serves}-host${name}` as OptionName, key);
  const host = option("") as string | undefined;
  if (host === undefined) return undefined;
  const user = option("-user") as string | undefined;
  const port = option("-port") as number | undefined;
  const target: SshTarget = {
    program: options.need("cmd-ssh"),
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    connectTimeout: options.need("io-timeout"),
    interactive,
  };
  const words = [String(option("-cmd")), ...remoteArguments(configuration, request)];
  return { host, program: target.program, args: sshArguments(target, words) };
}
