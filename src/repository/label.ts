import { fail } from "../error.ts";
import { compareRaw } from "./raw_text.ts";

/** Kind of a backup: complete, against the last full one, or against the last one of any kind. */
export type BackupType = "full" | "diff" | "incr";

/** A label taken apart. */
export interface Label {
  label: string;
  type: BackupType;
  /** Label of the full backup of the set; of a full backup its own. */
  full: string;
  /** Start in the local time of the host that made it, `YYYYMMDD-HHMMSS`. */
  time: string;
}

const LABEL = /^(\d{8}-\d{6}F)(?:_(\d{8}-\d{6})([DI]))?$/;
const TYPES = { D: "diff", I: "incr" } as const;
const LETTERS = { full: "F", diff: "D", incr: "I" } as const;
const FULL_LENGTH = 16;

/** A label taken apart, or undefined where a text is none. */
export function parseLabel(label: string): Label | undefined {
  const [, full, time, letter] = LABEL.exec(label) ?? [];
  if (full === undefined) return undefined;
  if (time === undefined) return { label, type: "full", full, time: full.slice(0, -1) };
  return { label, type: TYPES[letter as "D" | "I"], full, time };
}

/** Whether a text is the label of a backup. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** Label of the full backup of a set. */
export function fullOf(label: string): string {
  return label.slice(0, FULL_LENGTH);
}

/** What a label says of the kind of its backup. */
export function typeOf(label: string): BackupType {
  return parseLabel(label)?.type ?? fail("format", `'${label}' is not a backup label`);
}

/**
 * The label of a backup that started at `time` (epoch seconds), in the local time zone of this process. A diff or incr needs
 * `prior`, any label of its set.
 */
export function formatLabel(type: BackupType, time: number, options: { prior?: string } = {}): string {
  const own = localTime(time) + LETTERS[type];
  if (type === "full") return own;
  if (options.prior === undefined) fail("assert", `label of a ${type} backup needs a prior backup`);
  return `${fullOf(options.prior)}_${own}`;
}

/** Order of two labels; the older backup of a set comes first. */
export function compareLabels(a: string, b: string): number {
  return compareRaw(a, b);
}

/** A label for a new backup and its time; `wait` asks to let the clock pass that second before going on. */
export interface NextLabel {
  label: string;
  time: number;
  wait: boolean;
}

/**
 * The label of a new backup. It has to be greater than every label it is compared with: a full one with all, a diff or incr with those
 * of its own set. `existing` are the labels of folders and of the newest year of history. If the second is taken, the next one
 * is used; if that is not enough the clock went back: error 106.
 */
export function nextLabel(
  wanted: { type: BackupType; time: number; prior?: string },
  existing: Iterable<string>,
): NextLabel {
  const newest = newestComparable(wanted, existing);
  for (const wait of [false, true]) {
    const time = wanted.time + (wait ? 1 : 0);
    const label = formatLabel(wanted.type, time, wanted);
    if (newest === undefined || compareLabels(label, newest) > 0) return { label, time, wait };
  }
  fail(
    "clock",
    `new backup label '${
      formatLabel(wanted.type, wanted.time, wanted)
    }' is not later than latest backup label '${newest}'`,
    {
      hint: "has the timezone changed?\nis there clock skew?",
    },
  );
}

function newestComparable(
  wanted: { type: BackupType; prior?: string },
  existing: Iterable<string>,
): string | undefined {
  let newest: string | undefined;
  for (const label of existing) {
    if (!isLabel(label)) continue;
    if (wanted.type !== "full" && (label.length === FULL_LENGTH || fullOf(label) !== fullOf(wanted.prior ?? ""))) {
      continue;
    }
    if (newest === undefined || compareLabels(label, newest) > 0) newest = label;
  }
  return newest;
}

function localTime(time: number): string {
  const date = new Date(time * 1000);
  const day = digits(date.getFullYear(), 4) + digits(date.getMonth() + 1, 2) + digits(date.getDate(), 2);
  return `${day}-${digits(date.getHours(), 2)}${digits(date.getMinutes(), 2)}${digits(date.getSeconds(), 2)}`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
