import { attach, BIN, type Postgres } from "./postgres.ts";
import { databaseUserName, succeed, until } from "./program.ts";
import type { Site } from "./site.ts";

/** A server that streams from another one. Disposing stops it. */
export interface Standby extends Postgres {
  /** The options that name it as a pg index, as a section of the configuration has them. */
  settings(key: number): Record<string, string>;
  /** Waits until it has replayed all that its primary has written. */
  caughtUp(): Promise<void>;
}

/** Makes a standby of a server in a folder of the site, reached by a socket of its own, and starts it. */
export async function startStandby(site: Site, primary: Postgres, below = "standby"): Promise<Standby> {
  const socket = `socket-${below}`;
  const user = ["-U", databaseUserName(), "-h", primary.socketFolder];
  const how = [`--pgdata=${site.path(below)}`, "-R", "-X", "stream", "-c", "fast"];
  await succeed(`${BIN}/pg_basebackup`, [...user, ...how]);
  site.makeFolder(socket);
  const standby = attach(site, below, socket);
  standby.configure({ unix_socket_directories: site.path(socket) });
  await standby.start();
  return {
    ...standby,
    settings: (key) => ({ [`pg${key}-path`]: site.path(below), [`pg${key}-socket-path`]: site.path(socket) }),
    async caughtUp() {
      const written = await primary.sql("select pg_current_wal_lsn()");
      await until(
        "the standby has replayed everything",
        async () => await standby.sql(`select pg_last_wal_replay_lsn() >= '${written}'`) === "t",
      );
    },
  };
}
