import { compareLabels } from "../../repository/label.ts";

/** What may be a backup of a stanza. */
export interface LabelSurvey {
  /** Label folders and what backup.info lists, ascending. */
  labels: string[];
  /** The newest folder, when backup.info does not list it: a backup may be under way there. */
  current: string | undefined;
}

/** Puts label folders and the labels of backup.info together. */
export function surveyLabels(folders: readonly string[], listed: readonly string[]): LabelSurvey {
  const newest = [...folders].sort(compareLabels).at(-1);
  return {
    labels: [...new Set([...folders, ...listed])].sort(compareLabels),
    current: newest === undefined || listed.includes(newest) ? undefined : newest,
  };
}
