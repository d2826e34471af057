import type { Invocation } from "../../cli/invocation.ts";
import type { BeginRequest } from "../../context.ts";
import { fail } from "../../error.ts";
import type { Locks, LockType } from "../../process/lock.ts";
import type { Method } from "../../wire/serve.ts";
import type { Limits } from "./limits.ts";

/** The first request and what depends on it. Disposing gives the locks back. */
export interface Begin extends Disposable {
  methods: Record<string, Method>;
}

const LOCK_TYPES: readonly LockType[] = ["archive", "backup", "restore"];

/**
 * `begin` refuses what a stop file on this host keeps from running (62), then takes the locks the run asks for (50) and
 * holds them; `progress` enters how far the run has come.
 */
export function beginMethods(invocation: Invocation, { permissions }: Limits): Begin {
  let locks: Locks | undefined;
  return {
    methods: {
      async begin(params) {
        const request = checked(params);
        if (request.types.length > 0 && !permissions.has("all") && !permissions.has("cluster")) {
          fail("access", "another host may not take locks here", { hint: "see option remote-allow of this host." });
        }
        await respectStop(invocation, request);
        if (request.types.length > 0 && locks === undefined) locks = await takeLocks(invocation, request);
        return null;
      },
      progress(params) {
        const { size, complete } = params as { size: number; complete: number };
        locks?.progress(size, complete);
      },
    },
    [Symbol.dispose]: () => locks?.[Symbol.dispose](),
  };
}

/** The request as far as it is one: what it names becomes part of file names. */
function checked(params: unknown): BeginRequest {
  const { types, repoKeys, stopped, driver } = params as BeginRequest;
  const isKey = (key: unknown) => Number.isInteger(key) && (key as number) >= 1 && (key as number) <= 256;
  const isValid = Array.isArray(types) && types.every((type) => LOCK_TYPES.includes(type)) &&
    Array.isArray(repoKeys) && repoKeys.every(isKey);
  if (!isValid) fail("protocol", "request 'begin' is malformed");
  return { types, repoKeys, stopped: stopped === true, driver: String(driver) };
}

async function respectStop({ configuration: { options } }: Invocation, { stopped }: BeginRequest): Promise<void> {
  if (!stopped) return;
  const { checkStopFiles } = await import("../../process/stop_file.ts");
  checkStopFiles(options.need("lock-path"), options.need("stanza"));
}

async function takeLocks(
  { configuration: { options }, now }: Invocation,
  { types, repoKeys, driver }: BeginRequest,
): Promise<Locks> {
  const { takeLocks } = await import("../../process/lock.ts");
  return takeLocks({
    folder: options.need("lock-path"),
    stanza: options.need("stanza"),
    types,
    repoKeys,
    execId: options.need("exec-id"),
    command: driver,
    host: Deno.hostname(),
    since: Math.floor(now().getTime() / 1000),
  });
}
