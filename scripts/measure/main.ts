import { parseArgs } from "@std/cli/parse-args";
import { measureArchiving } from "./archiving.ts";
import { asyncTasks } from "./async_tasks.ts";
import { makeServerBed } from "./bed.ts";
import { openHosts } from "./host_tasks.ts";
import { repositoryTasks } from "./repository_tasks.ts";
import { measureScale, SCALE_KINDS } from "./scale/main.ts";
import { makeSummariesBed, summariesTasks } from "./summaries.ts";
import { compare, heading } from "./task.ts";
import { usualTasks } from "./usual_tasks.ts";

const USUAL = ["backup", "restore", "push", "get", "version"];

const options = parseArgs(Deno.args, { string: ["only", "scale", "rounds", "part", "executable"] });
const text = (name: string) => options[name]?.toString();
const asked = (text("only") ?? USUAL.join()).split(",");
const only = asked.flatMap((name): readonly string[] => name === "scale" ? SCALE_KINDS : [name]);
const rounds = Number(options["rounds"] ?? 3);
const executable = text("executable") ?? new URL("../../dist/pg_backrest", import.meta.url).pathname;

heading();
if (only.some((name) => USUAL.includes(name))) {
  await using bed = await makeServerBed(executable, Number(options["scale"] ?? 70));
  const tasks = usualTasks(bed).filter(({ name }) => only.includes(name.split(" ")[0]!));
  for (const task of tasks) await compare(bed, task, rounds);
}
if (only.includes("archiving")) {
  await using bed = await makeServerBed(executable, Number(options["scale"] ?? 70));
  await measureArchiving(bed);
}
if (only.includes("async")) {
  await using bed = await makeServerBed(executable, Number(options["scale"] ?? 70));
  for (const task of await asyncTasks(bed)) await compare(bed, task, rounds);
}
if (only.includes("repos")) {
  await using bed = await makeServerBed(executable, Number(options["scale"] ?? 70));
  for (const task of repositoryTasks()) await compare(bed, task, rounds);
}
if (only.includes("hosts")) {
  await using bed = await makeServerBed(executable, Number(options["scale"] ?? 70));
  await using hosts = await openHosts(bed);
  for (const task of hosts.tasks) await compare(bed, task, rounds);
}
if (only.includes("summaries")) {
  await using bed = await makeSummariesBed(executable, Number(options["part"] ?? 1));
  for (const task of summariesTasks(bed)) await compare(bed, task, rounds);
}
for (const kind of SCALE_KINDS.filter((kind) => only.includes(kind))) {
  await measureScale({ kind, executable, rounds, part: Number(options["part"] ?? 1) });
}
