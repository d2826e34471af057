import { respectStopFiles } from "../../cli/locks.ts";
import { asError, errorText } from "../../error.ts";
import type { Answer } from "../../process/resident.ts";
import { serveResident } from "../../process/resident.ts";
import type { ResidentRequest } from "../../process/resident_request.ts";
import { createFolder, FOLDER_MODE } from "../../storage/posix_file.ts";
import { baseOf } from "../../storage/path.ts";
import { resolveWalPath } from "../archive/local_path.ts";
import { isSameWork, readCall } from "../archive/resident_call.ts";
import { RunLock } from "../archive/run_lock.ts";
import { readBelieved } from "./believed.ts";
import type { PushRun } from "./batch.ts";
import { isReady } from "./foreground.ts";

/**
 * Keeps a background process for the calls to come. Between them it holds neither locks nor connections, so everybody
 * else finds the stanza as if it were not there. A call is answered by the same rules as without it: same options, stop
 * files, identity of the spool. What does not end well is left to the caller, and ends the process.
 */
export class ResidentPush {
  readonly #run: PushRun;
  readonly #pushAll: () => Promise<boolean>;
  readonly #lock: RunLock;
  /** The work under way; true when it went well. */
  #work: Promise<boolean> | undefined;
  readonly #waiting = new Map<string, () => void>();

  /** `pushAll` pushes what is ready; true when all went well. */
  constructor(run: PushRun, pushAll: (run: PushRun) => Promise<boolean>) {
    this.#run = { ...run, onStatus: (name) => this.#waiting.get(name)?.() };
    this.#pushAll = () => pushAll(this.#run);
    this.#lock = new RunLock(run.invocation);
  }

  /** Pushes what is ready and answers meanwhile, then until nobody has called for a while; ends when the work fails. */
  async stay(idle: number): Promise<void> {
    const { invocation, spool } = this.#run;
    using _lock = this.#lock;
    createFolder(spool.out, FOLDER_MODE);
    const failed = new AbortController();
    const first = this.#begin().then((well) => {
      if (!well) failed.abort();
    });
    const path = invocation.configuration.options.find("archive-socket") ?? spool.pushSocket;
    const signal = AbortSignal.any([invocation.signal, failed.signal]);
    await serveResident({ path, idle, signal, answer: (request) => this.#answer(request) });
    await Promise.all([first, this.#work]);
  }

  /** The work under way, started where there is none. */
  #begin(): Promise<boolean> {
    return this.#work ??= this.#workOnce().finally(() => this.#work = undefined);
  }

  async #answer(request: ResidentRequest): Promise<Answer> {
    const { invocation, spool, walFolder } = this.#run;
    const asked = readCall(invocation, request);
    if (asked === undefined) return "no";
    if (!isSameWork(asked, invocation.configuration)) return "end";
    await respectStopFiles(asked);
    const pgPath = asked.options.need("pg-path");
    const path = resolveWalPath(asked.args[0]!, { pgPath, forGet: false, here: request.folder });
    const name = baseOf(path);
    if (path !== `${walFolder}/${name}`) return "no";
    const known = await readBelieved(invocation, { spool, name });
    if (known?.ok !== true) {
      if (!isReady(path)) return "no";
      if (!await this.#pushed(name)) return "end";
    }
    const status = await readBelieved(invocation, { spool, name });
    // A note is for PostgreSQL's log, where only the caller can write it.
    return status?.ok === true && status.note === undefined ? "done" : "no";
  }

  /** Waits until a file has a status, starting the work where none is under way. False when the work failed. */
  async #pushed(name: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<true>();
    let written = false;
    this.#waiting.set(name, () => resolve(written = true));
    try {
      // Work that was just about to end may have looked for the last time before this file was ready.
      for (let round = 0; round < 2 && !written; round++) {
        if (!await Promise.race([promise, this.#begin()])) return false;
      }
      return true;
    } finally {
      this.#waiting.delete(name);
    }
  }

  async #workOnce(): Promise<boolean> {
    try {
      return await this.#lock.resume() && await this.#pushAll();
    } catch (thrown) {
      const error = asError(thrown);
      this.#run.invocation.log.log("error", errorText(error), { code: error.code });
      return false;
    } finally {
      await this.#lock.rest();
    }
  }
}
