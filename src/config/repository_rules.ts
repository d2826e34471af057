import { fail } from "../error.ts";
import type { Change, Options, Ruling } from "./configuration.ts";

/** Where clusters and repositories may be. Errors: 27 both on other hosts, 32 two repositories in one place. */
export function checkPlaces(options: Options): void {
  refuseSharedPath(options);
  if (hasHost(options, "pg") && hasHost(options, "repo")) {
    fail("config", "pg and repo hosts cannot both be configured as remote");
  }
}

/** Rules about each repository: what is kept, and settings of object stores and SFTP. Errors 31, 32, 37. */
export function repositoryRules(options: Options): Ruling[] {
  return options.keys("repo").flatMap((key) => [
    fullRetention(options, key),
    archiveRetention(options, key),
    bucketName(options, key),
    fingerprint(options, key),
  ]);
}

function hasHost(options: Options, group: "pg" | "repo"): boolean {
  return options.keys(group).some((key) => options.find(`${group}-host`, key) !== undefined);
}

/** Two repositories on this host's disks must not be one. */
function refuseSharedPath(options: Options): void {
  const seen = new Map<string, number>();
  for (const key of options.keys("repo")) {
    const type = options.find("repo-type", key);
    if ((type !== "posix" && type !== "cifs") || options.find("repo-host", key) !== undefined) continue;
    const path = options.get("repo-path", key);
    const other = seen.get(path);
    if (other !== undefined) {
      fail("optionInvalidValue", `local repo${other} and repo${key} paths are both '${path}' but must be different`);
    }
    seen.set(path, key);
  }
}

function fullRetention(options: Options, key: number): Ruling {
  if (!options.isValid("repo-retention-full") || options.get("repo-retention-full", key) !== undefined) return {};
  const name = `repo${key}-retention-full`;
  return {
    warnings: [
      `option '${name}' is not set for '${name}-type=${options.get("repo-retention-full-type", key)}', ` +
      "the repository may run out of space\n" +
      `HINT: to retain full backups indefinitely (without warning), set option '${name}' to the maximum.`,
    ],
  };
}

/** WAL is kept as long as the backups of the type it is counted by, unless said otherwise. */
function archiveRetention(options: Options, key: number): Ruling {
  if (!options.isValid("repo-retention-archive")) return {};
  const type = options.get("repo-retention-archive-type", key);
  const diff = options.get("repo-retention-diff", key);
  const name = `repo${key}-retention-archive`;
  if (options.get("repo-retention-archive", key) !== undefined) {
    return type === "diff" && diff === undefined ? { warnings: [diffKept(key)] } : {};
  }
  const never = `WAL segments will not be expired: option '${name}-type=${type}' but`;
  if (type === "incr") return { warnings: [`${never} option '${name}' is not set`] };
  if (type === "diff") {
    if (diff !== undefined) return { changes: [keepArchive(key, diff)] };
    return { warnings: [`${never} neither option '${name}' nor option 'repo${key}-retention-diff' is set`] };
  }
  const full = options.get("repo-retention-full", key);
  const counted = options.get("repo-retention-full-type", key) === "count";
  return counted && full !== undefined ? { changes: [keepArchive(key, full)] } : {};
}

function diffKept(key: number): string {
  const name = `repo${key}-retention-diff`;
  return `option '${name}' is not set for 'repo${key}-retention-archive-type=diff'\n` +
    `HINT: to retain differential backups indefinitely (without warning), set option '${name}' to the maximum.`;
}

function keepArchive(key: number, value: number): Change {
  return { name: "repo-retention-archive", key, value };
}

/** A bucket with dots can not be verified where it is part of the host name. */
function bucketName(options: Options, key: number): Ruling {
  const bucket = options.find("repo-s3-bucket", key);
  if (bucket === undefined || !bucket.includes(".")) return {};
  if (options.get("repo-s3-uri-style", key) !== "host" || !options.get("repo-storage-verify-tls", key)) return {};
  fail("optionInvalidValue", `'${bucket}' is not valid for option 'repo${key}-s3-bucket'`, {
    hint: "RFC-2818 forbids dots in wildcard matches.\n" +
      "TLS/SSL verification cannot proceed with this bucket name.\n" +
      "remove dots from the bucket name, or set repo-s3-uri-style=path.",
  });
}

/** A fingerprint and the way to check the server's key belong together. */
function fingerprint(options: Options, key: number): Ruling {
  if (options.find("repo-type", key) !== "sftp") return {};
  const names = { type: `repo${key}-sftp-host-key-check-type`, fingerprint: `repo${key}-sftp-host-fingerprint` };
  const type = options.get("repo-sftp-host-key-check-type", key);
  const given = options.isSet("repo-sftp-host-fingerprint", key);
  if (type === "fingerprint" && !given) {
    fail("optionRequired", `option '${names.type}=fingerprint' requires option '${names.fingerprint}'`);
  }
  if (type === "fingerprint" || !given) return {};
  if (options.isSet("repo-sftp-host-key-check-type", key)) {
    fail("optionInvalid", `option '${names.fingerprint}' not valid without option '${names.type}' = 'fingerprint'`);
  }
  return {
    warnings: [`option '${names.fingerprint}' without option '${names.type}=fingerprint', which is assumed`],
    changes: [{ name: "repo-sftp-host-key-check-type", key, value: "fingerprint" }],
  };
}
