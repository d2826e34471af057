import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../../src/error.ts";
import { formatNote, parseNote, statusOf } from "../../../../src/command/archive/spool/status.ts";

Deno.test("a status without anything to say is an empty file", () => {
  assertEquals(formatNote(undefined), "");
  assertEquals(parseNote("", "a.ok"), undefined);
  assertEquals(statusOf("a", { ok: "", error: undefined }), { ok: true });
});

Deno.test("a note is a code, a line feed and a text of any number of lines, without one at the end", () => {
  const note = { code: 103, text: "unable to find a valid repository:\nrepo1: gone\nHINT: mount it" };
  assertEquals(formatNote(note), "103\nunable to find a valid repository:\nrepo1: gone\nHINT: mount it");
  assertEquals(parseNote(formatNote(note), "a.error"), note);
  assertEquals(statusOf("a", { ok: "0\nalready there", error: undefined }), {
    ok: true,
    note: { code: 0, text: "already there" },
  });
});

Deno.test("what is no status is an error about the file, not a success", () => {
  for (const text of ["\n", "0", "0\n", "x\nmessage", "message", "-1\nmessage", "1000\nmessage"]) {
    const error = assertThrows(() => parseNote(text, "a.ok"), BackRestError, "status file 'a.ok' holds no status");
    assertEquals(error.code, 29);
  }
  assertThrows(() => statusOf("a", { ok: undefined, error: "" }), BackRestError, "'a.error' is empty");
});

Deno.test("a success outweighs an error that was left beside it", () => {
  assertEquals(statusOf("a", { ok: "", error: "25\nold" }), { ok: true });
  assertEquals(statusOf("a", { ok: undefined, error: "25\nold" }), { ok: false, note: { code: 25, text: "old" } });
  assertEquals(statusOf("a", { ok: undefined, error: undefined }), undefined);
});
