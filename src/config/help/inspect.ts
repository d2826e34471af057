import type { OptionTexts } from "./text.ts";

/** Texts of the options of the commands that look into a repository or tell about the program. */
export const INSPECT_TEXTS: OptionTexts = {
  "archive-ranges": {
    summary: "Show which WAL the archive holds, without what is missing in between.",
    text:
      "For each archive and timeline the ranges of segments without a gap. With JSON each archive gets two more keys: " +
      "range, and missing, which lists the segments that are gone and the backups that cannot be restored without them. " +
      "Missing segments are also shown as text without this option. What expire removed between two backups is not missing.",
  },
  "cipher-pass": {
    summary: "Passphrase of this file.",
    text: "Takes the place of the passphrase that is found from the path of the file.",
  },
  decompress: {
    summary: "Decompress the file.",
    text:
      "By the extension of its name: .gz, .lz4, .zst and .bz2. A file with another one comes as it is. Files within " +
      "bundles cannot be told apart this way.",
  },
  "detail-level": {
    summary: "How much to show.",
    text:
      "* full - stanzas with their archives and backups\n* progress - only names, status and running commands, which " +
      "costs little",
  },
  filter: {
    summary: "Show only names that match this regular expression.",
    text: "An expression that is to match the whole name needs ^ and $.",
    per: {
      manifest: { summary: "Show only the file of this name.", text: "The name as it stands in the manifest." },
    },
  },
  help: {
    summary: "Show help.",
    text: "The same as the command help without arguments.",
  },
  "ignore-missing": {
    summary: "Exit with 1 when the file is missing.",
    text: "Otherwise a missing file is error 55.",
  },
  output: {
    summary: "Format of the output.",
    text: "* text - for people\n* json - for programs",
    per: {
      verify: {
        summary: "Print the result.",
        text: "* none - the result is only logged\n* text - it is printed as well",
      },
      version: {
        summary: "Format of the version.",
        text:
          "* text - name and version\n* num - the version of pgBackRest this program follows as one number that can be " +
          "compared, 2059001 for 2.59.1",
      },
    },
  },
  raw: {
    summary: "Leave encryption alone.",
    text: "The bytes are transferred as they are stored.",
  },
  recurse: {
    summary: "Go into folders.",
    text: "Names are then shown with their path.",
    per: {
      "repo-rm": { summary: "Remove a folder with all it contains.", text: "Without it a folder must be empty." },
    },
  },
  reference: {
    summary: "Show only files stored in this backup.",
    text: "The label of a backup, or latest for the backup itself.",
  },
  "repo-target-time": {
    summary: "Look at the repository as it was at a time.",
    text:
      "For object stores that keep old versions: what was deleted or overwritten since can be seen and restored. It " +
      "needs --repo.",
  },
  report: {
    summary: "Print the configuration as it is understood.",
    text: "One JSON object with environment and files, secrets left out, to go with a report of a problem.",
  },
  set: {
    summary: "Label of the backup.",
    text: "A label looks like 20260131-120000F or, for a backup that builds on another one, " +
      "20260131-120000F_20260201-120000I.",
    per: {
      annotate: { summary: "Label of the backup to annotate.", text: "Labels are shown by info." },
      expire: {
        summary: "Label of the backup to expire.",
        text:
          "The backup is removed with all that depends on it, whatever retention says. No other backup is looked at.",
      },
      info: {
        summary: "Show a single backup in detail.",
        text: "Adds databases, tablespaces, links, notes and page errors. Needs a stanza.",
      },
      manifest: {
        summary: "Label of the backup.",
        text: "Without it the latest backup is meant.",
      },
      restore: {
        summary: "Label of the backup to restore.",
        text: "Without it the backup is chosen: for a target time or LSN the last one before it, else the latest.",
      },
      verify: { summary: "Verify a single backup.", text: "Without it all backups and all WAL are verified." },
    },
  },
  sort: {
    summary: "Order of the names.",
    text: "asc and desc sort by name, none leaves them as they come.",
  },
  verbose: {
    summary: "Say more.",
    text: "Shows more than what needs attention.",
    per: {
      verify: {
        summary: "Show the result even when all is well.",
        text: "Without it the result only names what is wrong.",
      },
      version: {
        summary: "Also show how the program was made.",
        text: "Way of building, path, versions of Deno and of its JavaScript engine, platform.",
      },
    },
  },
  version: {
    summary: "Show the version.",
    text: "The same as the command version.",
  },
};
