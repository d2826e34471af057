import { asError, BackRestError, type ErrorKind, errorText, errorTitle } from "../../error.ts";

/** What went wrong on one repository while others went on. */
export interface RepositoryFailure {
  key: number;
  error: BackRestError;
}

/** The failure as one line: `repo1: [FileWriteError] ...`. */
export function failureText({ key, error }: RepositoryFailure): string {
  return `repo${key}: [${errorTitle(error.kind)}] ${errorText(error)}`;
}

/** One error for all failures. */
export function sumUpFailures(kind: ErrorKind, title: string, failures: readonly RepositoryFailure[]): BackRestError {
  return new BackRestError(kind, [title, ...failures.map(failureText)].join("\n"));
}

/** Does something for each repository; what fails is collected, the others go on. */
export async function forEachRepository<T extends { key: number }, R>(
  items: readonly T[],
  action: (item: T) => Promise<R>,
): Promise<{ done: { item: T; result: R }[]; failures: RepositoryFailure[] }> {
  const done: { item: T; result: R }[] = [];
  const failures: RepositoryFailure[] = [];
  for (const item of items) {
    try {
      done.push({ item, result: await action(item) });
    } catch (thrown) {
      failures.push({ key: item.key, error: asError(thrown) });
    }
  }
  return { done, failures };
}
