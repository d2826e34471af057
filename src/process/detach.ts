import { fail } from "../error.ts";
import { selfCommand } from "./self.ts";

/**
 * Starts this program again as a process of its own session, without terminal and output, which lives on when this one
 * ends. Error 102 when that is not possible.
 */
export function startDetached(args: readonly string[]): void {
  const { path, args: own } = selfCommand();
  try {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    new Deno.Command(path, { args: [...own, ...args], detached: true, cwd: "/", ...quiet }).spawn().unref();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    fail("execute", `unable to start '${path}' in the background: ${why}`, {
      cause,
      hint: "was the executable moved or removed while it ran? The next call starts the new one.",
    });
  }
}
