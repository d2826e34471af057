import { BackRestError, type ErrorRecord, fail, fromRecord } from "../error.ts";
import { PEER_VERSION, VERSION } from "../version.ts";

/**
 * Protocol versions this program speaks. `max` is raised with every change of what crosses, `min` where a side that expects
 * the form before would lose bytes instead of failing.
 */
export const PROTOCOL = { min: 2, max: 2 } as const;

/** First line a remote sends. */
export interface Greeting {
  name: "pg_backrest";
  version: string;
  protocol: { min: number; max: number };
  /** Names and revisions of the stages it can run. */
  stages: [string, number][];
  role: string;
  host: string;
  execId: string;
  /** Why nothing will be served: its options are wrong, say. */
  error?: ErrorRecord;
}

/** Stages and their revisions: raised when the bytes a stage makes or expects change. */
export const STAGES: readonly (readonly [string, number])[] = [
  ["sha1", 1],
  ["count", 1],
  ["limit", 1],
  ["pageChecksum", 1],
  ["compress", 1],
  ["decompress", 1],
  ["encrypt", 1],
  ["decrypt", 1],
  ["blocks", 1],
];

/** The greeting of this program as it goes over the wire. */
export function greetingLine(about: { role: string; host: string; execId: string; error?: ErrorRecord }): string {
  const greeting: Greeting = {
    name: "pg_backrest",
    version: VERSION,
    protocol: PROTOCOL,
    stages: STAGES.map(([name, revision]) => [name, revision]),
    ...about,
  };
  return `${JSON.stringify(greeting)}\n`;
}

/**
 * Reads a line of the other side: the protocol version to use when it is the greeting of a pg_backrest, undefined when it
 * is something else (a login shell may print what it likes). Error 39 when both cannot talk to each other, or when
 * pgBackRest itself answers, or when the other side could not begin.
 */
export function readGreeting(
  line: string,
  { host }: { host: string },
): { greeting: Greeting; protocol: number } | undefined {
  const parsed = parseLine(line);
  if (parsed === undefined) return undefined;
  if (parsed["name"] === "pgBackRest") throw peerAnswered(String(parsed["version"]), host);
  if (parsed["name"] !== "pg_backrest") return undefined;
  const greeting = parsed as unknown as Greeting;
  if (greeting.error !== undefined) throw couldNotBegin(greeting.error, host);
  const protocol = Math.min(PROTOCOL.max, Number(greeting.protocol?.max));
  const isCommon = protocol >= PROTOCOL.min && protocol >= Number(greeting.protocol?.min);
  if (isCommon) return { greeting, protocol };
  fail(
    "protocol",
    `pg_backrest ${greeting.version} on host '${host}' speaks protocol ${greeting.protocol?.min} to ` +
      `${greeting.protocol?.max}, pg_backrest ${VERSION} here on '${Deno.hostname()}' ${PROTOCOL.min} to ${PROTOCOL.max}`,
    { host, hint: "install versions whose protocols overlap on both hosts." },
  );
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

/** A file that is missing there, say its configuration, must not be taken for one that was asked for. */
function couldNotBegin(record: ErrorRecord, host: string): BackRestError {
  const { message, hint, kind, code } = fromRecord(record);
  if (kind === "access") return new BackRestError(kind, message, { host, ...(hint === undefined ? {} : { hint }) });
  return new BackRestError(
    "protocol",
    `pg_backrest on host '${host}' cannot begin: [${String(code).padStart(3, "0")}] ${message}`,
    { host, ...(hint === undefined ? {} : { hint }) },
  );
}

function peerAnswered(version: string, host: string): BackRestError {
  return new BackRestError("protocol", `pgBackRest ${version} answered on host '${host}', expected pg_backrest`, {
    host,
    hint: `the two programs share repositories, not connections. Install pg_backrest there too and point to it:\n` +
      `repo1-host-cmd or pg1-host-cmd = /path/to/pg_backrest (pgBackRest ${PEER_VERSION} can stay beside it).`,
  });
}

/** Error 39 unless the other side runs all these stages in our revision. */
export function needStages({ stages, version, host }: Greeting, names: Iterable<string>): void {
  const ours = new Map(STAGES);
  const theirs = new Map(stages);
  for (const name of names) {
    if (theirs.get(name) === ours.get(name)) continue;
    fail(
      "protocol",
      `pg_backrest ${version} on host '${host}' does not run stage '${name}' as pg_backrest ${VERSION} does`,
      {
        host,
        hint: "install the newer version on both hosts.",
      },
    );
  }
}
