import { fail } from "../error.ts";
import { COMMANDS } from "./commands.ts";
import type { Configuration } from "./configuration.ts";

/** Error 43 when an argument is missing, 96 (or what the command says) when there is one too many. */
export function checkArguments({ command, role, args }: Configuration): void {
  const rule = COMMANDS[command].args;
  if (rule === undefined || role === "local" || role === "remote") return;
  if (role === "async" && args.length > 0) return;
  const missing = rule.missing ?? [];
  if (args.length < missing.length) fail("paramRequired", missing[args.length]!);
  if (args.length <= rule.max) return;
  const [kind, message] = rule.extra ?? ["paramRequired", missing[0]!];
  fail(kind, message);
}
