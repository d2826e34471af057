/** Addresses of the slots that hold the addresses of these functions of libc. */
export type Slots = Readonly<Record<"getenv" | "setenv" | "unsetenv" | "getcwd" | "chdir", number>>;

/**
 * One thing to do before the entry: change a variable, or go to a folder where the current one was removed. Numbers are
 * addresses of strings that end in a zero byte.
 */
export type Step =
  | { readonly action: "unset"; readonly name: number }
  | { readonly action: "set"; readonly name: number; readonly value: number | "argv0"; readonly keep: boolean }
  | { readonly action: "copy"; readonly name: number; readonly to: number }
  | { readonly action: "leaveRemoved"; readonly folder: number };

/** What to encode; all numbers are addresses relative to where the file is loaded. */
export interface Plan {
  /** Of the first instruction. */
  readonly start: number;
  /** Of the original entry. */
  readonly entry: number;
  readonly slots: Slots;
  readonly steps: readonly Step[];
  /** Of the arguments that go between argv[0] and the user's; an even number, so that the stack stays aligned. */
  readonly args: readonly number[];
}
