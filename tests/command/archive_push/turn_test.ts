import { assertEquals, assertThrows } from "@std/assert";
import { awaitTurn, breakTurn, newTurn, passTurn, resetTurn } from "../../../src/command/archive_push/turn.ts";

const NO_CHECK = () => {};
const END = () => {
  throw new Error("cancelled");
};

Deno.test("a file may be published when all before it are", () => {
  const turn = newTurn();
  assertEquals(awaitTurn(turn, 0, END), true);
  assertThrows(() => awaitTurn(turn, 1, END), Error, "cancelled");
  passTurn(turn, 0);
  assertEquals(awaitTurn(turn, 1, END), true);
});

Deno.test("a file that is done twice does not let another one pass too early", () => {
  const turn = newTurn();
  passTurn(turn, 1);
  passTurn(turn, 0);
  passTurn(turn, 0);
  assertEquals(awaitTurn(turn, 1, END), true);
  assertThrows(() => awaitTurn(turn, 2, END));
});

Deno.test("after a failure only what stands before the failed file gets its turn, until the next run", () => {
  const turn = newTurn();
  passTurn(turn, 0);
  breakTurn(turn, 3);
  breakTurn(turn, 2);
  assertEquals(awaitTurn(turn, 1, NO_CHECK), true);
  assertEquals([3, 4].map((number) => awaitTurn(turn, number, NO_CHECK)), [false, false]);
  passTurn(turn, 1);
  assertEquals(awaitTurn(turn, 2, NO_CHECK), true);
  assertEquals(awaitTurn(turn, 3, NO_CHECK), false);
  resetTurn(turn);
  assertEquals(awaitTurn(turn, 0, NO_CHECK), true);
});
