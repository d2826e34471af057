import { fail } from "../error.ts";

/** The process at our end of a connection: ssh, or this program itself. */
export interface Subprocess {
  program: string;
  args: string[];
}

/** A process whose three streams are ours. */
export interface Child {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The end of what it said on its standard error. */
  complaints(): string;
  /**
   * Waits for its end and, where that does not come by itself, brings it about: at once or when it has not ended some
   * seconds after its standard input was closed. Gives its exit status.
   */
  end(options?: { atOnce: boolean }): Promise<{ code: number }>;
}

/** How much of standard error is kept, in characters. */
const COMPLAINTS_MAX = 4096;

/** How long a process may take to end by itself, and after it was asked to, in milliseconds. */
const PATIENCE = 5000;
const GRACE = 1000;

/** How long its standard error may outlive it, in milliseconds: a shared connection that ssh leaves behind keeps it. */
const LAST_WORDS = 500;

/** Starts a process. Error 102 when there is no such program. */
export function spawnChild({ program, args }: Subprocess, host: string): Child {
  const child = spawn(program, args, host);
  const complaints = collect(child.stderr);
  const over = child.status.then(async (status) => {
    await complaints.end();
    return status;
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    complaints: complaints.text,
    async end({ atOnce } = { atOnce: true }) {
      const timers = [
        setTimeout(() => kill(child, "SIGTERM"), atOnce ? 0 : PATIENCE),
        setTimeout(() => kill(child, "SIGKILL"), (atOnce ? 0 : PATIENCE) + GRACE),
      ];
      const status = await over;
      for (const timer of timers) clearTimeout(timer);
      return status;
    },
  };
}

type PipedProcess = Deno.ChildProcess & {
  stdin: WritableStream<Uint8Array>;
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
};

function spawn(program: string, args: string[], host: string): PipedProcess {
  try {
    return new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" })
      .spawn() as PipedProcess;
  } catch (cause) {
    fail("execute", `unable to run '${program}' to reach host '${host}'`, {
      cause,
      host,
      hint: "is it installed and in PATH? Option cmd-ssh names another one.",
    });
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

/** Keeps the end of what a process says on its standard error; `end` waits a moment for the rest. */
function collect(stream: ReadableStream<Uint8Array>): { text(): string; end(): Promise<void> } {
  let text = "";
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  const listening = (async () => {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text = (text + decoder.decode(piece.value, { stream: true })).slice(-COMPLAINTS_MAX);
    }
  })();
  return {
    text: () => text.replaceAll("\r", "").trim(),
    async end() {
      const timer = setTimeout(() => void reader.cancel().catch(() => {}), LAST_WORDS);
      await listening;
      clearTimeout(timer);
    },
  };
}
