import type { Invocation } from "../../cli/invocation.ts";
import { fail } from "../../error.ts";
import { CONTROL_PATH, type ControlData } from "../../postgres/control.ts";
import type { SelectionRules } from "../../postgres/selection.ts";
import {
  type ClusterFiles,
  clusterFiles,
  connectClusters,
  type LiveCluster,
  needPrimary,
  readControl,
} from "../cluster/connect.ts";
import { CONTROL_NAME } from "./names.ts";
import { clusterHost } from "../cluster/open_host.ts";
import type { ScannedTree } from "./scan.ts";
import { chooseStandby } from "./standby.ts";

/** The cluster that is backed up. Disposing closes its session, which makes PostgreSQL drop a backup under way. */
export interface BackupSource extends AsyncDisposable {
  readonly files: ClusterFiles;
  readonly control: ControlData;
  /** The server; absent offline. */
  readonly live?: LiveCluster;
  /** A standby of it that most files are copied from. */
  readonly standby?: LiveCluster;
  /** Epoch milliseconds by the clock of the host that has the files. */
  clock(): Promise<number>;
  /** Name of a tablespace, undefined when the cluster has none of that number. */
  tablespaceName(oid: number): Promise<string | undefined>;
}

/** Finds the cluster: the primary that answers, or offline the files of the first index. Errors 56, 38. */
export async function openSource(invocation: Invocation): Promise<BackupSource> {
  return invocation.configuration.options.get("online") ? await openOnline(invocation) : await openOffline(invocation);
}

async function openOnline(invocation: Invocation): Promise<BackupSource> {
  const clusters = await connectClusters(invocation);
  try {
    const live = needPrimary(clusters);
    const standby = chooseStandby(invocation, clusters);
    let known = await live.cluster.tablespaces();
    const find = (oid: number) => known.find((tablespace) => tablespace.oid === oid)?.name;
    return {
      files: live,
      control: live.control,
      live,
      ...(standby === undefined ? {} : { standby }),
      clock: live.cluster.clock,
      async tablespaceName(oid) {
        if (find(oid) === undefined) known = await live.cluster.tablespaces();
        return find(oid);
      },
      [Symbol.asyncDispose]: () => clusters[Symbol.asyncDispose](),
    };
  } catch (error) {
    await clusters[Symbol.asyncDispose]();
    throw error;
  }
}

async function openOffline(invocation: Invocation): Promise<BackupSource> {
  const { configuration: { options }, log } = invocation;
  const files = clusterFiles(invocation, options.keys("pg")[0]!);
  const host = await clusterHost(invocation, files.key);
  const { control } = await readControl(files);
  if (options.get("backup-standby") !== "n") {
    log.warn("option backup-standby is enabled but backup is offline - backups will be performed from the primary");
  }
  if (await files.storage.info("postmaster.pid") !== undefined) {
    if (!options.get("force")) {
      fail("pgRunning", "--no-online passed but postmaster.pid exists - looks like PostgreSQL is running", {
        hint: "shut it down and try again, or use --force.",
      });
    }
    log.warn(
      "--no-online passed and postmaster.pid exists but --force was passed so backup will continue: it is probably not consistent",
    );
  }
  return {
    files,
    control,
    clock: host.clock,
    tablespaceName: (oid) => Promise.resolve(`ts${oid}`),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Lists the files of a source. */
export async function scanSource(
  invocation: Invocation,
  { files, tablespaceName }: BackupSource,
  rules: SelectionRules,
): Promise<ScannedTree> {
  const { log, signal } = invocation;
  const tools = { warn: log.warn, info: log.info, signal };
  const host = await clusterHost(invocation, files.key);
  const { tree } = await host.scan({ rules, tablespaceName, tryReading: false, ...tools });
  if (tree.files.find(CONTROL_NAME) !== undefined) return tree;
  fail("fileMissing", `pg_control must be present in all backups, but '${files.pgPath}/${CONTROL_PATH}' is missing`, {
    hint: "is option exclude too broad?",
  });
}
