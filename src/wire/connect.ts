import { BackRestError, fail } from "../error.ts";
import { type Chunk, joinChunks } from "../stream/chunk.ts";
import { type Caller, openCaller } from "./call.ts";
import { type Expected, type Greeting, readGreeting } from "./greeting.ts";

/** The process at our end of a connection: ssh, or this program itself. */
export interface Subprocess {
  program: string;
  args: string[];
}

/** What a connection needs to know. */
export interface ConnectOptions extends Expected {
  /** Milliseconds until the greeting has to be there. */
  connectTimeout: number;
  /** Milliseconds without an answer after which the other side counts as dead. */
  timeout: number;
}

/** A connection to another process of ours. Disposing closes it and waits for our end to go. */
export interface Connection extends Caller {
  readonly greeting: Greeting;
}

/** What a login shell may print before the greeting, in bytes. */
const CHATTER_MAX = 64 * 1024;

/** How much of standard error is kept, in characters: its end. */
const COMPLAINTS_MAX = 4096;

/** How often a connection is tried: sshd turns away who comes when too many are logging in. */
const TRIES = 4;
const FIRST_PAUSE = 200;

/** Opens a connection; tried again where the other side only turned us away. Errors 49 no connection, 39 no partner. */
export async function connect(subprocess: Subprocess, options: ConnectOptions): Promise<Connection> {
  for (let tries = 1, pause = FIRST_PAUSE;; tries++, pause *= 2) {
    try {
      return await connectOnce(subprocess, options);
    } catch (error) {
      if (!(error instanceof BackRestError) || !error.retry || tries === TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause + Math.random() * pause));
  }
}

async function connectOnce({ program, args }: Subprocess, options: ConnectOptions): Promise<Connection> {
  const child = spawn(program, args, options.host);
  const complaints = collect(child.stderr);
  const timer = setTimeout(() => kill(child), options.connectTimeout);
  try {
    const { greeting, rest } = await awaitGreeting(child.stdout, options);
    const duplex = { readable: child.stdout, writable: child.stdin };
    const caller = openCaller(duplex, rest, {
      host: options.host,
      timeout: options.timeout,
      complaints: complaints.text,
    });
    return {
      greeting,
      call: caller.call.bind(caller),
      async [Symbol.asyncDispose]() {
        const late = setTimeout(() => kill(child), options.connectTimeout);
        await caller[Symbol.asyncDispose]();
        await child.status;
        await complaints.done;
        clearTimeout(late);
      },
    };
  } catch (error) {
    kill(child);
    await Promise.allSettled([child.stdin.close(), child.stdout.cancel()]);
    const { code } = await child.status;
    await complaints.done;
    throw explain(error, { code, said: complaints.text(), host: options.host, program });
  } finally {
    clearTimeout(timer);
  }
}

type Child = Deno.ChildProcess & {
  stdin: WritableStream<Uint8Array>;
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
};

function spawn(program: string, args: string[], host: string): Child {
  try {
    return new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn() as Child;
  } catch (cause) {
    fail("execute", `unable to run '${program}' to reach host '${host}'`, {
      cause,
      host,
      hint: "is it installed and in PATH? Option cmd-ssh names another one.",
    });
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

/** Keeps the end of what a process says on its standard error. */
function collect(stream: ReadableStream<Uint8Array>): { text(): string; done: Promise<void> } {
  let text = "";
  const decoder = new TextDecoder();
  const done = (async () => {
    for await (const chunk of stream) text = (text + decoder.decode(chunk, { stream: true })).slice(-COMPLAINTS_MAX);
  })();
  return { text: () => text.replaceAll("\r", "").trim(), done };
}

/** Reads lines until one is the greeting; what follows it in the same piece is the beginning of the first answer. */
async function awaitGreeting(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: ConnectOptions,
): Promise<{ greeting: Greeting; rest: Chunk }> {
  const reader = stream.getReader();
  let held: Chunk = new Uint8Array(0);
  let chatter = "";
  try {
    for (;;) {
      const end = held.indexOf(0x0a);
      if (end >= 0) {
        const line = new TextDecoder().decode(held.subarray(0, end)).trim();
        held = held.slice(end + 1);
        const read = readGreeting(line, options);
        if (read !== undefined) return { greeting: read.greeting, rest: held };
        chatter = `${chatter}${line}\n`.slice(-COMPLAINTS_MAX);
        continue;
      }
      if (held.length > CHATTER_MAX) throw noGreeting(options, chatter);
      const { done, value } = await reader.read();
      if (done) throw noGreeting(options, `${chatter}${new TextDecoder().decode(held)}`);
      held = joinChunks([held, value]);
    }
  } finally {
    reader.releaseLock();
  }
}

function noGreeting({ host }: ConnectOptions, chatter: string): BackRestError {
  const heard = chatter.trim();
  return new BackRestError(
    "protocol",
    `no greeting from pg_backrest on host '${host}'${heard === "" ? "" : `, but:\n${heard}`}`,
    { host },
  );
}

/** Exit status of ssh when it could not connect, and of a shell that did not find the program. */
const SSH_FAILED = 255;
const NOT_FOUND = 127;

function explain(
  error: unknown,
  { code, said, host, program }: { code: number; said: string; host: string; program: string },
): unknown {
  if (!(error instanceof BackRestError) || !error.message.startsWith("no greeting")) return error;
  const reason = said === "" ? `'${program}' ended with ${code}` : said;
  if (code === SSH_FAILED) {
    return new BackRestError("hostConnect", `unable to connect to host '${host}': ${reason}`, {
      host,
      retry: /reset by peer|closed by remote|kex_exchange|timed out during banner/i.test(said),
      hint: `try it by hand: ${program} ${host} true`,
    });
  }
  const hint = code === NOT_FOUND
    ? "is pg_backrest installed there, and does repo-host-cmd or pg-host-cmd point to it?"
    : "does its configuration there name the same stanza and repository?";
  return new BackRestError("protocol", `${error.message}${said === "" ? "" : `\n${said}`} (it ended with ${code})`, {
    host,
    hint,
  });
}
