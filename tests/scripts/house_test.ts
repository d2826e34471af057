/** The rules of the house that a reader can see but no compiler checks. */
import { assert, assertEquals } from "@std/assert";
import { functionsOf, listFiles, readSources, ROOT, type Source, tablesOf } from "./source.ts";

/** From the roof down; a module imports from its own floor and from those below it. */
const FLOORS = [
  "main.ts",
  "router.ts",
  "command/",
  "context.ts",
  "cli/",
  "config/",
  "process/",
  "repository/",
  "postgres/",
  "storage/",
  "wire/",
  "stream/",
];

/** Below all floors: open to everybody, and to each other. */
const GROUND = ["error.ts", "log.ts", "version.ts"];

const SOURCES = readSources();

function floorOf(path: string): number {
  if (GROUND.includes(path)) return FLOORS.length;
  return FLOORS.findIndex((floor) => floor.endsWith("/") ? path.startsWith(floor) : path === floor);
}

function source(path: string): Source | undefined {
  return SOURCES.find((candidate) => candidate.path === path);
}

Deno.test("the repository holds what belongs there and nothing else", () => {
  const ignored = Deno.readTextFileSync(`${ROOT}.gitignore`).split("\n").map((line) => line.replaceAll("/", ""));
  const found = [...Deno.readDirSync(ROOT)].map(({ name }) => name);
  const visible = found.filter((name) => !name.startsWith(".") && !ignored.includes(name));
  assertEquals(
    visible.sort(),
    ["LICENSE", "README.md", "deno.json", "deno.lock", "scripts", "src", "tests"],
  );
});

Deno.test("every module stands on a floor", () => {
  assertEquals(SOURCES.filter(({ path }) => floorOf(path) < 0).map(({ path }) => path), []);
});

Deno.test("modules import from their own floor and from those below", () => {
  const wrong = SOURCES.flatMap(({ path, imports }) =>
    imports.filter(({ target }) => target !== undefined && floorOf(target) < floorOf(path))
      .map(({ target }) => `${path} imports ${target}`)
  );
  assertEquals(wrong, []);
});

Deno.test("every relative import names a file that exists", () => {
  const wrong = SOURCES.flatMap(({ path, imports }) =>
    imports.filter(({ target }) => target !== undefined && !source(target)).map(({ target }) => `${path}: ${target}`)
  );
  assertEquals(wrong, []);
});

Deno.test("no module imports itself by a detour", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (trail.includes(path) || done.has(path)) return;
    for (const { target } of source(path)?.imports ?? []) {
      if (target !== undefined) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of SOURCES) visit(path, []);
  assertEquals(circles, []);
});

Deno.test("modules of Node and packages are loaded only by the function that needs them", () => {
  const wrong = SOURCES.flatMap(({ path, imports }) =>
    imports.filter(({ target, dynamic, typeOnly }) => target === undefined && !dynamic && !typeOnly)
      .map(({ specifier }) => `${path} imports ${specifier}`)
  );
  assertEquals(wrong, []);
});

Deno.test("what a module exports never changes, for the executable would not notice", () => {
  const wrong = SOURCES.filter(({ code }) => {
    const lists = [...code.matchAll(/^export \{([^}]*)\};/gm)].flatMap(([, names]) =>
      (names ?? "").match(/\w+/g) ?? []
    );
    return /^export (?:let|var)\b/m.test(code) ||
      lists.some((name) => new RegExp(`^(?:let|var) ${name}\\b`, "m").test(code));
  });
  assertEquals(wrong.map(({ path }) => path), []);
});

Deno.test("only main.ts ends the process", () => {
  const wrong = SOURCES.filter(({ code }) => /\bDeno\.exit\b|\bDeno\.exitCode\b/.test(code)).map(({ path }) => path);
  assertEquals(wrong.filter((path) => path !== "main.ts"), []);
});

Deno.test("nothing reads /proc or /sys, which the executable may not", () => {
  assertEquals(SOURCES.filter(({ code }) => /["'`]\/(?:proc|sys)\//.test(code)).map(({ path }) => path), []);
});

Deno.test("names tell what a file is about", () => {
  const drawers = /(?:^|\/)(?:utils?|common|helpers?|types|misc|shared)(?:\/|\.ts$)/;
  const wrong = SOURCES.map(({ path }) => path).filter((path) => drawers.test(path) || !/^[a-z0-9_/]+\.ts$/.test(path));
  assertEquals(wrong, []);
});

Deno.test("no work is left for later and no check is switched off", () => {
  const marks = /\bTODO\b|\bFIXME\b|\bXXX\b|@ts-(?:ignore|expect-error|nocheck)|deno-(?:lint|fmt)-ignore/;
  assertEquals(SOURCES.filter(({ text }) => marks.test(text)).map(({ path }) => path), []);
});

Deno.test("files are short: 400 lines at most, tables apart", () => {
  const lengths = SOURCES.map(({ path, text }) => ({ path, lines: linesOfCode(text) }));
  assertEquals(lengths.filter(({ lines }) => lines > 400), []);
  assertAtMost(lengths.map(({ lines }) => lines), { median: 90, p90: 250 });
});

Deno.test("functions are short: 80 lines at most", () => {
  const functions = SOURCES.flatMap(({ path, text }) => functionsOf(text).map((found) => ({ path, ...found })));
  assertEquals(functions.filter(({ length }) => length > 80), []);
  assertAtMost(functions.map(({ length }) => length), { median: 10, p90: 35 });
});

Deno.test("every unit test stands where the module it tests stands", () => {
  const apart = ["rig/", "integration/", "interop/", "bench/", "scripts/"];
  const tests = listFiles(`${ROOT}tests`).filter((path) => path.endsWith("_test.ts"));
  const wrong = tests.filter((path) => !apart.some((folder) => path.startsWith(folder)))
    .filter((path) => !SOURCES.some((module) => testFits(path, module.path)));
  assertEquals(wrong, []);
});

/** `stream/gzip_test.ts` tests `stream/gzip.ts`, `stream/gzip/...` or, as `stream/stream_test.ts`, a whole folder. */
function testFits(test: string, module: string): boolean {
  const subject = test.replace(/_test\.ts$/, "");
  return module === `${subject}.ts` || module.startsWith(`${subject}/`) ||
    module.startsWith(`${subject.slice(0, subject.lastIndexOf("/"))}/`);
}

function linesOfCode(text: string): number {
  const tables = tablesOf(text).reduce((sum, { length }) => sum + length, 0);
  return text.trimEnd().split("\n").length - tables;
}

function assertAtMost(values: readonly number[], limits: { median: number; p90: number }): void {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const p90 = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  assert(median <= limits.median, `median ${median}, at most ${limits.median}`);
  assert(p90 <= limits.p90, `90th percentile ${p90}, at most ${limits.p90}`);
}
