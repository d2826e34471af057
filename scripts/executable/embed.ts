import { bootSpecifier, storeModules } from "./boot.ts";
import { importSlot, patchElf, placeSegment, readElf } from "./elf.ts";
import { ENVIRONMENT, launchOf, type Permissions } from "./launch.ts";
import { linkChunks } from "./link.ts";
import { buildSegment } from "./trampoline.ts";

/**
 * Makes one executable of a copy of `deno` and a program's chunks (file name -> text, `main.js` starts it). The file is
 * `deno`, then the modules, then a segment with strings and code that the headers point at. It must never be stripped.
 */
export function embed(deno: Uint8Array, chunks: ReadonlyMap<string, string>, permissions: Permissions): Uint8Array {
  const { stored, bytes: modules } = storeModules(linkChunks(chunks), deno.length);
  const boot = bootSpecifier(stored, { ...ENVIRONMENT, main: "main" });

  const elf = readElf(deno);
  const place = placeSegment(elf, deno.length + modules.length);
  const slot = (name: string) => importSlot(elf, name);
  const environment = { getenv: slot("getenv"), setenv: slot("setenv"), unsetenv: slot("unsetenv") };
  const slots = { ...environment, getcwd: slot("getcwd"), chdir: slot("chdir") };
  const target = { machine: elf.machine, address: place.address, entry: elf.entry, slots };
  const segment = buildSegment(launchOf(boot, permissions), target);

  const whole = new Uint8Array(place.offset + segment.bytes.length);
  whole.set(deno);
  whole.set(modules, deno.length);
  whole.set(segment.bytes, place.offset);
  patchElf({ ...elf, bytes: whole }, place, { size: segment.bytes.length, entry: segment.start });
  return whole;
}
