import type { Invocation } from "../../cli/invocation.ts";
import { BackRestError } from "../../error.ts";
import { pauseFor } from "../../process/sleep.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { exists } from "../../storage/posix_file.ts";
import { readLocalControl } from "../archive/cluster_identity.ts";
import { backgroundHolder, startBackground } from "../archive/spool/background.ts";
import { clearErrors, readStatus, type Spool, spoolOf, throwStored } from "../archive/spool/folder.ts";
import { isSpoolValid } from "../archive/spool/places.ts";
import type { Status } from "../archive/spool/status.ts";
import { dropOne } from "./drop.ts";
import { READY_SUFFIX } from "./queue.ts";

/** First and longest pause between two looks at the spool, in milliseconds. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;

/** How long a background process may take to show itself before it is started again, in milliseconds. */
const START_GRACE = 3000;

/** A WAL file that is to be acknowledged. */
interface Waiting {
  readonly spool: Spool;
  readonly name: string;
  /** Folder of the WAL. */
  readonly folder: string;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/** Whether the background process can push a file at all: it takes what PostgreSQL has marked as ready. */
export function isReady(path: string): boolean {
  return exists(`${parentOf(path)}/archive_status/${baseOf(path)}${READY_SUFFIX}`);
}

/**
 * Waits until the background process has pushed the file at `path`, starting it where none is at work. Error 82 when that
 * takes longer than archive-timeout, else the error of the background process.
 */
export async function pushAsynchronously(invocation: Invocation, path: string): Promise<number> {
  const { configuration, log, now } = invocation;
  const timeout = configuration.options.need("archive-timeout");
  const waiting = {
    spool: spoolOf(configuration.options),
    name: baseOf(path),
    folder: parentOf(path),
    deadline: now().getTime() + timeout,
  };
  const status = await waitForStatus(invocation, waiting);
  if (status === undefined) {
    const { name, folder, spool: { dropped } } = waiting;
    if (await dropOne(invocation, { name, walFolder: folder, dropped })) return 0;
    throw timedOut(name, timeout);
  }
  if (status.note !== undefined) log.warn(noteText(waiting.name, status.note));
  log.info(`pushed WAL file '${waiting.name}' to the archive asynchronously`);
  return 0;
}

type Done = Extract<Status, { ok: true }>;

/** Errors of an earlier run are not believed at first: the run that is started now may get over them. */
async function waitForStatus(invocation: Invocation, waiting: Waiting): Promise<Done | undefined> {
  const { configuration, signal, now } = invocation;
  const { spool, name, folder, deadline } = waiting;
  let started = -Infinity;
  for (let pass = 1, pause = FIRST_PAUSE;; pass++, pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const status = readStatus(spool.out, name);
    if (status?.ok && await isBelieved(invocation, spool)) return status;
    if (status?.ok === false && pass > 1) throwStored(status.note);
    const time = now().getTime();
    if (pass > 1 && time >= deadline) return undefined;
    if (time - started > START_GRACE && backgroundHolder(configuration) === undefined) {
      clearErrors(spool.out, name);
      startBackground(configuration, [folder]);
      started = time;
    }
    await pauseFor(Math.max(1, Math.min(pause, deadline - time)));
  }
}

/** A status is true only of the cluster and the repositories for which it was written. */
async function isBelieved({ configuration }: Invocation, spool: Spool): Promise<boolean> {
  const control = await readLocalControl(configuration.options.need("pg-path"));
  return isSpoolValid(spool.pushIdentity, configuration, control);
}

function noteText(name: string, { code, text }: { code: number; text: string }): string {
  return code === 0 ? text : `WAL file '${name}' was not pushed: error [${code}] was skipped by hand: ${text}`;
}

function timedOut(name: string, timeout: number): BackRestError {
  return new BackRestError(
    "archiveTimeout",
    `unable to push WAL file '${name}' to the archive asynchronously after ${timeout / 1000} second(s)`,
    {
      hint: "check the log of the background process, <stanza>-archive-push-async.log in log-path, for errors.",
    },
  );
}
