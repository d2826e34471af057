/** scripts/setup in a copy of its own, with only those programs in PATH that a test puts there. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { copyExecutable, writeExecutable } from "../rig/executable_file.ts";
import { ROOT } from "./source.ts";

/** What setup calls on a machine where nothing is missing. */
const TOOLS = [
  "sh",
  "dirname",
  "uname",
  "sed",
  "cat",
  "mkdir",
  "chmod",
  "mv",
  "rm",
  "tr",
  "id",
  "tar",
  "gzip",
  "sha256sum",
];

const NOBODY = Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {};

interface Site extends AsyncDisposable {
  readonly folder: string;
  /** Puts a program into PATH: a script, or a link to the one of that path. */
  install(name: string, content: { script: string } | { link: string }): Promise<void>;
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

async function makeSite(): Promise<Site> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "setup-" }));
  await Deno.mkdir(`${folder}/bin`);
  await Deno.mkdir(`${folder}/scripts`);
  await copyExecutable(`${ROOT}scripts/setup`, `${folder}/scripts/setup`);
  if (NOBODY.uid !== undefined) await Deno.chown(folder, NOBODY.uid, NOBODY.gid);
  const install: Site["install"] = async (name, content) => {
    const path = `${folder}/bin/${name}`;
    if ("link" in content) return await Deno.symlink(content.link, path);
    await writeExecutable(path, `#!/bin/sh\n${content.script}\n`);
  };
  for (const name of TOOLS) await install(name, { link: await which(name) });
  return {
    folder,
    install,
    run: async (...args) => {
      const options = {
        args,
        clearEnv: true,
        env: { PATH: `${folder}/bin`, HOME: "/nonexistent" },
        cwd: "/",
        ...NOBODY,
      };
      const { code, stdout, stderr } = await new Deno.Command(`${folder}/scripts/setup`, options).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function which(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", `command -v ${name}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** A stand-in that answers as `deno --version` does. */
const denoOf = (version: string) => ({ script: `echo "deno ${version} (stable, release, x86_64-unknown-linux-gnu)"` });

Deno.test("a Deno in PATH that is new enough is used, through a command that runs it", async () => {
  await using site = await makeSite();
  await site.install("deno", denoOf("2.10.1"));
  const first = await site.run("--deno");
  assertEquals(first, { code: 0, stdout: `${site.folder}/.tools/deno\n`, stderr: "" });
  const command = await Deno.readTextFile(`${site.folder}/.tools/deno`);
  assertStringIncludes(command, `exec '${site.folder}/bin/deno' "$@"`);
  assertStringIncludes(command, `export DENO_DIR='${site.folder}/.tools/cache'`);
  const before = await Deno.stat(`${site.folder}/.tools/deno`);
  assertEquals(await site.run("--deno"), first);
  assertEquals(
    (await Deno.stat(`${site.folder}/.tools/deno`)).ino,
    before.ino,
    "nothing to do, and yet it was written",
  );
});

Deno.test("a Deno that is too old is no Deno, and without npm there is no other", async () => {
  for (const version of ["1.46.3", "2.8.9", "not a version"]) {
    await using site = await makeSite();
    await site.install("deno", denoOf(version));
    const { code, stderr } = await site.run("--deno");
    assertEquals(code, 1, version);
    assertMatch(stderr, /^setup: no Deno 2\.9 or newer in PATH, and no npm to fetch one; install either\n$/);
  }
});

Deno.test("a file from npm that is not the pinned one is refused and removed", async () => {
  await using site = await makeSite();
  await site.install("npm", { script: "mkdir package; echo junk >package/deno; tar -czf deno.tgz package" });
  const { code, stderr } = await site.run("--deno");
  assertEquals(code, 1);
  assertMatch(stderr, /^Fetching @deno\/linux-\S+ \S+ from npm\nsetup: @deno\/\S+ is not the file it should be\n$/);
  assertEquals([...Deno.readDirSync(`${site.folder}/.tools`)], []);
});

Deno.test("a plain user is told the line that installs what is missing", async () => {
  await using site = await makeSite();
  await site.install("deno", denoOf("2.9.0"));
  await site.install("apt-get", { script: "echo called >&2; exit 1" });
  const { code, stdout, stderr } = await site.run();
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^setup: missing: .*pgbackrest strace\. Install them with\n/);
  assertMatch(stderr, /\n {2}sudo apt-get install --no-install-recommends (?:\S+ )*pgbackrest strace\n$/);
});

Deno.test("an argument setup does not know is refused", async () => {
  await using site = await makeSite();
  const { code, stderr } = await site.run("--denno");
  assertEquals(code, 1);
  assert(stderr.startsWith('setup: unknown argument "--denno"'), stderr);
});
