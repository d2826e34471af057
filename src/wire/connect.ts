import { BackRestError } from "../error.ts";
import { type Chunk, joinChunks } from "../stream/chunk.ts";
import { type Caller, openCaller } from "./call.ts";
import { type Child, spawnChild, type Subprocess } from "./child.ts";
import { type Greeting, readGreeting } from "./greeting.ts";

/** What a connection needs to know. */
export interface ConnectOptions {
  /** Name of the other host, for messages. */
  host: string;
  /** Milliseconds until the greeting has to be there (option io-timeout). */
  connectTimeout: number;
  /** Milliseconds without an answer after which the other side counts as dead (option protocol-timeout). */
  timeout: number;
  /** Aborted to give it up; the reason is then thrown. */
  ended: AbortSignal;
}

/** A connection to another process of ours. Disposing closes it and waits for our end to go. */
export interface Connection extends Caller {
  readonly greeting: Greeting;
}

/** What a login shell may print before the greeting, in bytes. */
const CHATTER_MAX = 64 * 1024;

/** How much of it is shown, in characters: its end. */
const CHATTER_SHOWN = 4096;

/** How often a connection is tried: sshd turns away who comes when too many are logging in. */
const TRIES = 5;
const FIRST_PAUSE = 200;

/** Opens a connection; tried again where the other side only turned us away. Errors 49 no connection, 39 no partner. */
export async function connect(subprocess: Subprocess, options: ConnectOptions): Promise<Connection> {
  for (let tries = 1, pause = FIRST_PAUSE;; tries++, pause *= 2) {
    options.ended.throwIfAborted();
    try {
      return await connectOnce(subprocess, options);
    } catch (error) {
      if (!(error instanceof BackRestError) || !error.retry || tries === TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause + Math.random() * pause));
  }
}

async function connectOnce(subprocess: Subprocess, options: ConnectOptions): Promise<Connection> {
  const { host, timeout, connectTimeout, ended } = options;
  const child = spawnChild(subprocess, host);
  let isLate = false;
  const giveUp = () => void child.end();
  const timer = setTimeout(() => {
    isLate = true;
    giveUp();
  }, connectTimeout);
  ended.addEventListener("abort", giveUp);
  try {
    const { greeting, rest } = await awaitGreeting(child.stdout, options);
    const duplex = { readable: child.stdout, writable: child.stdin };
    const caller = openCaller(duplex, rest, { host, timeout, complaints: child.complaints });
    return {
      greeting,
      get broken() {
        return caller.broken;
      },
      get onLost() {
        return caller.onLost;
      },
      set onLost(listener) {
        caller.onLost = listener;
      },
      call: (method, params, bytes) => caller.call(method, params, bytes),
      async [Symbol.asyncDispose]() {
        // A side that is hung or gone does not notice that nothing more will come.
        const ending = child.end({ atOnce: caller.broken !== undefined });
        await caller[Symbol.asyncDispose]();
        await ending;
      },
    };
  } catch (error) {
    const ending = child.end({ atOnce: true });
    await Promise.allSettled([child.stdin.close(), child.stdout.cancel()]);
    const { code } = await ending;
    ended.throwIfAborted();
    if (isLate) throw noneInTime(options, child.complaints());
    throw explain(error, { code, said: child.complaints(), host, program: subprocess.program });
  } finally {
    clearTimeout(timer);
    ended.removeEventListener("abort", giveUp);
  }
}

/** Reads lines until one is the greeting; what follows it in the same piece is the beginning of the first answer. */
async function awaitGreeting(
  stream: Child["stdout"],
  options: ConnectOptions,
): Promise<{ greeting: Greeting; rest: Chunk }> {
  const reader = stream.getReader();
  let held: Chunk = new Uint8Array(0);
  let chatter = "";
  let heard = 0;
  try {
    for (;;) {
      const end = held.indexOf(0x0a);
      if (end >= 0) {
        const line = new TextDecoder().decode(held.subarray(0, end)).trim();
        held = held.slice(end + 1);
        const read = readGreeting(line, options);
        if (read !== undefined) return { greeting: read.greeting, rest: held };
        chatter = `${chatter}${line}\n`.slice(-CHATTER_SHOWN);
        continue;
      }
      if (heard > CHATTER_MAX) throw noGreeting(options.host, chatter, HINT_BY_HAND);
      const { done, value } = await reader.read();
      if (done) throw new Ended(`${chatter}${new TextDecoder().decode(held)}`);
      heard += value.length;
      held = joinChunks([held, value]);
    }
  } finally {
    reader.releaseLock();
  }
}

/** Thrown where the other side ended without a greeting. */
class Ended extends Error {
  readonly chatter: string;

  constructor(chatter: string) {
    super("it ended");
    this.chatter = chatter.trim();
  }
}

function noneInTime({ host, connectTimeout }: ConnectOptions, said: string): BackRestError {
  return new BackRestError(
    "hostConnect",
    `no greeting from host '${host}' within ${connectTimeout}ms${said === "" ? "" : `: ${said}`}`,
    { host, hint: "is the host up, and is it reached by hand? Option io-timeout says how long to wait." },
  );
}

/** Exit status of ssh when it could not connect, and of a shell that did not find the program or may not run it. */
const SSH_FAILED = 255;
const NOT_FOUND = 127;
const NOT_ALLOWED = 126;

/** What ssh says when it was turned away for a reason that may be over in a moment. */
const TURNED_AWAY = /reset by peer|closed by|kex_exchange|timed out during banner|connection timed out/i;

function explain(
  error: unknown,
  { code, said, host, program }: { code: number; said: string; host: string; program: string },
): unknown {
  if (!(error instanceof Ended)) return error;
  if (code === SSH_FAILED) {
    return new BackRestError("hostConnect", `unable to connect to host '${host}': ${said || "ssh gave no reason"}`, {
      host,
      // Without a word it ends when the other side was killed.
      retry: said === "" || TURNED_AWAY.test(said),
      hint: `try it by hand as the same user: ${program} ${host} true`,
    });
  }
  const heard = [error.chatter, said].filter((text) => text !== "").join("\n");
  const hint = code === NOT_FOUND || code === NOT_ALLOWED
    ? "is pg_backrest installed there, and does repo-host-cmd or pg-host-cmd point to it?"
    : HINT_BY_HAND;
  return noGreeting(host, `${heard}\n(it ended with ${code})`, hint);
}

const HINT_BY_HAND = "does the command work there by hand? What a login shell prints must end with a line feed.";

function noGreeting(host: string, heard: string, hint: string): BackRestError {
  return new BackRestError("protocol", `no greeting from pg_backrest on host '${host}', but:\n${heard.trim()}`, {
    host,
    hint,
  });
}
