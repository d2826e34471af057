import type { Invocation } from "../../cli/invocation.ts";
import { fail } from "../../error.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { readingStorage } from "../../storage/reading.ts";
import { serveStorage } from "../../storage/serve_storage.ts";
import type { Method, Served } from "../../wire/serve.ts";
import type { ClusterHost } from "../cluster/host.ts";
import { thisClusterHost } from "../cluster/this_host.ts";
import { FILES_AT_A_TIME, type RemoteFile, type RemoteScan, type RemoteTree } from "../cluster/other_host.ts";
import { ServedSession } from "./session.ts";

/**
 * Serves the cluster that the options of this host name: its data folder to be read, links included, because tablespaces
 * are links; a fixed set of questions to its server, none of which carries SQL; and a list of its files.
 */
export function serveCluster({ configuration }: Invocation, ended: AbortSignal): Served {
  const key = configuration.options.keys("pg")[0]!;
  const host = thisClusterHost(configuration, key);
  const folder = readingStorage(configuration.options.need("pg-path", key), ended);
  const storage = serveStorage("pg", folder, { ended, allow: () => {} });
  const session = new ServedSession(host, ended);
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
