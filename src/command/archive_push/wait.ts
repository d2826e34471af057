import type { Invocation } from "../../cli/invocation.ts";
import { BackRestError } from "../../error.ts";
import { askResident } from "../../process/resident.ts";
import { pauseFor } from "../../process/sleep.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { exists } from "../../storage/posix_file.ts";
import { backgroundHolder, startBackground } from "../archive/spool/background.ts";
import { clearErrors, type Spool, throwStored } from "../archive/spool/folder.ts";
import type { Status } from "../archive/spool/status.ts";
import { readBelieved } from "./believed.ts";
import { dropOne } from "./drop.ts";

/** First and longest pause between two looks at the spool, in milliseconds. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;

/** How long a background process may take to show itself before it is started again, in milliseconds. */
const START_GRACE = 3000;

/** A status that tells of success. */
type Done = Extract<Status, { ok: true }>;

/** A WAL file that is to be acknowledged. */
interface Waiting {
  readonly spool: Spool;
  /** Absolute path. */
  readonly path: string;
}

/** Waits until the background process has pushed a file. Error 82 after archive-timeout, else what it reports. */
export async function waitForPush(invocation: Invocation, waiting: Waiting): Promise<Done> {
  const { options } = invocation.configuration;
  const timeout = options.need("archive-timeout");
  const socket = options.find("archive-socket") ?? waiting.spool.pushSocket;
  if (exists(socket) && await askResident(socket, Deno.args, timeout)) return { ok: true };
  const done = await waitForStatus(invocation, waiting, invocation.now().getTime() + timeout);
  if (done !== undefined) return done;
  const [name, walFolder] = [baseOf(waiting.path), parentOf(waiting.path)];
  if (await dropOne(invocation, { name, walFolder, dropped: waiting.spool.dropped })) return { ok: true };
  throw timedOut(name, timeout);
}

/** Errors of an earlier run are not believed at first: the run that is started now may get over them. */
async function waitForStatus(
  invocation: Invocation,
  { spool, path }: Waiting,
  deadline: number,
): Promise<Done | undefined> {
  const { configuration, signal, now } = invocation;
  const name = baseOf(path);
  let started = -Infinity;
  for (let pass = 1, pause = FIRST_PAUSE;; pass++, pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const status = await readBelieved(invocation, { spool, name });
    if (status?.ok === true) return status;
    if (status?.ok === false && pass > 1) throwStored(status.note);
    const time = now().getTime();
    if (pass > 1 && time >= deadline) return undefined;
    if (time - started > START_GRACE && backgroundHolder(configuration) === undefined) {
      clearErrors(spool.out, name);
      startBackground(configuration, [parentOf(path)]);
      started = time;
    }
    await pauseFor(Math.max(1, Math.min(pause, deadline - time)));
  }
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
