import { thisMachine } from "./cli/machine.ts";
import { runProgram } from "./cli/program.ts";
import { ERROR_CODES } from "./error.ts";
import { calledAs, cleanEnvironment, IN_WORKER } from "./process/self.ts";
import { runWorker } from "./process/worker.ts";
import { loadCommand, loadJob } from "./router.ts";

// A worker must listen before this module has been waited for: messages that come earlier are lost.
if (IN_WORKER) runWorker(loadJob);
else Deno.exit(await main());

/** Runs the program; what not even its log could cope with (a closed stdout, say) ends it with 124. */
async function main(): Promise<number> {
  cleanEnvironment();
  const cancel = new AbortController();
  try {
    return await runProgram(Deno.args, {
      machine: thisMachine(),
      signal: cancel.signal,
      loadCommand,
      program: calledAs,
    });
  } catch {
    return ERROR_CODES.unhandled;
  }
}
