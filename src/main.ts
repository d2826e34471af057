import { BackRestError, ERROR_CODES } from "./error.ts";
import { calledAs, cleanEnvironment, IN_WORKER } from "./process/self.ts";
import { runWorker } from "./process/worker.ts";
import { loadCommand, loadJob } from "./router.ts";

// A worker must listen before this module has been waited for: messages that come earlier are lost.
if (IN_WORKER) runWorker(loadJob);
else Deno.exit(await main(Deno.args));

/** Runs the program; what not even its log could cope with (a closed stdout, say) ends it with the last resort. */
async function main(args: readonly string[]): Promise<number> {
  cleanEnvironment();
  // To PostgreSQL every status of archive-get up to 125 means that WAL ends here; then it would start up without the rest.
  const serves = args.includes("archive-get") ? "recovery" : "people";
  const lastResort = serves === "recovery" ? ERROR_CODES.notAnswered : ERROR_CODES.unhandled;
  globalThis.addEventListener("unhandledrejection", () => Deno.exit(lastResort));
  try {
    if (args.length === 1 && args[0] === "version") return await printVersion();
    const [{ runProgram }, { thisMachine }] = await Promise.all([
      import("./cli/program.ts"),
      import("./cli/machine.ts"),
    ]);
    return await runProgram(args, {
      machine: thisMachine(),
      // A signal that ends archive-get is understood by PostgreSQL, status 63 would be taken for the end of WAL.
      signal: serves === "recovery" ? new AbortController().signal : listenToSignals(),
      loadCommand,
      program: calledAs,
    });
  } catch {
    return lastResort;
  }
}

/** The one question that needs no options: asked by scripts, and by people who wonder whether the file works at all. */
async function printVersion(): Promise<number> {
  const { plainVersion } = await import("./command/version.ts");
  Deno.stdout.writeSync(new TextEncoder().encode(plainVersion()));
  return 0;
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
