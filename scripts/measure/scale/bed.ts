import { BIN, openBed, type TestBed } from "../bed.ts";
import { addFiles } from "./many_files.ts";
import { type HistorySize, makeManyBackups } from "./many_backups.ts";
import { makePrior, peerForm, type StoredForm } from "./prior.ts";

/** A stopped cluster with so many files, and a stanza for each of the programs. */
export function makeFilesBed(executable: string, files: number): Promise<TestBed> {
  return furnished(executable, async ({ folder, contenders, run }, giveAway) => {
    addFiles(`${folder}/pg`, files, { sparse: false });
    await giveAway();
    for (const { call } of contenders) await run(`${call} --no-online stanza-create`);
  });
}

/** A stopped cluster with so many files, of which a full backup knows. */
export function makeUnchangedBed(
  executable: string,
  { files, form }: { files: number; form: StoredForm },
): Promise<TestBed> {
  return furnished(executable, async ({ folder, contenders }, giveAway) => {
    addFiles(`${folder}/pg`, files, { sparse: true });
    await giveAway();
    for (const { name, repository } of contenders) {
      await makePrior(repository, `${folder}/pg`, name === "pgbackrest" ? peerForm(form) : form);
    }
  });
}

/** A repository with a long history, in the folder `history`; the programs work on it or on copies of it. */
export function makeHistoryBed(executable: string, size: HistorySize): Promise<TestBed> {
  return furnished(executable, ({ folder }) => makeManyBackups(`${folder}/history`, `${folder}/pg`, size));
}

/** Makes a cluster and lets `furnish` add to it; what root made then belongs to the user who runs the programs. */
async function furnished(
  executable: string,
  furnish: (bed: TestBed, giveAway: () => Promise<void>) => Promise<void>,
): Promise<TestBed> {
  await using stack = new AsyncDisposableStack();
  const bed = stack.use(await openBed(executable));
  await bed.run(`${BIN}/initdb -D ${bed.folder}/pg --no-sync --auth=trust -U postgres --wal-segsize=1`);
  await furnish(bed, () => giveAway(bed));
  await giveAway(bed);
  stack.move();
  return bed;
}

async function giveAway({ folder, runner }: TestBed): Promise<void> {
  if (runner.uid === undefined) return;
  const args = ["-R", `${runner.uid}:${runner.gid}`, folder];
  const { success } = await new Deno.Command("/bin/chown", { args }).output();
  if (!success) throw new Error(`unable to chown '${folder}'`);
}
