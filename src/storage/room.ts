import { storageError } from "./os_error.ts";

/** What is left of a file system. */
export interface Room {
  /** Bytes this user may still write. */
  bytes: number;
  /** Files that may still be created; absent where the file system has no limit of its own. */
  files?: number;
}

/** What is left where a folder of this host lies. Error 98. */
export async function roomAt(path: string): Promise<Room> {
  const { statfsSync } = await import("node:fs");
  try {
    const { bavail, bsize, files, ffree } = statfsSync(path);
    return { bytes: bavail * bsize, ...(files === 0 ? {} : { files: ffree }) };
  } catch (error) {
    throw storageError("fileInfo", "look at the file system of", path, error);
  }
}
