import type { Configuration } from "../../../config/configuration.ts";
import { archiveInfoPath } from "../../../repository/layout.ts";
import type { ClusterIdentity } from "../../../repository/info/history.ts";
import { readIfThere, writeWhole } from "./folder.ts";
import { fitsPlaces, formatIdentity, isIdentity, type PlaceIdentity, type SpoolIdentity } from "./identity.ts";

/** The repositories a spool is about, as the configuration names them and as they are found on this host. */
export function placesOf({ options }: Configuration): PlaceIdentity[] {
  return options.selected("repo").map((key) => {
    const host = options.find("repo-host", key) ?? "";
    const type = options.need("repo-type", key);
    const path = options.need("repo-path", key);
    const local = host === "" && (type === "posix" || type === "cifs");
    return {
      key,
      type,
      host,
      path,
      info: local ? fileStamp(`${path}/${archiveInfoPath(options.need("stanza"))}`) : "",
    };
  });
}

/** What tells a file from one that took its place; `missing` where there is none. */
export function fileStamp(path: string): string {
  try {
    const { dev, ino, mtime } = Deno.statSync(path);
    return [dev, ino, mtime?.getTime()].join("-");
  } catch {
    return "missing";
  }
}

/** Whether what lies in the spool is about this cluster and these repositories; cheap, for every start. */
export function isSpoolValid(file: string, configuration: Configuration, cluster: ClusterIdentity): boolean {
  return fitsPlaces(readIfThere(file), { ...cluster, places: placesOf(configuration) });
}

/**
 * Makes the spool one about this cluster and these repositories: where it was about others, `forget` removes what it
 * holds before the new identity is written.
 */
export async function claimSpool(
  file: string,
  configuration: Configuration,
  { cluster, archiveIds, forget }: {
    cluster: ClusterIdentity;
    /** By key of the repository. */
    archiveIds: ReadonlyMap<number, string[]>;
    forget(): void;
  },
): Promise<void> {
  const repositories = placesOf(configuration).map((place) => ({
    ...place,
    archiveIds: archiveIds.get(place.key) ?? [],
  }));
  const identity: SpoolIdentity = { version: cluster.version, systemId: String(cluster.systemId), repositories };
  if (isIdentity(readIfThere(file), identity)) return;
  forget();
  await writeWhole(file, formatIdentity(identity));
}
