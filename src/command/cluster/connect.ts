import type { Invocation } from "../../cli/invocation.ts";
import { type Context, openDataFolder } from "../../context.ts";
import { asError, errorText, fail } from "../../error.ts";
import type { Cluster } from "../../postgres/cluster.ts";
import { CONTROL_PATH, CONTROL_SIZE, type ControlData, readControlStable } from "../../postgres/control.ts";
import type { Storage } from "../../storage/storage.ts";
import { clusterHost } from "./open_host.ts";

/** The files of a cluster. */
export interface ClusterFiles {
  /** Its index in the option names: 1 for `pg1-path`. */
  readonly key: number;
  readonly pgPath: string;
  readonly storage: Storage;
}

/** A cluster that answers. */
export interface LiveCluster extends ClusterFiles {
  readonly cluster: Cluster;
  readonly control: ControlData;
  /** Whether the server has the configured data folder. */
  readonly isConfigured: boolean;
}

/** The servers found. Disposing closes their sessions. */
export interface Clusters extends AsyncDisposable {
  readonly primary: LiveCluster | undefined;
  readonly standby: LiveCluster | undefined;
}

/** The files of a pg index. */
export function clusterFiles(context: Context, key: number): ClusterFiles {
  return { key, pgPath: context.configuration.options.need("pg-path", key), storage: openDataFolder(context, key) };
}

/** pg_control of a cluster and the bytes it was read from. */
export async function readControl(files: ClusterFiles): Promise<{ control: ControlData; bytes: Uint8Array }> {
  return await readControlStable(async () => {
    using source = await files.storage.read(CONTROL_PATH, { length: CONTROL_SIZE });
    return await source.next() ?? new Uint8Array(0);
  });
}

/**
 * Connects to every configured server; one that does not answer is a warning. The first standby is kept, the rest are
 * closed. Error 56 for two primaries.
 */
export async function connectClusters(invocation: Invocation): Promise<Clusters> {
  const open: LiveCluster[] = [];
  const close = async () => {
    for (const { cluster } of open.splice(0)) await cluster[Symbol.asyncDispose]();
  };
  let primary: LiveCluster | undefined;
  let standby: LiveCluster | undefined;
  try {
    for (const key of invocation.configuration.options.keys("pg")) {
      const live = await tryConnect(invocation, key);
      if (live === undefined) continue;
      if (live.cluster.settings.inRecovery && standby !== undefined) {
        await live.cluster[Symbol.asyncDispose]();
        continue;
      }
      open.push(live);
      if (live.cluster.settings.inRecovery) standby = live;
      else if (primary === undefined) primary = live;
      else fail("dbConnect", "more than one primary cluster found");
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { primary, standby, [Symbol.asyncDispose]: close };
}

async function tryConnect(invocation: Invocation, key: number): Promise<LiveCluster | undefined> {
  try {
    return await connect(invocation, key);
  } catch (thrown) {
    const error = asError(thrown);
    invocation.log.warn(`unable to check pg${key}: [${error.name}] ${errorText(error)}`);
    return undefined;
  }
}

async function connect(invocation: Invocation, key: number): Promise<LiveCluster> {
  const files = clusterFiles(invocation, key);
  const { cluster, isConfigured } = await (await clusterHost(invocation, key)).connect();
  try {
    return { ...files, cluster, isConfigured, control: (await readControl(files)).control };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** The primary; error 56 when none was found. */
export function needPrimary({ primary, standby }: Clusters): LiveCluster {
  return primary ?? fail("dbConnect", "no database found", {
    hint: standby === undefined
      ? "check the pg options (pg-path, pg-socket-path, pg-port, pg-user); the warnings above say what each server answered."
      : "only a standby answered: is the primary running and configured as another pg index?",
  });
}
