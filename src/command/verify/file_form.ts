import { fail } from "../../error.ts";
import { parseTimelineHistory } from "../../repository/wal/timeline_history.ts";
import type { FileForm } from "./stored_check.ts";

/** Most bytes of a history file: those of PostgreSQL have a line of less than 100 for each timeline or fact. */
export const FORM_SIZE_MAX: number = 16 * 1024 * 1024;

/** Error 29 where the bytes of a small file do not look like what its name says. */
export function checkForm(form: Exclude<FileForm, "manifest">, bytes: Uint8Array, { file }: { file: string }): void {
  const text = new TextDecoder().decode(bytes);
  if (form === "timelineHistory") {
    if (parseTimelineHistory(text, { file }).length === 0) fail("format", "it names no timeline", { file });
  } else if (!text.startsWith("START WAL LOCATION: ")) {
    fail("format", "it does not begin with 'START WAL LOCATION'", { file });
  }
}
