import { type Postgres, type PostgresOptions, startPostgres } from "./postgres.ts";
import { executable } from "./program.ts";
import { makeSite, type Site, STANZA } from "./site.ts";

/** A site with a running server whose stanza exists. Disposing stops the server and removes the site. */
export interface Stanza extends AsyncDisposable {
  readonly site: Site;
  readonly postgres: Postgres;
  /** Writes the configuration again, with other or further settings in [global] and in the section of the stanza. */
  configure(global?: Record<string, string | null>, stanza?: Record<string, string>): void;
  /** Makes a full backup and returns its label. */
  backup(args?: string[]): Promise<string>;
  openGate(): void;
}

/** What a stanza is made with. */
export interface StanzaOptions {
  /** The site to put it into, which then is not removed with it; default: one of its own. */
  site?: Site;
  /** Settings added to [global]; null takes one away that every site has. */
  global?: Record<string, string | null>;
  /** Settings added to the section of the stanza. */
  stanza?: Record<string, string>;
  postgres?: PostgresOptions;
  /** False leaves out stanza-create. */
  create?: boolean;
  /** True lets no WAL into the archive before `openGate` is called: a backup then waits where it checks the archive. */
  gate?: boolean;
}

/** Starts a server, configures the program for it and creates the stanza. `name` shows in the site's folder. */
export async function makeStanza(name: string, options: StanzaOptions = {}): Promise<Stanza> {
  await using stack = new AsyncDisposableStack();
  const site = options.site ?? stack.use(makeSite(name));
  const configure = (global = options.global, stanza = options.stanza) => {
    const cluster = { "pg1-path": site.path(options.postgres?.folder ?? "pg"), "pg1-socket-path": site.path("socket") };
    site.configure({ global: { ...global }, [STANZA]: { ...cluster, ...stanza } });
  };
  configure();
  const archiver = options.gate === true ? { archiver: makeGate(site) } : {};
  const postgres = stack.use(await startPostgres(site, { ...options.postgres, ...archiver }));
  if (options.create !== false) await site.mustBackrest(["stanza-create"]);
  const whole = stack.move();
  return {
    site,
    postgres,
    configure,
    openGate: () => site.write("open", ""),
    async backup(args = []) {
      const said = await site.mustBackrest(["backup", "--type=full", ...args]);
      const label = /new backup label = (\S+)/.exec(said)?.[1];
      if (label === undefined) throw new Error(`no label in the output of backup:\n${said}`);
      return label;
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** A program for archive_command that fails as long as a file is missing. */
function makeGate(site: Site): string {
  site.write("pgbackrest-gate", `#!/bin/sh\ntest -e ${site.path("open")} && exec ${executable()} "$@"\n`, 0o755);
  return site.path("pgbackrest-gate");
}
