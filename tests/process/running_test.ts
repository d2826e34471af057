import { assertEquals } from "@std/assert";
import { isRunning } from "../../src/process/running.ts";

Deno.test("a process runs until it has ended", async () => {
  const child = new Deno.Command("cat", { stdin: "piped" }).spawn();
  assertEquals(isRunning(child.pid), true);
  await child.stdin.close();
  await child.status;
  assertEquals(isRunning(child.pid), false);
});
