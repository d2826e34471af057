import { assertEquals, assertRejects } from "@std/assert";
import { BackRestError, type ErrorKind } from "../../../src/error.ts";
import { loadEither } from "../../../src/repository/info/copies.ts";

const CASES: { name: string; main?: ErrorKind; copy?: ErrorKind; want: ErrorKind | "main" | "copy" }[] = [
  { name: "both good", want: "main" },
  { name: "main damaged", main: "checksum", want: "copy" },
  { name: "main missing", main: "fileMissing", want: "copy" },
  { name: "copy damaged", copy: "checksum", want: "main" },
  { name: "both missing", main: "fileMissing", copy: "fileMissing", want: "fileMissing" },
  { name: "both damaged alike", main: "checksum", copy: "checksum", want: "checksum" },
  { name: "main damaged, copy missing", main: "format", copy: "fileMissing", want: "format" },
  { name: "main missing, copy damaged", main: "fileMissing", copy: "crypto", want: "crypto" },
  { name: "damaged in two ways", main: "format", copy: "checksum", want: "fileOpen" },
];

for (const { name, main, copy, want } of CASES) {
  Deno.test(`a file with a copy is loaded: ${name}`, async () => {
    const load = (path: string): Promise<string> => {
      const kind = path.endsWith(".copy") ? copy : main;
      return kind === undefined ? Promise.resolve(path) : Promise.reject(new BackRestError(kind, `${path} is bad`));
    };
    if (want === "main" || want === "copy") {
      const loaded = await loadEither("x.info", load);
      assertEquals(loaded.value, want === "main" ? "x.info" : "x.info.copy");
      assertEquals(loaded.path, loaded.value);
      assertEquals(loaded.mainError?.kind, want === "copy" ? main : undefined);
    } else {
      const error = await assertRejects(() => loadEither("x.info", load), BackRestError);
      assertEquals(error.kind, want);
      assertEquals(error.message.split("\n")[0], "unable to load info file 'x.info' or 'x.info.copy':");
      assertEquals(error.message.includes("x.info is bad") && error.message.includes("x.info.copy is bad"), true);
    }
  });
}
