import { fail } from "../../error.ts";
import { decodeRaw, encodeRaw, printable } from "../raw_text.ts";

const SLASH = 0x2f;
const DOT = 0x2e;
const ROOTS = ["pg_data", "pg_tblspc"].map((root) => encodeRaw(root));

/**
 * Refuses a name of a manifest that could lead out of its tree or not be stored: error 29 with the name, escaped. Names begin with
 * `pg_data` or `pg_tblspc`, are relative, have no empty, `.` or `..` component, and hold neither NUL nor LF.
 */
export function checkFileName(name: Uint8Array): void {
  const problem = nameProblem(name);
  if (problem !== undefined) fail("format", `invalid name '${printable(decodeRaw(name))}': ${problem}`);
}

function nameProblem(name: Uint8Array): string | undefined {
  if (!ROOTS.some((root) => startsWith(name, root))) return "it is not below pg_data or pg_tblspc";
  let start = 0;
  for (let at = 0; at <= name.length; at++) {
    const byte = name[at];
    if (byte === 0 || byte === 0x0a) return `it holds ${byte === 0 ? "a NUL" : "a line feed"}`;
    if (byte !== SLASH && byte !== undefined) continue;
    if (at === start) return "a component is empty";
    if (name[start] === DOT && isDots(name, start, at)) return "a component is '.' or '..'";
    start = at + 1;
  }
  return undefined;
}

function startsWith(name: Uint8Array, root: Uint8Array): boolean {
  if (name.length > root.length && name[root.length] !== SLASH) return false;
  for (let at = 0; at < root.length; at++) {
    if (name[at] !== root[at]) return false;
  }
  return true;
}

function isDots(name: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 || (end - start === 2 && name[start + 1] === DOT);
}
