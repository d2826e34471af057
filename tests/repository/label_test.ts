import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { formatLabel, fullOf, isLabel, type Label, nextLabel, parseLabel, typeOf } from "../../src/repository/label.ts";

const FULL = "20261122-083310F";

Deno.test("a label is the local time of its backup", () => {
  const time = new Date(2026, 10, 22, 8, 33, 10).getTime() / 1000;
  assertEquals(formatLabel("full", time), FULL);
  assertEquals(formatLabel("diff", time + 6, { prior: FULL }), `${FULL}_20261122-083316D`);
  assertEquals(formatLabel("incr", time + 13, { prior: `${FULL}_20261122-083316D` }), `${FULL}_20261122-083323I`);
});

const LABELS: { text: string; want: Label | undefined }[] = [
  { text: FULL, want: { label: FULL, type: "full", full: FULL, time: "20261122-083310" } },
  {
    text: `${FULL}_20261122-083316D`,
    want: { label: `${FULL}_20261122-083316D`, type: "diff", full: FULL, time: "20261122-083316" },
  },
  {
    text: `${FULL}_20261122-083316I`,
    want: { label: `${FULL}_20261122-083316I`, type: "incr", full: FULL, time: "20261122-083316" },
  },
  { text: "20261122-083310D", want: undefined },
  { text: `${FULL}_20261122-083316F`, want: undefined },
  { text: `${FULL}\n`, want: undefined },
  { text: `x${FULL}`, want: undefined },
  { text: `${FULL}.manifest.gz`, want: undefined },
  { text: "latest", want: undefined },
  { text: "", want: undefined },
];

for (const { text, want } of LABELS) {
  Deno.test(`a label is recognised: ${JSON.stringify(text)}`, () => {
    assertEquals(parseLabel(text), want);
    assertEquals(isLabel(text), want !== undefined);
    if (want !== undefined) assertEquals([typeOf(text), fullOf(text)], [want.type, want.full]);
    else assertThrows(() => typeOf(text), BackRestError);
  });
}

const START = new Date(2026, 10, 22, 8, 33, 10).getTime() / 1000;
const at = (seconds: number): string => formatLabel("full", START + seconds);
const incrAt = (seconds: number, prior = FULL): string => formatLabel("incr", START + seconds, { prior });

const NEXT: {
  name: string;
  type: "full" | "diff" | "incr";
  existing: string[];
  want?: [label: string, wait: boolean];
}[] = [
  { name: "the first backup", type: "full", existing: [], want: [at(0), false] },
  { name: "after older ones", type: "full", existing: [at(-60), incrAt(-5, at(-60))], want: [at(0), false] },
  { name: "in the second of another one", type: "full", existing: [at(0)], want: [at(1), true] },
  {
    name: "a full is behind an incr of a full of the same second",
    type: "full",
    existing: [at(0), incrAt(3, at(0))],
    want: [at(1), true],
  },
  { name: "the clock went back", type: "full", existing: [at(1)] },
  { name: "an incr of the same second", type: "incr", existing: [FULL, incrAt(0)], want: [incrAt(1), true] },
  { name: "an incr is not compared with its full", type: "incr", existing: [at(0)], want: [incrAt(0), false] },
  {
    name: "an incr is not compared with other sets",
    type: "incr",
    existing: [at(500), incrAt(600, at(500))],
    want: [incrAt(0), false],
  },
  { name: "an incr before another one of its set", type: "incr", existing: [incrAt(100)] },
  {
    name: "other names are passed over",
    type: "full",
    existing: ["zzz", "latest", "backup.history"],
    want: [at(0), false],
  },
];

for (const { name, type, existing, want } of NEXT) {
  Deno.test(`the next label: ${name}`, () => {
    const next = () => nextLabel({ type, time: START, ...(type === "full" ? {} : { prior: FULL }) }, existing);
    if (want === undefined) {
      assertEquals(assertThrows(next, BackRestError, "is not later than latest backup label").kind, "clock");
    } else {
      const [label, wait] = want;
      assertEquals(next(), { label, wait, time: START + (wait ? 1 : 0) });
    }
  });
}
