/** Just enough of the ELF format (System V gABI, 64-bit little-endian) to give an executable one more segment. */

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_NOTE = 4;
const FLAGS_READ_EXECUTE = 5;
const ENTRY_OFFSET = 24;
const HEADER_SIZE = 56;

/** Entries of the dynamic section by their tag. */
const DT = { PLTRELSZ: 2, STRTAB: 5, SYMTAB: 6, RELA: 7, RELASZ: 8, STRSZ: 10, JMPREL: 23 } as const;

/** Names of the processors by `e_machine`, as Deno spells them. */
const MACHINES: Readonly<Record<number, "x86_64" | "aarch64">> = { 62: "x86_64", 183: "aarch64" };

/** One program header. Offsets are bytes in the file, addresses are relative to where the file is loaded. */
export interface Segment {
  /** Where the header itself stands in the file. */
  readonly header: number;
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

/** What the patch needs to know about an executable. */
export interface Elf {
  readonly bytes: Uint8Array;
  readonly machine: "x86_64" | "aarch64";
  /** Address of the first instruction. */
  readonly entry: number;
  readonly segments: readonly Segment[];
}

/** Reads the headers of an executable; throws an Error where it is not one this program can patch. */
export function readElf(bytes: Uint8Array): Elf {
  const view = viewOf(bytes);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46) throw new Error("Not an ELF file");
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error("Not a 64-bit little-endian ELF file");
  const machine = MACHINES[view.getUint16(18, true)];
  if (!machine) throw new Error(`Processor ${view.getUint16(18, true)} of the ELF file is neither x86_64 nor aarch64`);
  if (view.getUint16(54, true) !== HEADER_SIZE) throw new Error("Program headers of the ELF file have a foreign size");
  const start = number64(view, 32);
  const segments = Array.from(
    { length: view.getUint16(56, true) },
    (_, index) => readSegment(view, start + index * HEADER_SIZE),
  );
  return { bytes, machine, entry: number64(view, ENTRY_OFFSET), segments };
}

/** Address of the slot the loader fills with the address of an imported function, `setenv` for instance. */
export function importSlot(elf: Elf, symbol: string): number {
  const view = viewOf(elf.bytes);
  const dynamic = readDynamic(elf, view);
  const table = (tag: number) => fileOffset(elf, required(dynamic.get(tag), `dynamic tag ${tag}`));
  const names = table(DT.STRTAB);
  const symbols = table(DT.SYMTAB);
  for (const [start, size] of [[DT.RELA, DT.RELASZ], [DT.JMPREL, DT.PLTRELSZ]] as const) {
    const end = table(start) + (dynamic.get(size) ?? 0);
    for (let at = table(start); at < end; at += 24) {
      const index = view.getUint32(at + 12, true);
      if (index === 0) continue;
      const name = names + view.getUint32(symbols + index * 24, true);
      if (stringAt(elf.bytes, name) === symbol) return number64(view, at);
    }
  }
  throw new Error(`The executable does not import "${symbol}"`);
}

/** Where a further segment may stand: `offset` in the file from `fileSize` on, `address` above all others. */
export function placeSegment(elf: Elf, fileSize: number): { offset: number; address: number } {
  const loads = elf.segments.filter((segment) => segment.type === PT_LOAD);
  const alignment = Math.max(...loads.map((segment) => segment.alignment));
  const end = Math.max(...loads.map((segment) => segment.address + segment.memorySize));
  const up = (value: number) => Math.ceil(value / alignment) * alignment;
  return { offset: up(fileSize), address: up(end) };
}

/**
 * Rewrites the headers in place: the note segment, which nothing needs, becomes one that is loaded to read and
 * execute `size` bytes at `place`, and the program starts at `entry`.
 */
export function patchElf(elf: Elf, place: { offset: number; address: number }, options: PatchOptions): void {
  const note = required(elf.segments.find((segment) => segment.type === PT_NOTE), "note segment");
  const alignment = Math.max(...elf.segments.map((segment) => segment.alignment));
  const view = viewOf(elf.bytes);
  view.setUint32(note.header, PT_LOAD, true);
  view.setUint32(note.header + 4, FLAGS_READ_EXECUTE, true);
  const fields = [place.offset, place.address, place.address, options.size, options.size, alignment];
  fields.forEach((value, index) => view.setBigUint64(note.header + 8 + index * 8, BigInt(value), true));
  view.setBigUint64(ENTRY_OFFSET, BigInt(options.entry), true);
}

/** Size of the new segment in bytes, and the address of the new first instruction. */
export interface PatchOptions {
  readonly size: number;
  readonly entry: number;
}

function readSegment(view: DataView, header: number): Segment {
  return {
    header,
    type: view.getUint32(header, true),
    offset: number64(view, header + 8),
    address: number64(view, header + 16),
    fileSize: number64(view, header + 32),
    memorySize: number64(view, header + 40),
    alignment: number64(view, header + 48),
  };
}

function readDynamic(elf: Elf, view: DataView): Map<number, number> {
  const section = required(elf.segments.find((segment) => segment.type === PT_DYNAMIC), "dynamic section");
  const entries = new Map<number, number>();
  for (let at = section.offset; at < section.offset + section.fileSize; at += 16) {
    entries.set(number64(view, at), number64(view, at + 8));
  }
  return entries;
}

function fileOffset(elf: Elf, address: number): number {
  const holder = elf.segments.find((segment) =>
    segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.fileSize
  );
  return address - required(holder, `segment of address ${address}`).address + required(holder, "").offset;
}

function stringAt(bytes: Uint8Array, start: number): string {
  return new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
}

function number64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The executable has no ${what}`);
  return value;
}
