import type { Invocation } from "../../cli/invocation.ts";
import { fail } from "../../error.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { type Cluster, CLUSTER_CALLS, type ClusterCall } from "../../postgres/cluster.ts";
import { readingStorage } from "../../storage/reading.ts";
import { serveStorage } from "../../storage/serve_storage.ts";
import type { Method, Served } from "../../wire/serve.ts";
import type { ClusterHost } from "../cluster/host.ts";
import { thisClusterHost } from "../cluster/this_host.ts";
import { FILES_AT_A_TIME, type RemoteFile, type RemoteScan, type RemoteTree } from "../cluster/other_host.ts";

/**
 * Serves the cluster that the options of this host name: its data folder to be read, links included, because tablespaces
 * are links; a fixed set of questions to its server, none of which carries SQL; and a list of its files.
 */
export function serveCluster({ configuration }: Invocation, ended: AbortSignal): Served {
  const key = configuration.options.keys("pg")[0]!;
  const host = thisClusterHost(configuration, key);
  const folder = readingStorage(configuration.options.need("pg-path", key), ended);
  const storage = serveStorage("pg", folder, { ended, allow: () => {} });
  const session = new ServedSession(host);
  return {
    methods: {
      ...storage.methods,
      ...session.methods(),
      ...scanMethods(host, session, ended),
      clock: () => host.clock(),
    },
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

/** The session with the server of this host, as somebody elsewhere uses it. */
class ServedSession implements AsyncDisposable {
  readonly #host: ClusterHost;
  #cluster: Cluster | undefined;

  constructor(host: ClusterHost) {
    this.#host = host;
  }

  get cluster(): Cluster {
    return this.#cluster ?? fail("protocol", "no session with the server is open");
  }

  /** The server's name of a tablespace; offline there is nobody to ask. */
  async tablespaceName(oid: number): Promise<string | undefined> {
    if (this.#cluster === undefined) return `ts${oid}`;
    return (await this.#cluster.tablespaces()).find((tablespace) => tablespace.oid === oid)?.name;
  }

  methods(): Record<string, Method> {
    const calls = Object.fromEntries(CLUSTER_CALLS.map((name) => [`db.${name}`, this.#call(name)]));
    return {
      ...calls,
      "db.open": async () => {
        const { cluster, isConfigured } = await this.#host.connect();
        await this[Symbol.asyncDispose]();
        this.#cluster = cluster;
        return { settings: cluster.settings, isConfigured };
      },
      "db.watch": () => lossOf(this.cluster),
      "db.close": () => this[Symbol.asyncDispose](),
    };
  }

  #call(name: ClusterCall): Method {
    return (params) => {
      const values = Array.isArray(params) ? params : [];
      // A value is bound to a statement of ours, or not used at all.
      if (!values.every((value) => typeof value === "string" || typeof value === "boolean")) {
        fail("protocol", `call '${name}' with values that are none`);
      }
      return (this.cluster[name] as (...values: (string | boolean)[]) => Promise<unknown>)(...values);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await cluster?.[Symbol.asyncDispose]();
  }
}

/** Rejects with the reason when the server ends the session. */
async function lossOf({ lost }: Cluster): Promise<never> {
  if (!lost.aborted) {
    await new Promise<void>((resolve) => lost.addEventListener("abort", () => resolve(), { once: true }));
  }
  throw lost.reason;
}

function scanMethods(host: ClusterHost, session: ServedSession, ended: AbortSignal): Record<string, Method> {
  let files: Iterator<RemoteFile> | undefined;
  return {
    scan: async (params): Promise<RemoteTree> => {
      const { rules, tryReading } = params as RemoteScan;
      const said: RemoteTree["said"] = [];
      const { tree: { files: found, ...tree }, unreadable } = await host.scan({
        rules,
        tryReading,
        tablespaceName: (oid) => session.tablespaceName(oid),
        warn: (text) => void said.push({ level: "warn", text }),
        info: (text) => void said.push({ level: "info", text }),
        signal: ended,
      });
      files = listed(found);
      return { ...tree, unreadable, said };
    },
    scanned: () => portion(files ?? fail("protocol", "nothing was scanned")),
  };
}

function portion(files: Iterator<RemoteFile>): RemoteFile[] {
  const found: RemoteFile[] = [];
  while (found.length < FILES_AT_A_TIME) {
    const { done, value } = files.next();
    if (done === true) break;
    found.push(value);
  }
  return found;
}

function* listed(files: FileTable): Generator<RemoteFile> {
  for (const row of files.rows()) yield [files.name(row), files.stored(row)];
}
