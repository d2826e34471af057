import { fail } from "../../error.ts";
import { type Cluster, CLUSTER_CALLS, type ClusterCall } from "../../postgres/cluster.ts";
import type { Method } from "../../wire/serve.ts";
import type { ClusterHost } from "../cluster/host.ts";

/** The session with the server of this host, as somebody elsewhere uses it. */
export class ServedSession implements AsyncDisposable {
  readonly #host: ClusterHost;
  readonly #ended: AbortSignal;
  #cluster: Cluster | undefined;
  /** Aborted when the session is closed. */
  #closed = new AbortController();

  constructor(host: ClusterHost, ended: AbortSignal) {
    this.#host = host;
    this.#ended = ended;
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
        this.#closed = new AbortController();
        return { settings: cluster.settings, isConfigured };
      },
      "db.watch": () => lossOf(this.cluster, AbortSignal.any([this.#closed.signal, this.#ended])),
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
    this.#closed.abort();
    await cluster?.[Symbol.asyncDispose]();
  }
}

/** Rejects with the reason when the server ends the session; returns when nobody needs it any more. */
async function lossOf({ lost }: Cluster, over: AbortSignal): Promise<void> {
  const either = AbortSignal.any([lost, over]);
  if (!either.aborted) {
    await new Promise<void>((resolve) => either.addEventListener("abort", () => resolve(), { once: true }));
  }
  lost.throwIfAborted();
}
