import { fail } from "../error.ts";

/**
 * A storage path in its plain form, or error 96 when it would leave the root: absolute paths, `..`, `.` inside a path,
 * empty parts and NUL are refused; the empty path and `.` are the root itself.
 */
export function checkPath(path: string): string {
  if (path === "" || path === ".") return "";
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === ".." || part.includes("\0")) {
      fail("paramInvalid", `path ${JSON.stringify(path)} would leave the storage or is not in its plain form`);
    }
  }
  return path;
}

/** The parts joined by `/`; empty ones are left out. */
export function joinPath(...parts: string[]): string {
  return parts.filter((part) => part !== "").join("/").replaceAll(/\/{2,}/g, "/");
}

/** The folder a path lies in; `""` for a path of one part, `/` for an absolute one of one part. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash > 0 ? path.slice(0, slash) : slash === 0 ? "/" : "";
}

/** The last part of a path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * An absolute path without `.`, `..`, doubled and trailing slashes, resolved as text (links are not looked at);
 * `base` is where a relative one starts.
 */
export function absolutePath(path: string, base: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return "/" + parts.join("/");
}

/** True when `path` is `folder` or lies below it; both absolute and plain. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : folder + "/");
}

const encoder = new TextEncoder();

/** Order of two names by their bytes (string order differs above U+D7FF). */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 && y < 0xd800) return x - y;
    return compareBytes(encoder.encode(a), encoder.encode(b));
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}
