import { removeFile } from "../storage/posix_file.ts";
import { formatRequest, parseRequest, REQUEST_LIMIT, type ResidentRequest } from "./resident_request.ts";
import { programPath } from "./self.ts";

/** What becomes of a request: done, left to the caller, or left to the caller by a process that ends with it. */
export type Answer = "done" | "no" | "end";

/** A background process that stays and answers calls of the program. */
export interface ResidentService {
  /** Path of the socket. Only its owner may connect: mode 0600. */
  readonly path: string;
  /** How long it stays without a call, in milliseconds. */
  readonly idle: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  answer(request: ResidentRequest): Promise<Answer>;
}

/** The byte that tells a caller that its work is done; anything else, or nothing, sends it its own way. */
const DONE = 0;
const NOT_DONE = 1;

/** How often the own executable is looked at, and how long a caller may take to say what it wants, in milliseconds. */
const LOOK = 5000;
const SLOWEST_CALLER = 5000;

/** Longest path of a socket in bytes. Source: unix(7). */
const LONGEST_PATH = 107;

/**
 * Answers calls until there are none for a while, the signal comes, an answer ends it, or the executable is another one
 * than the one that runs. Returns at once where the path is too long for a socket or somebody else answers there.
 */
export async function serveResident(service: ResidentService): Promise<void> {
  const { path, idle, signal } = service;
  if (new TextEncoder().encode(path).length > LONGEST_PATH || await isServed(path)) return;
  const program = programStamp();
  using listener = listen(path);
  const inode = Deno.statSync(path).ino;
  let last = Date.now();
  const end = () => listener.close();
  const open = new Set<Promise<void>>();
  const watch = setInterval(() => {
    if (open.size > 0) last = Date.now();
    if (Date.now() - last >= idle || programStamp() !== program || inodeOf(path) !== inode) end();
  }, Math.min(LOOK, idle));
  signal.addEventListener("abort", end);
  try {
    for await (const caller of listener) {
      last = Date.now();
      const call = serve(caller, service, program).then((answer) => {
        last = Date.now();
        if (answer === "end") end();
      }).finally(() => open.delete(call));
      open.add(call);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", end);
    if (inodeOf(path) === inode) removeFile(path);
    await Promise.all(open);
  }
}

/** A socket only its owner may use, from its first moment on. */
function listen(path: string): Deno.UnixListener & Disposable {
  removeFile(path);
  const mask = Deno.umask(0o177);
  try {
    const listener = Deno.listen({ transport: "unix", path });
    let open = true;
    const close = listener.close.bind(listener);
    return Object.assign(listener, {
      close: () => {
        if (open) close();
        open = false;
      },
      [Symbol.dispose]: () => listener.close(),
    });
  } finally {
    Deno.umask(mask);
  }
}

async function isServed(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.lstatSync(path).ino;
  } catch {
    return undefined;
  }
}

/** Which file the executable is; another one may have taken its place. */
function programStamp(): string {
  try {
    const { dev, ino, mtime } = Deno.statSync(programPath());
    return [dev, ino, mtime?.getTime()].join("-");
  } catch {
    return "missing";
  }
}

/** One call. Whatever goes wrong, the caller goes its own way. */
async function serve(caller: Deno.UnixConn, service: ResidentService, program: string): Promise<Answer> {
  let answer: Answer = "no";
  const patience = setTimeout(() => caller.close(), SLOWEST_CALLER);
  try {
    const request = parseRequest(await readAll(caller));
    clearTimeout(patience);
    if (programStamp() !== program) answer = "end";
    else if (request !== undefined) answer = await service.answer(request);
  } catch {
    answer = "end";
  }
  clearTimeout(patience);
  try {
    await caller.write(Uint8Array.of(answer === "done" ? DONE : NOT_DONE));
    caller.close();
  } catch {
    // The caller is gone.
  }
  return answer;
}

async function readAll(caller: Deno.UnixConn): Promise<Uint8Array> {
  const bytes = new Uint8Array(REQUEST_LIMIT);
  let length = 0;
  while (length < bytes.length) {
    const count = await caller.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/** Asks whoever answers at a socket to do this very call; false when it is left to us, also after `timeout` milliseconds. */
export async function askResident(path: string, args: readonly string[], timeout: number): Promise<boolean> {
  const request = formatRequest({ folder: Deno.cwd(), args, variables: Deno.env.toObject() });
  if (request === undefined) return false;
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    const patience = setTimeout(() => connection.close(), timeout);
    try {
      for (let at = 0; at < request.length;) at += await connection.write(request.subarray(at));
      await connection.closeWrite();
      const answer = new Uint8Array(1);
      return await connection.read(answer) === 1 && answer[0] === DONE;
    } finally {
      clearTimeout(patience);
      connection.close();
    }
  } catch {
    return false;
  }
}
