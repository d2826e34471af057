import { thisMachine } from "./cli/machine.ts";
import { runProgram } from "./cli/program.ts";
import { BackRestError, ERROR_CODES } from "./error.ts";
import { calledAs, cleanEnvironment, IN_WORKER } from "./process/self.ts";
import { runWorker } from "./process/worker.ts";
import { loadCommand, loadJob } from "./router.ts";

// A worker must listen before this module has been waited for: messages that come earlier are lost.
if (IN_WORKER) runWorker(loadJob);
else Deno.exit(await main());

/** Runs the program; what not even its log could cope with (a closed stdout, say) ends it with 124. */
async function main(): Promise<number> {
  cleanEnvironment();
  try {
    return await runProgram(Deno.args, {
      machine: thisMachine(),
      signal: listenToSignals(),
      loadCommand,
      program: calledAs,
    });
  } catch {
    return ERROR_CODES.unhandled;
  }
}

/**
 * The first signal asks the run to end: jobs are cancelled, the session of PostgreSQL is closed, locks are removed. The
 * second one ends the process as it is.
 */
function listenToSignals(): AbortSignal {
  const cancel = new AbortController();
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      if (cancel.signal.aborted) Deno.exit(ERROR_CODES.term);
      cancel.abort(new BackRestError("term", `terminated on signal ${name}`));
    });
  }
  return cancel.signal;
}
