import { openRepository, workerContext } from "../../context.ts";
import { BackRestError, fail } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { failureText } from "../archive/failures.ts";
import { presentWarnings, pushFile } from "./push.ts";
import type { PushedFile, PushJob } from "./push_job.ts";
import { awaitTurn, passTurn, type Turn } from "./turn.ts";
import { openWalFile, WalRoom } from "./wal_file.ts";

/** Of this thread, which pushes one file at a time. */
const ROOM = new WalRoom();

/** Runs in a worker: pushes one file, and makes it visible when all files before it are. */
export async function run(job: PushJob, services: JobServices): Promise<PushedFile> {
  const { checkCancelled } = services;
  const context = workerContext(services);
  const { options } = context.configuration;
  const { turn } = services.setup as { turn: Turn };
  let skipped = false;
  const beforePublish = () => {
    if (awaitTurn(turn, job.number, checkCancelled)) return;
    skipped = true;
    fail("term", "a file before this one failed");
  };
  const file = openWalFile(job.path, ROOM);
  const targets = job.targets.map((target) => ({ ...target, repository: openRepository(context, target.key) }));
  const push = pushFile(file, options, { targets, cluster: job.cluster, beforePublish });
  const outcome = await push.catch((error: unknown) => {
    if (!skipped) throw error;
  });
  if (skipped || outcome === undefined) return { stored: false, warnings: [] };
  const failures = [...job.unusable, ...outcome.failures.map(failureText)];
  if (failures.length > 0) {
    throw new BackRestError("command", ["archive-push command encountered error(s):", ...failures].join("\n"));
  }
  if (!awaitTurn(turn, job.number, checkCancelled)) return { stored: false, warnings: [] };
  passTurn(turn, job.number);
  return { stored: true, warnings: presentWarnings(file.name, options, outcome.present) };
}
