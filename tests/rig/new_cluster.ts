/** Data folders of clusters nobody has used yet. */
import { crc32c } from "../../src/postgres/crc32c.ts";
import { succeed } from "./program.ts";

/** What a data folder is made with. */
export interface ClusterForm {
  /** Folder of the programs of its version. */
  programs: string;
  version: string;
  /** Arguments of initdb besides the place. */
  args: readonly string[];
}

/**
 * Makes a data folder. initdb takes a second of processor time and more, so where POSTGRES_TEMPLATES names a folder it is run
 * once for every form; the others are copies of that with an identity of their own.
 */
export async function makeDataFolder(folder: string, form: ClusterForm): Promise<void> {
  const templates = Deno.env.get("POSTGRES_TEMPLATES");
  if (templates === undefined) return await initialise(folder, form);
  const template = `${templates}/${[form.version, ...form.args].join("").replaceAll(/[^\w.-]/g, "")}`;
  if (!exists(template)) await makeTemplate(template, form);
  await succeed("/bin/cp", ["--archive", template, folder]);
  giveIdentity(folder, form.version);
}

async function initialise(folder: string, { programs, args }: ClusterForm): Promise<void> {
  await succeed(`${programs}/initdb`, [`--pgdata=${folder}`, "--no-sync", ...args]);
}

/** Several tests may want the first one at the same time: it appears whole, and who comes second takes the other's. */
async function makeTemplate(template: string, form: ClusterForm): Promise<void> {
  const draft = `${template}.${crypto.randomUUID()}`;
  await initialise(draft, form);
  await succeed("/bin/sh", ["-c", 'mv -T "$0" "$1" 2>/dev/null || rm -rf "$0"', draft, template]);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Where the system identifier stands in pg_control, and in the header of a WAL segment. */
const CONTROL_ID = 0;
const WAL_ID = 24;

/** A system identifier nobody else has, in pg_control and in every segment. */
function giveIdentity(folder: string, version: string): void {
  const control = `${folder}/global/pg_control`;
  const bytes = Deno.readFileSync(control);
  const view = new DataView(bytes.buffer);
  const id = view.getBigUint64(CONTROL_ID, true) + BigInt(1 + crypto.getRandomValues(new Uint32Array(1))[0]!);
  view.setBigUint64(CONTROL_ID, id, true);
  const crc = Number(version) >= 18 ? 292 : 288;
  view.setUint32(crc, crc32c(bytes.subarray(0, crc)), true);
  Deno.writeFileSync(control, bytes);
  for (const { name } of Deno.readDirSync(`${folder}/pg_wal`)) {
    if (!/^[0-9A-F]{24}$/.test(name)) continue;
    using segment = Deno.openSync(`${folder}/pg_wal/${name}`, { write: true });
    segment.seekSync(WAL_ID, Deno.SeekMode.Start);
    segment.writeSync(new Uint8Array(new BigUint64Array([id]).buffer));
  }
}
