import { assertEquals, assertThrows } from "@std/assert";
import { encodeAarch64 } from "../../../scripts/executable/aarch64.ts";
import type { Plan } from "../../../scripts/executable/plan.ts";
import { buildSegment, type Launch, type Target } from "../../../scripts/executable/trampoline.ts";
import { encodeX86 } from "../../../scripts/executable/x86_64.ts";

const PLAN: Plan = {
  start: 0x2000,
  entry: 0x1000,
  slots: { setenv: 0x3008, unsetenv: 0x3010, getenv: 0x3018, getcwd: 0x3020, chdir: 0x3028 },
  steps: [
    { action: "unset", name: 0x1800 },
    { action: "copy", name: 0x1880, to: 0x1890 },
    { action: "set", name: 0x1810, value: 0x1823, keep: false },
    { action: "set", name: 0x1830, value: 0x1840, keep: true },
    { action: "set", name: 0x1850, value: "argv0", keep: false },
    { action: "leaveRemoved", folder: 0x18a0 },
  ],
  args: [0x1860, 0x1871],
};

const TARGET: Target = { machine: "x86_64", address: 0x10000, entry: 0x1000, slots: PLAN.slots };
const LAUNCH: Launch = {
  args: ["run", "x"],
  unset: ["A"],
  copy: { B: "C" },
  set: { D: "1" },
  defaults: { E: "2" },
  calledAs: "F",
};

Deno.test("the x86-64 encoder writes what GNU as writes for the same instructions", () => {
  const expected = [
    "524883ec08488d3df4f7ffffff15fe0f0000488d3d67f8ffffff15f90f00004885c07415488d3d65f8ffff4889c6ba01",
    "000000ff15cf0f0000488d3dd0f7ffff488d35dcf7ffffba01000000ff15b60f0000488d3dd7f7ffff488d35e0f7ffff",
    "ba00000000ff159d0f0000488d3ddef7ffff488b742418ba01000000ff15860f000031ff31f6ff15940f00004885c075",
    "0d488d3d08f8ffffff158a0f00004883c4085a488b0424488b4c24084881ec100000004805020000004889042448894c",
    "2408488d0597f7ffff4889842410000000488d0599f7ffff4889842418000000e91befffff",
  ];
  assertEquals(encodeX86(PLAN).toHex(), expected.join(""));
});

Deno.test("the aarch64 encoder writes what GNU as writes for the same instructions", () => {
  const expected = [
    "a9bf7be0 10ffbfe0 b0000010 f9400a10 d63f0200 10ffc360 b0000010 f9400e10 d63f0200 b40000e0",
    "aa0003e1 10ffc320 52800022 b0000010 f9400610 d63f0200 10ffbe80 70ffbee1 52800022 b0000010",
    "f9400610 d63f0200 10ffbec0 10ffbf21 52800002 b0000010 f9400610 d63f0200 10ffbf00 f9400fe1",
    "52800022 b0000010 f9400610 d63f0200 d2800000 d2800001 b0000010 f9401210 d63f0200 b50000a0",
    "10ffc000 b0000010 f9401610 d63f0200 a8c17be0 f94003e9 f94007ea d10043ff 91000929 f90003e9",
    "f90007ea 10ffbca9 f9000be9 30ffbce9 f9000fe9 17fffbc9",
  ];
  const words = new Uint32Array(encodeAarch64(PLAN).buffer);
  assertEquals([...words].map((word) => word.toString(16).padStart(8, "0")), expected.join(" ").split(" "));
});

Deno.test("an address out of an instruction's reach is an error, not a wrong jump", () => {
  assertThrows(() => encodeX86({ ...PLAN, entry: 2 ** 40 }), RangeError, "does not fit 32 bits");
  assertThrows(() => encodeAarch64({ ...PLAN, entry: 2 ** 28 }), RangeError, "does not fit 28 bits");
  assertThrows(() => encodeAarch64({ ...PLAN, start: 2 ** 22 }), RangeError, "does not fit 21 bits");
});

Deno.test("a segment holds all strings, ended by zeros, and starts its code at 16 bytes", () => {
  const { bytes, start } = buildSegment(LAUNCH, TARGET);
  assertEquals(new TextDecoder().decode(bytes.subarray(0, 24)), "A.B.C.D.1.E.2.F./.run.x.".replaceAll(".", "\0"));
  assertEquals(start, TARGET.address + 32);
  assertEquals(bytes[32], 0x52);
});

Deno.test("an odd number of arguments would leave the stack unaligned and is refused", () => {
  assertThrows(() => buildSegment({ ...LAUNCH, args: ["run"] }, TARGET), Error, "must be even");
});

Deno.test("a zero byte inside a string is refused", () => {
  assertThrows(() => buildSegment({ ...LAUNCH, args: ["run", "a\0b"] }, TARGET), Error, "zero byte");
});
