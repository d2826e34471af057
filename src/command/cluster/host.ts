import type { Cluster } from "../../postgres/cluster.ts";
import type { SelectionRules } from "../../postgres/selection.ts";
import type { ScannedTree } from "../backup/scan.ts";

/** A server that answered. */
export interface FoundServer {
  cluster: Cluster;
  /** Whether its data folder is the configured one, links followed. */
  isConfigured: boolean;
}

/** What a scan needs to know and whom it tells. */
export interface ScanRequest {
  rules: SelectionRules;
  /** True to open the files of which owner and mode do not say that they can be read. */
  tryReading: boolean;
  /** Name of a tablespace by its oid; not asked where the host can ask its own server. */
  tablespaceName(oid: number): Promise<string | undefined>;
  warn(text: string): void;
  info(text: string): void;
  signal: AbortSignal;
}

/** What a scan found. */
export interface Scanned {
  tree: ScannedTree;
  /** Files that cannot be read, by their path in the data folder; empty where nobody tried. */
  unreadable: string[];
}

/** What a run asks of the host that has a cluster, besides its bytes. */
export interface ClusterHost {
  /** Connects to the server. Errors 56, 57. */
  connect(): Promise<FoundServer>;
  /** Lists the data folder. Errors: see scanCluster(). */
  scan(request: ScanRequest): Promise<Scanned>;
  /** Its clock, in epoch milliseconds. */
  clock(): Promise<number>;
}
