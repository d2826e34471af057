import { assertEquals, assertMatch } from "@std/assert";
import type { Invocation } from "../../src/cli/invocation.ts";
import { run, titleLine, versionLine, versionNumber } from "../../src/command/version.ts";
import { PEER_VERSION, VERSION } from "../../src/version.ts";
import { load } from "../config/loading.ts";

async function printed(argv: string[]): Promise<string> {
  let text = "";
  const invocation = { configuration: load(argv).configuration, output: (piece: string) => void (text += piece) };
  assertEquals(await run(invocation as unknown as Invocation), 0);
  return text;
}

Deno.test("version shows both versions, one line", async () => {
  assertEquals(await printed(["version"]), `pg_backrest ${VERSION} (pgBackRest ${PEER_VERSION} compatible)\n`);
  assertEquals(await printed(["--version"]), await printed(["version"]));
});

Deno.test("under the peer's name the program shows itself as the peer", () => {
  assertEquals(versionLine("pgbackrest"), `pgBackRest ${PEER_VERSION}`);
  assertEquals([titleLine("pgbackrest"), titleLine("backup")], [
    `pgBackRest ${PEER_VERSION}`,
    `pg_backrest ${VERSION}`,
  ]);
});

Deno.test("the version as a number can be compared, and has no line feed", async () => {
  assertEquals(await printed(["version", "--output=num"]), versionNumber(PEER_VERSION));
  assertEquals([versionNumber("2.59.1"), versionNumber("2.100.12")], ["2059001", "2100012"]);
});

Deno.test("verbose tells how the program was made", async () => {
  const lines = (await printed(["version", "--verbose"])).split("\n");
  assertEquals(lines.map((line) => line.split(":")[0]).slice(1), ["build", "program", "deno", "v8", "platform", ""]);
  assertMatch(lines[1]!, /^build: (run from its sources|single executable, made .*)$/);
  assertEquals(lines[3], `deno: ${Deno.version.deno}`);
});
