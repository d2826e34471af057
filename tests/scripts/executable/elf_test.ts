import { assert, assertEquals, assertThrows } from "@std/assert";
import { importSlot, patchElf, placeSegment, readElf } from "../../../scripts/executable/elf.ts";

const DENO = Deno.readFileSync(Deno.execPath());

Deno.test("the headers of deno itself are read", () => {
  const elf = readElf(DENO);
  assertEquals(elf.machine, Deno.build.arch);
  const code = elf.segments.find((segment) =>
    elf.entry >= segment.address && elf.entry < segment.address + segment.fileSize
  );
  assert(code !== undefined, "the entry lies in no segment");
});

Deno.test("the slots of imported functions are found and differ", () => {
  const elf = readElf(DENO);
  const slots = [importSlot(elf, "setenv"), importSlot(elf, "unsetenv")];
  assert(slots.every((slot) => slot > 0 && slot % 8 === 0) && slots[0] !== slots[1], String(slots));
  assertThrows(() => importSlot(elf, "no_such_function"), Error, 'does not import "no_such_function"');
});

Deno.test("a new segment stands behind all others, in the file and in memory", () => {
  const elf = readElf(DENO);
  const place = placeSegment(elf, DENO.length + 5);
  const alignment = Math.max(...elf.segments.map((segment) => segment.alignment));
  assertEquals([place.offset % alignment, place.address % alignment], [0, 0]);
  assert(place.offset >= DENO.length + 5);
  assert(elf.segments.every((segment) => segment.address + segment.memorySize <= place.address));
});

Deno.test("patching turns the note into a segment and moves the entry, and changes nothing else", () => {
  const bytes = DENO.slice();
  const elf = readElf(bytes);
  const place = placeSegment(elf, bytes.length);
  patchElf(elf, place, { size: 100, entry: place.address + 32 });
  const patched = readElf(bytes);
  const added = patched.segments.at(-1);
  assertEquals(patched.entry, place.address + 32);
  assertEquals([added?.type, added?.offset, added?.address, added?.fileSize], [1, place.offset, place.address, 100]);
  assertEquals(patched.segments.slice(0, -1), elf.segments.slice(0, -1));
  assertEquals(DENO.findIndex((byte, index) => index > 1000 && byte !== bytes[index]), -1);
});

Deno.test("files that cannot be patched are refused by name of the reason", () => {
  const changed = (at: number, ...values: number[]) => {
    const bytes = DENO.slice(0, 1024);
    bytes.set(values, at);
    return bytes;
  };
  assertThrows(() => readElf(new Uint8Array(3)), Error, "Not an ELF file");
  assertThrows(() => readElf(changed(0, 0x23, 0x21)), Error, "Not an ELF file");
  assertThrows(() => readElf(changed(4, 1)), Error, "Not a 64-bit little-endian ELF file");
  assertThrows(() => readElf(changed(18, 243, 0)), Error, "Processor 243");
});
