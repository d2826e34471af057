/** Signal 0 is sent to nobody: the system only says whether it could be. */
const NO_SIGNAL = 0 as unknown as Deno.Signal;

/** Whether a process of this host exists; also true of one that has ended while its parent has not asked for its status. */
export function isRunning(pid: number): boolean {
  try {
    Deno.kill(pid, NO_SIGNAL);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
