import { CONTROL_PATH } from "../../postgres/control.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";

/** Manifest name of pg_control: copied anew in every backup and restored last. */
export const CONTROL_NAME: string = `${DATA_TARGET}/${CONTROL_PATH}`;

/** Where a manifest name is below the data folder; the links there lead to tablespaces and other places. */
export function sourcePath(name: string): string {
  return name.startsWith(`${DATA_TARGET}/`) ? name.slice(DATA_TARGET.length + 1) : name;
}
