import type { EnvironmentFacts } from "./boot.ts";
import type { Launch } from "./trampoline.ts";

/** Permissions as a set of deno.json's `permissions` states them: all of a kind, or those named. */
export type Permissions = Readonly<Record<string, boolean | readonly string[]>>;

/** The user's settings for Deno or Node as such, which must not reach this program. */
const FOREIGN = [
  "NODE_OPTIONS",
  "NODE_CHANNEL_FD",
  "DENO_V8_FLAGS",
  "DENO_PERMISSION_BROKER_PATH",
  "DENO_TRACE_PERMISSIONS",
  "DENO_AUDIT_PERMISSIONS",
  "DENO_COVERAGE_DIR",
  "DENO_AUTO_SERVE",
  "DENO_COMPAT",
  "DENO_LOG",
  "DENO_UNSTABLE_CONTROL_SOCK",
  "OTEL_DENO",
];

/** Without the first Deno asks the network for updates; a cache folder that cannot be made keeps homes clean. */
const NEEDED = { DENO_NO_UPDATE_CHECK: "1", DENO_DIR: "/dev/null/pg_backrest" };

/** Keeps Deno from `~/.npmrc`, which is none of its business here and stops it when it cannot be read. */
const NO_HOME = { HOME: "/nonexistent" };

/** Keeps colours out of Deno's own messages; the value tells it from the user's wish. */
const DEFAULTS = { NO_COLOR: "pg_backrest" };

/** What the program must know to give the environment back its form (src/process/self.ts). */
export const ENVIRONMENT: EnvironmentFacts = {
  calledAs: "PG_BACKREST_ARGV0",
  home: "PG_BACKREST_HOME",
  environment: { ...NEEDED, ...DEFAULTS },
};

/**
 * Settings of the engine, the same for both ways of building. What the program makes lives either for an instant or to the
 * end, so a nursery of 4 MiB in each thread collects as well as one of 32 and takes some 50 MB less with two workers.
 */
export const ENGINE = "--v8-flags=--max-semi-space-size=4";

/** How the executable starts: `deno run` of a boot module, closed to prompts, network imports and settings files. */
export function launchOf(boot: string, permissions: Permissions): Launch {
  const closed = ["--no-prompt", "--no-remote", "--no-npm", "--cached-only", "--quiet", "--no-config", "--no-lock"];
  const args = ["run", ...permissionFlags(permissions), ...closed, "--no-code-cache", ENGINE, boot];
  if (args.length % 2 === 1) args.splice(-1, 0, "--no-check");
  const { home, calledAs } = ENVIRONMENT;
  const set = { ...NEEDED, ...NO_HOME };
  return { args, unset: [...FOREIGN, home], copy: { HOME: home }, set, defaults: DEFAULTS, calledAs };
}

/** The same permissions as flags of `deno run`. */
export function permissionFlags(permissions: Permissions): string[] {
  return Object.entries(permissions).flatMap(([kind, value]) => {
    if (value === false) return [];
    return [value === true ? `--allow-${kind}` : `--allow-${kind}=${value.join(",")}`];
  });
}
