import type { CommandName } from "../commands.ts";

/** What help says about an option. */
export interface OptionText {
  /** One sentence; shown in lists without capital and full stop. */
  readonly summary: string;
  /** Paragraphs separated by an empty line; lines that begin with `* ` stay lines. */
  readonly text: string;
  /** Where the option means something else for a command. */
  readonly per?: { readonly [command in CommandName]?: { readonly summary: string; readonly text: string } };
}

/** Texts by option name. */
export type OptionTexts = Readonly<Record<string, OptionText>>;

/** Heading under which a command's help lists an option. */
export type HelpSection = "Command" | "General" | "Log" | "Repository" | "Stanza";
