import { asError } from "../../error.ts";
import { type Cluster, CLUSTER_CALLS, type ClusterCall, type ServerSettings } from "../../postgres/cluster.ts";
import type { SelectionRules } from "../../postgres/selection.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import { FileTable } from "../../repository/manifest/file_table.ts";
import type { Caller } from "../../wire/call.ts";
import type { ScannedTree } from "../backup/scan.ts";
import type { ClusterHost, FoundServer, Scanned, ScanRequest } from "./host.ts";

/** What the host of a cluster is asked to list. */
export interface RemoteScan {
  rules: SelectionRules;
  tryReading: boolean;
}

/** What it found, apart from the files, and what it had to say, in order. */
export interface RemoteTree extends Omit<ScannedTree, "files"> {
  unreadable: string[];
  said: { level: "warn" | "info"; text: string }[];
}

/** A file of it: name and what is known of it. */
export type RemoteFile = [string, FileData];

/** Files that cross at a time. */
export const FILES_AT_A_TIME = 5000;

/** Another host as that of a cluster; it serves what serveCluster() has. */
export function otherClusterHost(connect: () => Promise<Caller>): ClusterHost {
  const ask = async <T>(method: string, params: unknown = null): Promise<T> =>
    (await (await connect()).call(method, params)).result as T;
  return {
    async connect(): Promise<FoundServer> {
      const { settings, isConfigured } = await ask<{ settings: ServerSettings; isConfigured: boolean }>("db.open");
      return { cluster: remoteCluster(ask, settings), isConfigured };
    },
    scan: (request) => scanThere(ask, request),
    clock: () => ask("clock"),
  };
}

type Ask = <T>(method: string, params?: unknown) => Promise<T>;

/** The questions to a server, asked by its host. */
function remoteCluster(ask: Ask, settings: ServerSettings): Cluster {
  const lost = new AbortController();
  // Fails when the session is lost, and when the connection is: so is the session then.
  ask("db.watch").catch((reason: unknown) => lost.abort(asError(reason)));
  const call = (name: ClusterCall) => (...values: unknown[]) => ask<never>(`db.${name}`, values);
  const calls = Object.fromEntries(CLUSTER_CALLS.map((name) => [name, call(name)])) as unknown as Pick<
    Cluster,
    ClusterCall
  >;
  return {
    ...calls,
    settings,
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      // Where the connection is lost, so is the session.
      await ask("db.close").catch(() => {});
    },
  };
}

async function scanThere(ask: Ask, { rules, tryReading, warn, info, signal }: ScanRequest): Promise<Scanned> {
  const request: RemoteScan = { rules, tryReading };
  const { unreadable, said, ...tree } = await ask<RemoteTree>("scan", request);
  for (const { level, text } of said) (level === "warn" ? warn : info)(text);
  const files = new FileTable({ defaults: tree.defaults.file });
  for (;;) {
    signal.throwIfAborted();
    const portion = await ask<RemoteFile[]>("scanned");
    for (const [name, data] of portion) files.append(name, data);
    if (portion.length === 0) return { tree: { ...tree, files }, unreadable };
  }
}
