/** How long a run has to come to its end after a signal, in milliseconds: a thread in a system call cannot be stopped. */
const GRACE = 2000;

/** The promise, or the reason of the signal once it has been aborted for {@linkcode GRACE} and nothing else came. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onAbort = () => void setTimeout(() => reject(signal.reason), GRACE);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, late]).finally(() => signal.removeEventListener("abort", onAbort));
}
