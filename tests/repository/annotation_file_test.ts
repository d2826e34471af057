import { assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { ANNOTATION_NAME, loadAnnotation, saveAnnotation } from "../../src/repository/annotation_file.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { posixStorage } from "../../src/storage/posix.ts";

const LABEL = "20231114-221320F";

/** A repository in a folder of its own. Disposing removes it. */
function makeRepository(): AsyncDisposable & { repository: Repository; path: string } {
  const folder = Deno.makeTempDirSync({ prefix: "annotation-" });
  return {
    repository: { key: 1, stanza: "demo", storage: posixStorage(folder) },
    path: `${folder}/backup/demo/${LABEL}/${ANNOTATION_NAME}`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

for (const passphrase of [undefined, "a passphrase"]) {
  Deno.test(`notes come back as they were kept${passphrase === undefined ? "" : ", encrypted"}`, async () => {
    await using made = makeRepository();
    const backup = { label: LABEL, passphrase };
    assertEquals(await loadAnnotation(made.repository, backup), undefined);
    for (const notes of [{ who: "me", "ü = x": '"two"\nlines' }, { other: "one" }, {}]) {
      await saveAnnotation(made.repository, backup, notes);
      assertEquals(await loadAnnotation(made.repository, backup), notes);
      const stored = new TextDecoder("latin1").decode(Deno.readFileSync(made.path));
      assertEquals(stored.includes("[metadata]"), passphrase === undefined);
    }
  });
}

Deno.test("notes that were damaged are refused", async () => {
  await using made = makeRepository();
  await saveAnnotation(made.repository, { label: LABEL }, { who: "me" });
  const text = Deno.readTextFileSync(made.path);
  const harms: [changed: string, code: number][] = [
    [text.replace('"me"', '"you"'), 26],
    [text.slice(0, text.length / 2), 29],
    ["", 26],
  ];
  for (const [changed, code] of harms) {
    Deno.writeTextFileSync(made.path, changed);
    const error = await assertRejects(() => loadAnnotation(made.repository, { label: LABEL }), BackRestError);
    assertEquals(error.code, code, changed);
  }
});
