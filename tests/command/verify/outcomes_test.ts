import { assertEquals } from "@std/assert";
import { type Outcome, Outcomes } from "../../../src/command/verify/outcomes.ts";

const ALL: readonly Outcome[] = ["valid", "missing", "checksum", "size", "other"];

Deno.test("what became of a hundred thousand files is found again", () => {
  const outcomes = new Outcomes();
  const key = (file: number) => `backup/demo/20260101-100000F/pg_data/base/1/${file}.gz`;
  for (let file = 0; file < 100_000; file++) outcomes.set(key(file), ALL[file % ALL.length]!);
  assertEquals(outcomes.size, 100_000);
  let wrong = 0;
  for (let file = 0; file < 100_000; file++) if (outcomes.get(key(file)) !== ALL[file % ALL.length]) wrong++;
  for (let file = 100_000; file < 200_000; file++) if (outcomes.get(key(file)) !== undefined) wrong++;
  assertEquals(wrong, 0);
});

Deno.test("a later outcome takes the place of an earlier one", () => {
  const outcomes = new Outcomes();
  outcomes.set("a", "valid");
  outcomes.set("a", "size");
  assertEquals([outcomes.get("a"), outcomes.size], ["size", 1]);
});

Deno.test("cleared outcomes know nothing", () => {
  const outcomes = new Outcomes();
  for (let file = 0; file < 5000; file++) outcomes.set(`${file}`, "valid");
  outcomes.clear();
  assertEquals([outcomes.get("1"), outcomes.get("4999"), outcomes.size], [undefined, undefined, 0]);
});
