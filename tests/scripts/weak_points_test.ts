/**
 * The weak points of the peer, W1 to W44 in the project's notes on its behaviour: for each the tests that show what we do
 * instead, or what of it stays the peer's and the test that shows that.
 */
import { assert, assertEquals } from "@std/assert";

/** Where a test is, below tests/, and how its name begins; names with a case in them are told up to it. */
type Proof = readonly [file: string, name: string];

interface WeakPoint {
  what: string;
  /** Present where the peer's result stays, with the reason. */
  kept?: string;
  proofs: readonly Proof[];
}

const CHOICE = "a rule of choice: who changes programs finds the result they know";

const WEAK_POINTS: Readonly<Record<string, WeakPoint>> = {
  W1: {
    what: "a logged relation is left out beside an unlogged one of the same number",
    proofs: [["integration/selection_test.ts", "a relation is unlogged by the init fork beside it"]],
  },
  W2: {
    what: "annotate writes one repository's backup.info into another",
    proofs: [["integration/annotate_test.ts", "a backup of the second repository leaves the first as it is"]],
  },
  W3: {
    what: "the history of one repository is expired by the list of another",
    proofs: [["integration/expire_test.ts", "each repository loses its own history of what is gone"]],
  },
  W4: {
    what: "folders are not synced",
    proofs: [
      ["integration/durability_test.ts", "everything of a backup is on disk before its manifest appears"],
      ["integration/durability_test.ts", "everything of a restore is on disk before pg_control appears"],
      ["integration/bundle_test.ts", "bundles and their folder are on disk before the manifest appears"],
    ],
  },
  W5: {
    what: "children of a killed main go on, beside the next run",
    proofs: [
      ["integration/backup_ended_test.ts", "a backup that is killed leaves its lock files and nothing that counts"],
      ["integration/cluster_host_test.ts", "a backup whose connection to the database host is cut ends"],
    ],
  },
  W6: {
    what: "archive-get delivers WAL that is not what its name says",
    proofs: [
      ["integration/archive_get_test.ts", "a segment comes back byte for byte; a damaged one does not come at all"],
      ["integration/recovery_safety_test.ts", "a damaged segment in the middle stops the server"],
    ],
  },
  W7: {
    what: "WAL is not found when a repository could not be read",
    proofs: [
      ["integration/archive_get_test.ts", "not there is said only when every repository has answered"],
      ["integration/recovery_safety_test.ts", "a repository that goes away in the middle stops the server"],
    ],
  },
  W8: {
    what: "verify ends with 0 and misses WAL a backup needs",
    proofs: [
      ["integration/verify_test.ts", "what is wrong decides the exit code"],
      ["integration/verify_test.ts", "one set is verified with the WAL it needs"],
    ],
  },
  W9: {
    what: "recovery settings and commands are not quoted",
    proofs: [
      ["integration/restore_places_test.ts", "what the server is told to call finds the archive whatever the paths"],
      ["integration/host_trouble_test.ts", "what a login shell prints is passed over, and an option no shell word"],
    ],
  },
  W10: {
    what: "the newest timeline is looked at where no recovery follows it",
    proofs: [["repository/choice/choice_test.ts", "the timeline is checked for online backups and types that recover"]],
  },
  W11: {
    what: "a history file is overwritten by another one",
    proofs: [["integration/archive_push_test.ts", "history files are kept as they are, and another one"]],
  },
  W12: {
    what: "errors of archive-get are cleared in the wrong spool",
    proofs: [
      ["integration/async_get_test.ts", "a repository that cannot answer is no end of the archive"],
      ["integration/async_get_test.ts", "a background process that is killed is replaced, and its leftovers with it"],
    ],
  },
  W13: {
    what: "the spool's word is taken for another repository",
    proofs: [["integration/async_push_test.ts", "successes are not believed for another repository"]],
  },
  W14: {
    what: "WAL that was dropped is noted nowhere",
    proofs: [
      ["integration/queue_max_test.ts", "what cannot be written down is not dropped"],
      ["integration/queue_max_test.ts", "info, check and verify say what was dropped"],
    ],
  },
  W15: {
    what: "only full backups are resumed, and no bundles",
    proofs: [
      ["integration/resume_test.ts", "a backup that was killed goes on under its label"],
      ["integration/bundle_test.ts", "a backup that goes on keeps the bundles that were finished"],
    ],
  },
  W16: {
    what: "changes under the same size and time are not seen",
    kept: CHOICE,
    proofs: [["integration/increments_test.ts", "other bytes under the same size and time are only seen when bytes"]],
  },
  W17: {
    what: "an online backup waits for the next second",
    kept: CHOICE,
    proofs: [["integration/increments_test.ts", "times that cannot be trusted switch delta on"]],
  },
  W18: {
    what: "the cluster is read once for each repository",
    kept: "it is read once for all with option all-repos",
    proofs: [
      ["integration/one_pass_test.ts", "a file that several repositories lack is read once"],
      ["integration/one_pass_test.ts", "a repository that cannot get the backup is left out"],
    ],
  },
  W19: {
    what: "restore takes the first repository with a backup, not the one with the best",
    kept: `${CHOICE}; a warning names the better one, option set-choice takes it`,
    proofs: [["integration/two_repositories_test.ts", "restore names the repository with the newer backup"]],
  },
  W20: {
    what: "a backup between its manifest and backup.info is not seen",
    proofs: [["integration/backup_ended_test.ts", "a backup that died between its manifest and backup.info"]],
  },
  W21: {
    what: "stanza-create cannot finish its own work",
    proofs: [["integration/stanza_test.ts", "killed at any moment it can be run again"]],
  },
  W22: {
    what: "two processes can hold one lock around its removal",
    proofs: [
      ["integration/lock_test.ts", "looking at locks keeps nobody from taking them"],
      ["integration/lock_test.ts", "while a backup runs no other one does"],
    ],
  },
  W23: {
    what: "what expire passes by when retention is not set",
    kept: CHOICE,
    proofs: [["interop/expire_random_test.ts", "expire decides like pgbackrest on"]],
  },
  W24: {
    what: "bad pages leave the exit code 0, and are not warned of again",
    kept: CHOICE,
    proofs: [
      ["integration/page_checksum_test.ts", "pages whose checksum is wrong are listed in the log"],
      ["integration/increments_test.ts", "a bad page that did not change stays known, and is not warned of again"],
    ],
  },
  W25: {
    what: "uploads to object stores are never given up",
    kept: "object stores are not built; the options end with error 67",
    proofs: [["config/unbuilt_test.ts", "what is not built yet is refused with what to do instead"]],
  },
  W26: {
    what: "a segment is read twice, and what is stored not hashed",
    proofs: [["integration/archive_push_test.ts", "a segment is read once, however many repositories it goes to"]],
  },
  W27: {
    what: "both hosts have to run the same version",
    proofs: [["wire/greeting_test.ts", "a newer version with an overlapping protocol is fine"]],
  },
  W28: {
    what: "connections to PostgreSQL know only socket, port, data base and user",
    proofs: [
      ["integration/session_test.ts", "the password comes from the environment or from a file"],
      ["integration/session_test.ts", "socket, port and user come from the options"],
    ],
  },
  W29: {
    what: "a backup is expired while it is being restored",
    proofs: [["integration/selective_restore_test.ts", "a backup that is being restored is not expired"]],
  },
  W30: {
    what: "a file that cannot be read starts its whole bundle again",
    proofs: [["integration/bundle_test.ts", "a file that cannot be read at first is read again"]],
  },
  W31: {
    what: "labels are local time, and a clock that went back is an error",
    kept: CHOICE,
    proofs: [["repository/label_test.ts", "the next label: "]],
  },
  W32: {
    what: "check does not see what will make the backup fail",
    proofs: [
      ["integration/check_findings_test.ts", "files that a backup could not read or carry are found"],
      ["integration/check_findings_test.ts", "a repository that cannot be written is found"],
      ["integration/check_findings_test.ts", "a role that may not back up is found"],
    ],
  },
  W33: {
    what: "a backup of another cluster is not built upon",
    kept: "a full backup is made instead, which loses nothing",
    proofs: [["repository/choice/choice_test.ts", "the prior backup is chosen: "]],
  },
  W34: {
    what: "a tablespace that appears during the listing ends the backup",
    proofs: [["integration/selection_test.ts", "a tablespace the server does not name any more"]],
  },
  W35: {
    what: "several hosts that archive to one stanza are in each other's way",
    proofs: [
      ["integration/archive_trouble_test.ts", "two clusters that push to one stanza do not overwrite each other"],
      ["integration/check_test.ts", "wrong settings of the server are named by their own codes"],
    ],
  },
  W36: {
    what: "how full and differential backups count in retention",
    kept: CHOICE,
    proofs: [
      ["repository/retention/plan_test.ts", "expire decides as in the worked example "],
      ["interop/expire_random_test.ts", "expire decides like pgbackrest on"],
    ],
  },
  W37: {
    what: "a backup.info that was made again has lost its notes",
    proofs: [["integration/annotate_test.ts", "a backup that has to be found again has its notes"]],
  },
  W38: {
    what: "info ends with 0 when no repository could be read",
    proofs: [["integration/info_holes_test.ts", "the exit status tells when no repository could be read"]],
  },
  W39: {
    what: "a second stop with force does nothing",
    proofs: [["integration/lock_test.ts", "stop with force ends what runs and waits for its end"]],
  },
  W40: {
    what: "nobody says which data bases are empty after a selective restore",
    proofs: [["integration/selective_restore_test.ts", "databases that were not asked for come back empty, are named"]],
  },
  W41: {
    what: "repo-get never decompresses",
    proofs: [["interop/repository_files_test.ts", "files come out and go in and away like with the peer"]],
  },
  W42: {
    what: "WAL counts as archived by its name alone",
    proofs: [["integration/moving_cluster_test.ts", "WAL that cannot be whole is not taken for archived"]],
  },
  W43: {
    what: "hosts of clusters hold keys, and a remote does whatever it is asked",
    proofs: [
      ["integration/host_cipher_test.ts", "an encrypted repository is used from the database host without a key"],
      ["integration/least_privilege_test.ts", "nothing of what the other host wants to run is run"],
    ],
  },
  W44: {
    what: "files of unknown users silently become root's",
    proofs: [["command/restore/owners_test.ts", "restored owners: "]],
  },
};

Deno.test("every weak point of the peer has its tests", () => {
  const numbers = Array.from({ length: 44 }, (_, i) => `W${i + 1}`);
  assertEquals(Object.keys(WEAK_POINTS).sort(byNumber), numbers);
  for (const [number, { proofs }] of Object.entries(WEAK_POINTS)) {
    assert(proofs.length > 0, number);
    for (const [file, name] of proofs) {
      const text = Deno.readTextFileSync(new URL(`../${file}`, import.meta.url));
      const begins = ["(", "(\n  "].some((open) =>
        ['"', "`"].some((quote) => text.includes(`Deno.test${open}${quote}${name}`))
      );
      assert(begins, `${number}: ${file} has no test '${name}'`);
    }
  }
});

function byNumber(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1));
}
