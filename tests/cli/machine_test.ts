import { assert, assertEquals, assertMatch } from "@std/assert";
import { readConfigFile, readFolder, thisMachine } from "../../src/cli/machine.ts";
import { assertFails } from "../config/loading.ts";

Deno.test("files and folders of the configuration are read, and missed without an error", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.conf`, "[global]\n");
    await Deno.mkdir(`${folder}/b.conf`);
    assertEquals(readConfigFile(`${folder}/a.conf`), "[global]\n");
    assertEquals(readConfigFile(`${folder}/none.conf`), undefined);
    assertEquals(readConfigFile(`${folder}/a.conf/none.conf`), undefined);
    assertEquals(readFolder(folder)?.sort(), ["a.conf", "b.conf"]);
    assertEquals(readFolder(`${folder}/none`), undefined);
    assertFails(
      () => readConfigFile(`${folder}/b.conf`),
      "fileRead",
      `unable to read '${folder}/b.conf': [21] Is a directory`,
    );
    assertFails(() => readFolder(`${folder}/a.conf`), "fileRead", `unable to read '${folder}/a.conf'`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the computer's own answers", () => {
  const machine = thisMachine();
  assertMatch(machine.randomId(), /^[0-9a-f]{8}$/);
  assert(machine.randomId() !== machine.randomId());
  assertEquals([machine.pid, machine.uid], [Deno.pid, Deno.uid()]);
  assert(Math.abs(machine.now().getTime() - Date.now()) < 60_000);
});
