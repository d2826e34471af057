import type { Repository } from "../../repository/repository.ts";
import type { Method } from "../../wire/serve.ts";
import type { VerifyAnswer, VerifyJob } from "../verify/job.ts";

/** Where stored files are looked at for another host. */
export interface VerifyPlace {
  repository: Repository;
  /** The passphrase that a text stands for. */
  reveal(text: string, stanza: string): Promise<string>;
  ended: AbortSignal;
}

/** Looks at stored files for another host, so that nothing but what is to be said about them crosses. */
export function verifyMethod(open: () => VerifyPlace): Method {
  return async (params): Promise<VerifyAnswer> => {
    const { checkStored } = await import("../verify/job.ts");
    const { passphrase, ...job } = params as VerifyJob;
    const { repository, reveal, ended } = open();
    const key = passphrase === undefined ? {} : { passphrase: await reveal(passphrase, repository.stanza) };
    let bytes = 0;
    const findings = await checkStored({ ...job, ...key }, repository, {
      signal: ended,
      checkCancelled: () => ended.throwIfAborted(),
      progress: (count) => void (bytes += count),
    });
    return { findings, bytes };
  };
}
