import { assertEquals } from "@std/assert";
import { cannotBeCarried } from "../../../src/command/cluster/foreign_name.ts";

for (
  const [what, listed, want] of [
    ["an ordinary name", { name: "a", next: "b", reachable: true }, false],
    ["a name that vanished", { name: "a", next: "b", reachable: false }, false],
    ["one with a line feed", { name: "a\nb", next: "b", reachable: true }, true],
    ["one with a carriage return", { name: "a\rb", next: "b", reachable: true }, false],
    ["one that really is the replacement character", { name: "a\ufffd", next: "b", reachable: true }, false],
    ["one that is shown as that and cannot be reached", { name: "a\ufffd", next: undefined, reachable: false }, true],
    ["one that is shown as another one beside it", { name: "a\ufffd", next: "a\ufffd", reachable: true }, true],
  ] as const
) Deno.test(`whether a manifest can carry ${what}`, () => assertEquals(!cannotBeCarried(listed), !want));
