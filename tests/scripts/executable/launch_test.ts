import { assertEquals } from "@std/assert";
import settings from "../../../deno.json" with { type: "json" };
import { ENVIRONMENT, launchOf, permissionFlags } from "../../../scripts/executable/launch.ts";

Deno.test("permissions of deno.json become flags", () => {
  const flags = permissionFlags({ read: true, net: false, sys: ["uid", "gid"] });
  assertEquals(flags, ["--allow-read", "--allow-sys=uid,gid"]);
});

Deno.test("both ways of building take the program's permissions from one place", () => {
  assertEquals(settings.compile.permissions, "program");
  const flags = permissionFlags(settings.permissions.program);
  assertEquals(flags, ["--allow-read", "--allow-write", "--allow-run", "--allow-env", "--allow-net", "--allow-sys"]);
});

Deno.test("the number of arguments is even whatever the permissions are", () => {
  for (const permissions of [{}, { read: true }, settings.permissions.program]) {
    const { args } = launchOf("data:,", permissions);
    assertEquals([args.length % 2, args[0], args.at(-1)], [0, "run", "data:,"]);
  }
});

Deno.test("the program is told of every variable that is set for Deno", () => {
  const { copy, set: { HOME, ...set }, defaults, calledAs } = launchOf("data:,", {});
  assertEquals({ environment: { ...set, ...defaults }, home: copy["HOME"], calledAs }, ENVIRONMENT);
  assertEquals(HOME, "/nonexistent");
});
