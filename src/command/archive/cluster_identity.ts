import { CONTROL_PATH, CONTROL_SIZE, type ControlData, readControlStable } from "../../postgres/control.ts";
import { posixStorage } from "../../storage/posix.ts";

/** pg_control of a cluster on this host. Errors: 55 missing, 26 damaged, 46 version not supported. */
export async function readLocalControl(pgPath: string): Promise<ControlData> {
  const storage = posixStorage(pgPath);
  const { control } = await readControlStable(async () => {
    using source = await storage.read(CONTROL_PATH, { length: CONTROL_SIZE });
    return await source.next() ?? new Uint8Array(0);
  });
  return control;
}
