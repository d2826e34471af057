import { assertEquals } from "@std/assert";
import { removalWaves } from "../../../src/repository/retention/waves.ts";

Deno.test("a wave has one backup of each set, and what it needs comes in a later one", () => {
  const [first, second] = ["20200101-000000F", "20200108-000000F"];
  const of = (full: string, label: string) => `${full}_${label}`;
  assertEquals(
    removalWaves([
      of(second, "20200109-000000I"),
      second,
      of(first, "20200103-000000I"),
      of(first, "20200102-000000D"),
      first,
    ]),
    [
      [of(second, "20200109-000000I"), of(first, "20200103-000000I")],
      [second, of(first, "20200102-000000D")],
      [first],
    ],
  );
  assertEquals(removalWaves([]), []);
});
