import type { Invocation } from "../../cli/invocation.ts";
import { INVALID_CHECKPOINT } from "../../postgres/control.ts";
import { type Answer, serveResident } from "../../process/resident.ts";
import type { ResidentRequest } from "../../process/resident_request.ts";
import { pauseFor } from "../../process/sleep.ts";
import { moveFile } from "../../storage/move.ts";
import { exists } from "../../storage/posix_file.ts";
import { readLocalControl } from "../archive/cluster_identity.ts";
import { resolveWalPath } from "../archive/local_path.ts";
import { isSameWork, readCall } from "../archive/resident_call.ts";
import { readStatus, type Spool } from "../archive/spool/folder.ts";
import type { Prefetch } from "./prefetch.ts";
import { isSpooled } from "./spooled.ts";

/** How often a segment that is on its way is looked for, in milliseconds. */
const LOOK = 5;

/**
 * Answers calls of archive-get out of the spool while segments are fetched ahead. Only what lies there, or comes in a
 * moment, is delivered; that a segment does not exist is never said here.
 */
export class ResidentGet {
  readonly #invocation: Invocation;
  readonly #spool: Spool;
  readonly #ahead: Prefetch;

  constructor(invocation: Invocation, { spool, ahead }: { spool: Spool; ahead: Prefetch }) {
    this.#invocation = invocation;
    this.#spool = spool;
    this.#ahead = ahead;
  }

  /** Answers as long as `follow` runs, and ends it when it has nothing to answer for so long (milliseconds). */
  async whileFollowing(follow: () => Promise<void>, idle: number): Promise<void> {
    const { configuration: { options }, signal } = this.#invocation;
    const path = options.find("archive-socket") ?? this.#spool.getSocket;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const serving = serveResident({ path, idle, signal: either, answer: (request) => this.#answer(request) });
    try {
      await follow();
    } finally {
      over.abort();
      await serving;
    }
  }

  async #answer(request: ResidentRequest): Promise<Answer> {
    const asked = readCall(this.#invocation, request);
    if (asked === undefined || !isSameWork(asked, this.#invocation.configuration)) return "no";
    const [name, argument] = asked.args as [string, string];
    const pgPath = asked.options.need("pg-path");
    const destination = resolveWalPath(argument, { pgPath, forGet: true, here: request.folder });
    const cluster = await readLocalControl(pgPath);
    if (cluster.checkpoint === INVALID_CHECKPOINT && !exists(`${pgPath}/backup_label`)) return "no";
    const place = { spool: this.#spool, wanted: { name, cluster } };
    while (isSpooled(this.#invocation, place) === "no" && this.#ahead.isComing(name)) await pauseFor(LOOK);
    if (isSpooled(this.#invocation, place) !== "yes") return "no";
    // A note is for PostgreSQL's log, where only the caller can write it.
    if (readStatus(this.#spool.in, name) !== undefined) return "no";
    await moveFile(`${this.#spool.in}/${name}`, destination);
    this.#ahead.taken();
    return "done";
  }
}
