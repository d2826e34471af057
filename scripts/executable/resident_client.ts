/**
 * The tiny client: instructions that run before everything else, ask the background process that stays whether the call
 * is done already, and end with status 0 when it says so. Anything else (no such variable, nobody there, another answer,
 * 20 s without one) goes on as if nothing had happened. It needs no library, only the kernel, and changes no register that
 * the loader hands on. What it sends is read by src/process/resident_request.ts: a mark, the number of arguments, the
 * current folder in 4096 bytes, then all arguments and variables, each with its zero byte, as the kernel laid them out
 * one behind the other.
 *
 * Both tables were made with GNU as (x86_64 and aarch64), labels as comments, and are written down here so that a build needs
 * no assembler.
 */
import { CLIENT_AARCH64 } from "./resident_aarch64.ts";
import { CLIENT_X86 } from "./resident_x86_64.ts";

/** Variable with the path of the socket; the option archive-socket of the program. */
const VARIABLE = "PG_BACKREST_ARCHIVE_SOCKET=";

/** The instructions, and behind them the name they look for. They run from their first byte on and leave at their end. */
export function residentClient(machine: "x86_64" | "aarch64"): Uint8Array {
  const name = new TextEncoder().encode(VARIABLE);
  if (machine === "x86_64") return Uint8Array.from([...Uint8Array.fromHex(CLIENT_X86.join("")), ...name]);
  // Words in the order of this processor's memory; what follows has to stand at a multiple of four.
  const code = Uint8Array.from(CLIENT_AARCH64.flatMap((word) => [...Uint8Array.fromHex(word).reverse()]));
  const client = new Uint8Array(Math.ceil((code.length + name.length) / 4) * 4);
  client.set(code);
  client.set(name, code.length);
  return client;
}
