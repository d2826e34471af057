import { formatDuration, formatPercent, formatSize } from "./size.ts";

/** How far something was at a moment. */
interface Sample {
  /** Milliseconds of any clock. */
  readonly at: number;
  /** Bytes. */
  readonly done: number;
}

/** Progress of copying a known number of bytes. */
export interface Progress {
  readonly label: string;
  /** Bytes. */
  readonly total: number;
  /** What the rate is computed from, oldest first. */
  readonly samples: readonly Sample[];
}

/** How far back the rate looks, in milliseconds. */
const WINDOW = 15_000;

/** Least milliseconds between two samples that are kept. */
const SPACING = 250;

/** Narrowest line that gets a bar. */
const LEAST_WIDTH_FOR_BAR = 60;

/** Progress that begins now. */
export function startProgress(label: string, total: number, at: number): Progress {
  return { label, total, samples: [{ at, done: 0 }] };
}

/** Progress with what has come about since; the rate is that of the last seconds. */
export function advance(progress: Progress, now: Sample): Progress {
  const { samples } = progress;
  const before = samples.at(-2);
  const close = before !== undefined && now.at - before.at < SPACING;
  const kept = [...(close ? samples.slice(0, -1) : samples), now];
  const firstRecent = kept.findIndex((sample) => now.at - sample.at <= WINDOW);
  return { ...progress, samples: kept.slice(Math.min(firstRecent, kept.length - 2)) };
}

/** Bytes per second of late, or undefined when it is too early to tell. */
export function rateOf({ samples }: Progress): number | undefined {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const time = last.at - first.at;
  return time <= 0 ? undefined : ((last.done - first.done) / time) * 1000;
}

/** Milliseconds until the end at the rate of late, or undefined when that can not be told. */
export function timeLeft(progress: Progress): number | undefined {
  const rate = rateOf(progress);
  if (rate === undefined || rate <= 0) return undefined;
  return (Math.max(0, progress.total - progress.samples.at(-1)!.done) / rate) * 1000;
}

/** One line: label, percent, sizes, rate, time left. */
export function progressText(progress: Progress): string {
  const { done } = progress.samples.at(-1)!;
  const rate = rateOf(progress);
  const left = timeLeft(progress);
  const parts = [
    `${formatPercent(done, progress.total)} (${formatSize(done)} of ${formatSize(progress.total)})`,
    ...(rate === undefined ? [] : [`${formatSize(Math.round(rate))}/s`]),
    ...(left === undefined || done >= progress.total ? [] : [`${formatDuration(left)} left`]),
  ];
  return `${progress.label}: ${parts.join(", ")}`;
}

/** The line for a terminal: with a bar where there is room, never longer than `columns`. */
export function progressLine(progress: Progress, columns: number): string {
  const text = progressText(progress);
  const room = columns - text.length - "  []".length - 1;
  if (columns < LEAST_WIDTH_FOR_BAR || room < 10) return text.slice(0, Math.max(0, columns - 1));
  const width = Math.min(room, 40);
  const { done } = progress.samples.at(-1)!;
  const filled = progress.total === 0 ? width : Math.floor((Math.min(done, progress.total) / progress.total) * width);
  return `${text}  [${"#".repeat(filled)}${" ".repeat(width - filled)}]`;
}
