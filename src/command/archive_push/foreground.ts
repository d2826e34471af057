import type { Invocation } from "../../cli/invocation.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { exists } from "../../storage/posix_file.ts";
import { spoolOf } from "../archive/spool/folder.ts";
import { readBelieved } from "./believed.ts";
import { READY_SUFFIX } from "./queue.ts";

/** Whether the background process can push a file at all: it takes what PostgreSQL has marked as ready. */
export function isReady(path: string): boolean {
  return exists(`${parentOf(path)}/archive_status/${baseOf(path)}${READY_SUFFIX}`);
}

/**
 * Acknowledges what the background process has pushed already; else waits for it, starting it where none is at work.
 * Error 82 when that takes longer than archive-timeout, else the error of the background process.
 */
export async function pushAsynchronously(invocation: Invocation, path: string): Promise<number> {
  const { configuration: { options }, log } = invocation;
  const spool = spoolOf(options);
  const name = baseOf(path);
  const status = await readBelieved(invocation, { spool, name });
  const done = status?.ok ? status : await (await import("./wait.ts")).waitForPush(invocation, { spool, path });
  if (done.note !== undefined) log.warn(noteText(name, done.note));
  log.info(`pushed WAL file '${name}' to the archive asynchronously`);
  return 0;
}

function noteText(name: string, { code, text }: { code: number; text: string }): string {
  return code === 0 ? text : `WAL file '${name}' was not pushed: error [${code}] was skipped by hand: ${text}`;
}
