/** Units of sizes from 1024 bytes on, each 1024 times the one before. */
const UNITS = ["KB", "MB", "GB"] as const;

/** A size as the peer shows it: `403B`, `8KB`, `22.1MB`; one decimal, cut off, left out when it is 0. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let unit = 0;
  let divisor = 1024;
  while (unit < UNITS.length - 1 && bytes >= divisor * 1024) {
    unit++;
    divisor *= 1024;
  }
  const tenths = Math.floor((bytes * 10) / divisor);
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)}${UNITS[unit]}`;
}

/** How much of the whole a part is, as `12.34%`, cut off; the whole of nothing is 100 %. */
export function formatPercent(part: number, whole: number): string {
  const hundredths = whole === 0 ? 10_000 : Math.floor((part * 10_000) / whole);
  return `${(hundredths / 100).toFixed(2)}%`;
}

/** A duration for people: `0:07`, `12:34`, `1:02:03`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
