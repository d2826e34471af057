/** A repository as far as it tells what a spool is about. */
export interface PlaceIdentity {
  key: number;
  type: string;
  /** Empty for this host. */
  host: string;
  path: string;
  /**
   * Which archive.info lies there (device, inode and time): another one belongs to a repository that was replaced,
   * restored or made anew. Empty where it lies on another host.
   */
  info: string;
}

/** What the status files and segments of a spool are true of. */
export interface SpoolIdentity {
  version: string;
  systemId: string;
  repositories: (PlaceIdentity & { archiveIds: string[] })[];
}

/** The identity as it lies in the spool: JSON, so that a person can read it. */
export function formatIdentity(identity: SpoolIdentity): string {
  return JSON.stringify(identity, undefined, 2) + "\n";
}

/** Whether the identity that lies in the spool is this one to the letter. */
export function isIdentity(stored: string | undefined, identity: SpoolIdentity): boolean {
  return stored === formatIdentity(identity);
}

/**
 * Whether the stored identity is that of this cluster and these repositories, for those who do not want to ask the
 * repositories for their archive ids: these follow from the archive.info that lies there.
 */
export function fitsPlaces(
  stored: string | undefined,
  { version, systemId, places }: { version: string; systemId: bigint; places: readonly PlaceIdentity[] },
): boolean {
  if (stored === undefined) return false;
  const known = parse(stored);
  if (known?.repositories.length !== places.length) return false;
  const repositories = places.map((place, i) => ({ ...place, archiveIds: known.repositories[i]!.archiveIds }));
  return isIdentity(stored, { version, systemId: String(systemId), repositories });
}

function parse(text: string): SpoolIdentity | undefined {
  try {
    const found = JSON.parse(text) as Partial<SpoolIdentity> | null;
    return Array.isArray(found?.repositories) ? found as SpoolIdentity : undefined;
  } catch {
    return undefined;
  }
}
