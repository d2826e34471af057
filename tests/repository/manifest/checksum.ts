import { BackRestError } from "../../../src/error.ts";
import { readInfo } from "../../../src/repository/info/container_read.ts";
import { smallHash } from "../../../src/repository/info/text_hash.ts";
import { bytesOf } from "../pieces.ts";

/** An info file or manifest with the checksum it ought to have; one that cannot be read comes back as it is. */
export async function withRightChecksum(text: string): Promise<string> {
  try {
    await readInfo([bytesOf(text)], { file: "x", hash: smallHash() });
    return text;
  } catch (error) {
    const found = error instanceof BackRestError ? /found ([0-9a-f]{40})/.exec(error.message)?.[1] : undefined;
    return found === undefined ? text : text.replace(/[0-9a-f]{40}(?="\n$)/, found);
  }
}
