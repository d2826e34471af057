import type { OptionTexts } from "./text.ts";

/** Texts of the options of the log. */
export const LOG_TEXTS: OptionTexts = {
  "log-level-console": {
    summary: "Least severe messages on the terminal.",
    text: "* off - nothing (not recommended)\n* error - errors\n* warn - warnings too\n* info - what is being done\n" +
      "* detail - each file\n* debug - inner workings; errors come with a stack trace\n* trace - everything\n\nMessages go " +
      "to stdout, but for those log-level-stderr takes away.",
  },
  "log-level-file": {
    summary: "Least severe messages in the log file.",
    text:
      "Takes the levels of log-level-console. Commands that are run often or only look at things write no file unless " +
      "the option is on the command line.",
  },
  "log-level-stderr": {
    summary: "Least severe messages that go to stderr.",
    text:
      "Takes the levels of log-level-console. These messages then do not go to stdout, and carry neither time nor process " +
      "number. Set it to warn or error where a scheduler mails what it finds on stderr.",
  },
  "log-path": {
    summary: "Folder of the log files.",
    text:
      "The files are called <stanza>-<command>.log and only ever grow: let logrotate or the like take care of them. When " +
      "a file can not be opened there is a warning and the command goes on.",
  },
  "log-subprocess": {
    summary: "Let other processes of a run write log files too.",
    text: "For remote processes, with the level of log-level-file. Their errors reach the main process in any case.",
  },
  "log-timestamp": {
    summary: "Begin each message with date and time.",
    text: "Without it times are also left out of texts, so that the output of two runs can be compared.",
  },
};
