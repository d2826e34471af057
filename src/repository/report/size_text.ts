const UNITS = ["KB", "MB", "GB"];

/** A size for people: `403B`, `8KB`, `22.1MB`; one decimal, cut off, and none where it is 0. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let tenths = Math.floor(bytes * 10 / 1024);
  let unit = 0;
  while (tenths >= 10240 && unit < UNITS.length - 1) {
    tenths = Math.floor(tenths / 1024);
    unit++;
  }
  const [whole, decimal] = [Math.floor(tenths / 10), tenths % 10];
  return `${whole}${decimal === 0 ? "" : `.${decimal}`}${UNITS[unit]}`;
}

/** A share for people: `12.34%`, cut off. */
export function percentText(part: number, whole: number): string {
  const hundredths = whole === 0 ? 10000 : Math.min(10000, Math.floor(part * 10000 / whole));
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}%`;
}

/** A moment for people, in local time with the zone: `2026-11-22 07:28:49+00`; minutes of the zone only where there are some. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const east = -date.getTimezoneOffset();
  const minutes = Math.abs(east) % 60;
  const zone = `${east < 0 ? "-" : "+"}${two(Math.floor(Math.abs(east) / 60))}${
    minutes === 0 ? "" : `:${two(minutes)}`
  }`;
  return `${day} ${clock}${zone}`;
}
