import { assertEquals } from "@std/assert";
import { systemAccounts } from "../../src/process/accounts.ts";

Deno.test("users and groups are found by number and by name", () => {
  const accounts = systemAccounts();
  assertEquals([accounts.userName(0), accounts.groupName(0), accounts.userId("root"), accounts.groupId("root")], [
    "root",
    "root",
    0,
    0,
  ]);
});

Deno.test("numbers and names without an entry are told apart from those that have one", () => {
  const accounts = systemAccounts();
  assertEquals(accounts.userName(3999999), false);
  assertEquals(accounts.groupName(3999999), false);
  assertEquals(accounts.userId("no such user"), undefined);
  assertEquals(accounts.userId("0"), undefined, "a name made of digits is no number");
  assertEquals(accounts.userId("--help"), undefined);
});

Deno.test("users have a home folder", () => {
  assertEquals([systemAccounts().home(0), systemAccounts().home(3999999)], ["/root", undefined]);
});
