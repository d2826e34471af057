import type { Chunk } from "../../storage/storage.ts";
import { formatJson } from "../json.ts";
import { type Pieces, readInfo } from "./container_read.ts";
import { infoBytes, type InfoSections } from "./container_write.ts";
import { optionalText, sectionFields, systemIdOf, textOf } from "./fields.ts";
import { type ClusterEntry, type ClusterHistory, currentCluster, readHistory } from "./history.ts";
import { smallHash } from "./text_hash.ts";

/** archive.info: the clusters whose WAL a stanza holds, and the passphrase of that WAL. */
export interface ArchiveInfo extends ClusterHistory {
  /** Passphrase of the archived files, where the repository is encrypted. */
  cipherPass?: string;
}

/** A new archive.info for the first cluster of a stanza. */
export function newArchiveInfo(cluster: Omit<ClusterEntry, "id">, options: { cipherPass?: string } = {}): ArchiveInfo {
  return { entries: [{ systemId: cluster.systemId, version: cluster.version, id: 1 }], currentId: 1, ...options };
}

/** Reads archive.info (decrypted). Error 29 where it is malformed, 26 where its checksum is wrong. Needs no `node:` module. */
export async function readArchiveInfo(pieces: Pieces, { file }: { file: string }): Promise<ArchiveInfo> {
  const { sections } = await readInfo(pieces, { file, hash: smallHash() });
  const history = readHistory(sections, {
    file,
    readEntry: (id, fields) => ({ id, systemId: systemIdOf(fields, "db-id"), version: textOf(fields, "db-version") }),
  });
  const cipherPass = optionalText(sectionFields(sections, { section: "cipher", file, optional: true }), "cipher-pass");
  return cipherPass === undefined ? history : { ...history, cipherPass };
}

/** archive.info as bytes, before encryption. Pass `writer` to keep the version a file came with. */
export function formatArchiveInfo(info: ArchiveInfo, options: { writer?: string } = {}): Promise<Chunk> {
  return infoBytes(archiveSections(info), { hash: smallHash(), ...options });
}

function archiveSections(info: ArchiveInfo): InfoSections {
  const { id, systemId, version } = currentCluster(info);
  return [
    { name: "cipher", entries: cipherEntries(info.cipherPass) },
    {
      name: "db",
      entries: [
        { key: "db-id", value: formatJson(id) },
        { key: "db-system-id", value: formatJson(systemId) },
        { key: "db-version", value: formatJson(version) },
      ],
    },
    {
      name: "db:history",
      entries: info.entries.map((entry) => ({
        key: String(entry.id),
        value: formatJson({ "db-id": entry.systemId, "db-version": entry.version }),
      })),
    },
  ];
}

/** The line of section `[cipher]`, none for a repository that is not encrypted. */
export function cipherEntries(cipherPass: string | undefined): { key: string; value: string }[] {
  return cipherPass === undefined ? [] : [{ key: "cipher-pass", value: formatJson(cipherPass) }];
}
