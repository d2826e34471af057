import { fail } from "../../error.ts";

const TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,]\d{1,6})?(?:([+-])(\d\d)(?::?(\d\d))?)?$/;
const HINT =
  "time format must be YYYY-MM-DD HH:MM:SS with optional msec and optional timezone (+/- HH or HHMM or HH:MM)" +
  " - if timezone is omitted, local time is assumed (for UTC use +00)";

/** A restore target in time as whole epoch seconds; without a zone it is local time. Anything else is error 29. */
export function parseTargetTime(text: string): number {
  const parts = TIME.exec(text);
  if (parts === null) return refuse(text);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists || year < 1970) return refuse(text);
  const [sign, zoneHours, zoneMinutes = "0"] = parts.slice(7);
  if (sign === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000;
  const offset = Number(zoneHours) * 60 + Number(zoneMinutes);
  if (Number(zoneMinutes) > 59 || offset > (sign === "+" ? 14 : 12) * 60) return refuse(text);
  return utc.getTime() / 1000 - (sign === "+" ? offset : -offset) * 60;
}

function refuse(text: string): never {
  fail("format", `automatic backup set selection cannot be performed with provided time '${text}'`, { hint: HINT });
}
