import { archiveInfoPath, backupInfoPath, copyOf, HISTORY_NAME, MANIFEST_NAME } from "../../repository/layout.ts";
import { ANNOTATION_NAME } from "../../repository/annotation_file.ts";
import type { KeyRef } from "../../stream/stage.ts";
import { JOURNAL_NAME } from "../backup/journal.ts";

/** What a path of a repository is the path of, as far as keys go. */
export interface StoredForm {
  kind: "archiveInfo" | "backupInfo" | "manifest" | "annotation" | "journal" | "history" | "data";
  path: string;
  stanza: string;
  /** Label of the backup it belongs to. */
  label?: string;
  /** Levels of the keys it can be encrypted with. */
  levels: readonly KeyRef["level"][];
}

/** The form of a path relative to the root. */
export function formOf(path: string): StoredForm {
  const [family, stanza = "", third = "", ...rest] = path.split("/");
  const name = rest.join("/");
  const form = (kind: StoredForm["kind"], level: KeyRef["level"]): StoredForm => ({
    kind,
    path,
    stanza,
    ...(family === "backup" && kind !== "backupInfo" ? { label: third } : {}),
    levels: [level],
  });
  if (isOrCopy(path, archiveInfoPath(stanza))) return form("archiveInfo", "repository");
  if (isOrCopy(path, backupInfoPath(stanza))) return form("backupInfo", "repository");
  if (family !== "backup") return form("data", "archive");
  if (third === HISTORY_NAME) return form("history", "backupInfo");
  if (isOrCopy(name, MANIFEST_NAME)) return form("manifest", "backupInfo");
  if (name === ANNOTATION_NAME) return form("annotation", "backupInfo");
  if (name === JOURNAL_NAME) return form("journal", "backupInfo");
  return form("data", "set");
}

function isOrCopy(path: string, name: string): boolean {
  return path === name || path === copyOf(name);
}
