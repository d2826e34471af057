import type { Invocation } from "../cli/invocation.ts";
import { buildKind, calledName, programPath } from "../process/self.ts";
import { PEER_VERSION, VERSION } from "../version.ts";

/** Name under which the program shows itself as the peer would. */
const PEER_NAME = "pgbackrest";

const BUILD_TEXT = {
  compiled: "single executable, made by deno compile",
  embedded: "single executable, made from the deno executable",
  source: "run from its sources",
} as const;

/** Prints which version this is. */
export function run({ configuration: { options }, output }: Invocation): Promise<number> {
  if (options.find("output") === "num") output(versionNumber(PEER_VERSION));
  else output(`${plainVersion()}${options.find("verbose") ? buildLines() : ""}`);
  return Promise.resolve(0);
}

/** Name and version as they stand in titles. */
export function titleLine(name: string): string {
  return name === PEER_NAME ? `pgBackRest ${PEER_VERSION}` : `pg_backrest ${VERSION}`;
}

/** What `version` without options prints. */
export function plainVersion(): string {
  return `${versionLine(calledName())}\n`;
}

/** What the program calls itself under a name. */
export function versionLine(name: string): string {
  return name === PEER_NAME ? titleLine(name) : `${titleLine(name)} (pgBackRest ${PEER_VERSION} compatible)`;
}

/** The version as one number, three digits for each part after the first: 2.59.1 is 2059001. */
export function versionNumber(version: string): string {
  const [major, minor, patch] = version.split(".").map(Number);
  return String(major! * 1_000_000 + minor! * 1000 + patch!);
}

function buildLines(): string {
  const rows = [
    ["build", BUILD_TEXT[buildKind()]],
    ["program", programPath()],
    ["deno", Deno.version.deno],
    ["v8", Deno.version.v8],
    ["platform", Deno.build.target],
  ];
  return rows.map(([name, value]) => `${name}: ${value}\n`).join("");
}
