import { assertEquals } from "@std/assert";
import { surveyLabels } from "../../../src/command/verify/labels.ts";

const [F1, D1, F2] = ["20260101-100000F", "20260101-100000F_20260102-100000D", "20260103-100000F"] as const;

Deno.test("folders and what backup.info lists come together, oldest first", () => {
  assertEquals(surveyLabels([F2, D1], [F1, D1]), { labels: [F1, D1, F2], current: F2 });
  assertEquals(surveyLabels([F1, D1, F2], [F1, D1, F2]), { labels: [F1, D1, F2], current: undefined });
  assertEquals(surveyLabels([], [F1]), { labels: [F1], current: undefined });
  assertEquals(surveyLabels([], []), { labels: [], current: undefined });
});

Deno.test("only the newest folder may be a backup under way", () => {
  assertEquals(surveyLabels([F1, F2], [F2]).current, undefined);
  assertEquals(surveyLabels([F1], [F2]).current, F1);
});
