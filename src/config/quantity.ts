/** Largest number the peer holds; beyond it a text is no number at all. */
const MAX_INTEGER = 2 ** 63;

/** Bytes per unit by the first letter of a size's suffix. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
};

/** Milliseconds per unit by the suffix of a time. */
const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** An integer with an optional sign; undefined when the text is none. */
export function parseInteger(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? inRange(Number(text)) : undefined;
}

/** A size in bytes: digits and an optional suffix (b, k, kb, kib ... p), powers of 1024; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)(b*|[kmgtp](?:i?b)?)$/i.exec(text);
  if (match === null) return undefined;
  return inRange(Number(match[1]) * SIZE_UNITS[match[2]!.slice(0, 1).toLowerCase() || "b"]!);
}

/** A time in milliseconds: an integer and an optional suffix (ms, s, m, h, d, w; none means seconds), or undefined. */
export function parseTime(text: string): number | undefined {
  const match = /^([+-]?\d+)(ms|[smhdw])?$/i.exec(text);
  return match === null ? undefined : inRange(Number(match[1]) * TIME_UNITS[(match[2] ?? "s").toLowerCase()]!);
}

/** The time as the option would be written, in the largest unit that divides it. */
export function formatTime(milliseconds: number): string {
  for (const unit of ["w", "d", "h", "m", "s"]) {
    const size = TIME_UNITS[unit]!;
    if (milliseconds !== 0 && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

function inRange(value: number): number | undefined {
  return Math.abs(value) < MAX_INTEGER ? value : undefined;
}
