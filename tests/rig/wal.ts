/** WAL segments made by hand, for tests of the archive that need no running server. */
import { makeStanza, type Stanza, type StanzaOptions } from "./stanza.ts";

/** The first segment of a new cluster, which initdb wrote. */
export const FIRST_SEGMENT = "000000010000000000000001";

/** A stanza whose server is stopped and has archived nothing. */
export async function makeQuietStanza(name: string, options: StanzaOptions = {}): Promise<Stanza> {
  const stanza = await makeStanza(name, { ...options, postgres: { archiver: "none", ...options.postgres } });
  await stanza.postgres.stop();
  return stanza;
}

/** Where the number of the cluster stands in the header of a segment. */
const SYSTEM_ID = 24;

/** Far behind everything a header holds. */
const MARK = 4096;

/** What a segment is made like. */
export interface SegmentForm {
  /** Makes the content differ from that of other segments; default: the name. */
  mark?: string;
  /** Makes it a segment of another cluster. */
  foreign?: boolean;
}

/**
 * Writes a segment of the cluster under a name into its pg_wal, and returns its path relative to the data folder, as
 * PostgreSQL gives it.
 */
export function makeSegment({ site, postgres }: Stanza, name: string, form: SegmentForm = {}): string {
  const bytes = Deno.readFileSync(`${postgres.folder}/pg_wal/${FIRST_SEGMENT}`);
  if (form.foreign === true) bytes[SYSTEM_ID]! ^= 1;
  bytes.set(new TextEncoder().encode(form.mark ?? name), MARK);
  const path = `pg_wal/${name}`;
  site.write(`pg/${path}`, bytes, 0o600);
  return path;
}
