import { BackRestError, fail } from "../error.ts";
import { PEER_VERSION, VERSION } from "../version.ts";

/** Protocol versions this program speaks. */
export const PROTOCOL = { min: 1, max: 1 } as const;

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
}

/** What the other side has to be able to do, for the error when it is not. */
export interface Expected {
  host: string;
  stages: readonly (readonly [string, number])[];
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
];

/** The greeting of this program as it goes over the wire. */
export function greetingLine(about: { role: string; host: string; execId: string }): string {
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
 * pgBackRest itself answers.
 */
export function readGreeting(line: string, expected: Expected): { greeting: Greeting; protocol: number } | undefined {
  const parsed = parseLine(line);
  if (parsed === undefined) return undefined;
  if (parsed["name"] === "pgBackRest") throw peerAnswered(String(parsed["version"]), expected.host);
  if (parsed["name"] !== "pg_backrest") return undefined;
  const greeting = parsed as unknown as Greeting;
  const protocol = Math.min(PROTOCOL.max, Number(greeting.protocol?.max));
  const isCommon = protocol >= PROTOCOL.min && protocol >= Number(greeting.protocol?.min);
  if (!isCommon) {
    fail(
      "protocol",
      `pg_backrest ${greeting.version} on host '${expected.host}' speaks protocol ${greeting.protocol?.min} to ` +
        `${greeting.protocol?.max}, pg_backrest ${VERSION} here ${PROTOCOL.min} to ${PROTOCOL.max}`,
      { host: expected.host, hint: "install versions whose protocols overlap on both hosts." },
    );
  }
  checkStages(greeting, expected);
  return { greeting, protocol };
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

function peerAnswered(version: string, host: string): BackRestError {
  return new BackRestError("protocol", `pgBackRest ${version} answered on host '${host}', expected pg_backrest`, {
    host,
    hint: `the two programs share repositories, not connections. Install pg_backrest there too and point to it:\n` +
      `repo1-host-cmd or pg1-host-cmd = /path/to/pg_backrest (pgBackRest ${PEER_VERSION} can stay beside it).`,
  });
}

function checkStages({ stages, version }: Greeting, expected: Expected): void {
  const theirs = new Map(stages);
  const lacking = expected.stages.find(([name, revision]) => theirs.get(name) !== revision);
  if (lacking === undefined) return;
  fail(
    "protocol",
    `pg_backrest ${version} on host '${expected.host}' does not run stage '${lacking[0]}' in revision ${lacking[1]}`,
    {
      host: expected.host,
      hint: "install the newer version on both hosts.",
    },
  );
}
