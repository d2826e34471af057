import { fail } from "../../../error.ts";

/** What a status file says beside its name: a code and a text. Of `.ok` files code 0 goes with a warning. */
export interface StatusNote {
  code: number;
  text: string;
}

/** What became of a file: it is done, perhaps with a note, or it failed. */
export type Status = { ok: true; note?: StatusNote } | { ok: false; note: StatusNote };

/** Name that stands for all files when the background process failed as a whole. */
export const GLOBAL = "global";

/** Endings of status files, the peer's. */
export const OK_SUFFIX = ".ok";
export const ERROR_SUFFIX = ".error";

/** Content of a status file: nothing, or the code, a line feed and the text. Source: the peer's files. */
export function formatNote(note: StatusNote | undefined): string {
  return note === undefined ? "" : `${note.code}\n${note.text}`;
}

/** What the content of a status file says; undefined when it is empty. Error 29 when it is no status. */
export function parseNote(content: string, file: string): StatusNote | undefined {
  if (content === "") return undefined;
  const [, code, text] = /^(\d{1,3})\n([^]+)$/.exec(content) ?? [];
  if (code === undefined || text === undefined) {
    fail("format", `status file '${file}' holds no status: it must be empty, or a code, a line feed and a text`, {
      file,
      hint: "remove it: the file is then archived or fetched once more.",
    });
  }
  return { code: Number(code), text };
}

/** The status two files express, an `.error` file counting only where there is no `.ok`; undefined without any. */
export function statusOf(
  name: string,
  { ok, error }: { ok: string | undefined; error: string | undefined },
): Status | undefined {
  if (ok !== undefined) {
    const note = parseNote(ok, name + OK_SUFFIX);
    return note === undefined ? { ok: true } : { ok: true, note };
  }
  if (error === undefined) return undefined;
  const note = parseNote(error, name + ERROR_SUFFIX);
  return { ok: false, note: note ?? fail("format", `status file '${name}${ERROR_SUFFIX}' is empty`) };
}
