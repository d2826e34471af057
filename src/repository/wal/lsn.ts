import { fail } from "../../error.ts";

const LSN = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** A position in the WAL from PostgreSQL's text, `0/2000028`. Anything else is error 29. */
export function parseLsn(text: string): bigint {
  const [, high, low] = LSN.exec(text) ?? [];
  if (high === undefined || low === undefined) fail("format", `'${text}' is not a WAL position such as '0/2000028'`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** A position in the WAL as PostgreSQL prints it: both halves in upper-case hex without leading zeros. */
export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}
