import { assertThrows } from "@std/assert";
import { checkForm } from "../../../src/command/verify/file_form.ts";
import { BackRestError } from "../../../src/error.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("history files that look like it are accepted", () => {
  checkForm("timelineHistory", bytes("1\t0/3000000\tno recovery target specified\n"), { file: "00000002.history" });
  checkForm("backupHistory", bytes("START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"), { file: "x" });
});

Deno.test("history files of something else are errors of format", () => {
  const cases: ["timelineHistory" | "backupHistory", string][] = [
    ["timelineHistory", ""],
    ["timelineHistory", "# nothing but a comment\n"],
    ["timelineHistory", "garbage\n"],
    ["backupHistory", ""],
    ["backupHistory", "STOP WAL LOCATION: 0/2000028\n"],
  ];
  for (const [form, text] of cases) {
    assertThrows(() => checkForm(form, bytes(text), { file: "x" }), BackRestError, undefined, `${form}: ${text}`);
  }
});
