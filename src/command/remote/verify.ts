import type { Repository } from "../../repository/repository.ts";
import type { Method } from "../../wire/serve.ts";
import type { VerifyAnswer, VerifyJob } from "../verify/job.ts";

/** Looks at stored files for another host, so that nothing but what is to be said about them crosses. */
export function verifyMethod(repository: () => Repository, ended: AbortSignal): Method {
  return async (params): Promise<VerifyAnswer> => {
    const { checkStored } = await import("../verify/job.ts");
    let bytes = 0;
    const findings = await checkStored(params as VerifyJob, repository(), {
      signal: ended,
      checkCancelled: () => ended.throwIfAborted(),
      progress: (count) => void (bytes += count),
    });
    return { findings, bytes };
  };
}
