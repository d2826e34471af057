import type { Invocation } from "../cli/invocation.ts";
import { asError, errorText, fail } from "../error.ts";
import { greetingLine } from "../wire/greeting.ts";
import { serve, type Served } from "../wire/serve.ts";
import { beginMethods } from "./remote/begin.ts";
import { checkCommand, type Limits, permissionsOf } from "./remote/limits.ts";

/**
 * Serves a process of this program on another host over stdin and stdout, until that one closes its end. What that host
 * may do is not for its own command line to say: option remote-allow counts only from the files of this host.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation.configuration;
  if (options.source("remote-allow") === "param") {
    fail("access", "option 'remote-allow' cannot be set by another host");
  }
  return await serveOther(invocation, { permissions: permissionsOf(options.get("remote-allow")), stanza: undefined });
}

/**
 * Serves within limits. The locks that are asked for are held as long. Once the greeting has been sent, errors go to
 * stderr and into the exit status.
 */
export async function serveOther(invocation: Invocation, limits: Limits): Promise<number> {
  const { configuration: { command, role, options }, log, signal } = invocation;
  checkCommand(limits, { command, serves: options.get("remote-type") });
  const ended = new AbortController();
  signal.addEventListener("abort", () => ended.abort(signal.reason), { once: true });
  await using served = await openServed(invocation, limits, ended.signal);
  using begin = beginMethods(invocation, limits);
  writeAll(greetingLine({ role: `${command}:${role}`, host: Deno.hostname(), execId: options.need("exec-id") }));
  const duplex = { readable: Deno.stdin.readable, writable: Deno.stdout.writable };
  try {
    await serve(duplex, { ...begin.methods, ...served.methods }, {
      timeout: options.need("protocol-timeout"),
      signal,
      onEnd: () => ended.abort(),
    });
    return 0;
  } catch (thrown) {
    const error = asError(thrown);
    log.log("error", errorText(error), { code: error.code });
    return error.code;
  }
}

async function openServed(invocation: Invocation, limits: Limits, ended: AbortSignal): Promise<Served> {
  const type = invocation.configuration.options.get("remote-type");
  if (type === "repo") return (await import("./remote/repository.ts")).serveRepository(invocation, limits, ended);
  if (type === "pg") return (await import("./remote/cluster.ts")).serveCluster(invocation, ended);
  fail("optionRequired", "a remote needs option remote-type");
}

function writeAll(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
