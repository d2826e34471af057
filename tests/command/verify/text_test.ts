import { assertEquals } from "@std/assert";
import {
  type ArchiveResult,
  type BackupResult,
  newTally,
  type VerifyResult,
} from "../../../src/command/verify/result.ts";
import { resultText } from "../../../src/command/verify/text.ts";
import { wal } from "../../repository/made.ts";

const [F, I] = ["20260101-100000F", "20260101-100000F_20260103-100000I"] as const;

function archive(more: Partial<ArchiveResult> = {}): ArchiveResult {
  return {
    id: "15-1",
    ...newTally(),
    checked: 7,
    valid: 7,
    duplicates: [],
    other: newTally(),
    ranges: [],
    holes: [],
    ...more,
  };
}

function backup(label: string, more: Partial<BackupResult> = {}): BackupResult {
  return { label, status: "valid", ...newTally(), checked: 9, valid: 9, missingWal: [], badPages: [], ...more };
}

function result(more: Partial<VerifyResult> = {}): VerifyResult {
  return { stanza: "demo", archives: [archive()], backups: [backup(F)], history: newTally(), ...more };
}

const problems = (more: Partial<ReturnType<typeof newTally>["problems"]>) => ({ ...newTally().problems, ...more });
const NONE = "    missing: 0, checksum invalid: 0, size invalid: 0, other: 0";

Deno.test("nothing is said when all is well, unless it is asked for", () => {
  assertEquals(resultText(result(), { verbose: false, ok: true }), undefined);
  assertEquals(
    resultText(result(), { verbose: true, ok: true }),
    [
      "stanza: demo",
      "status: ok",
      "  archiveId: 15-1, total WAL checked: 7, total valid WAL: 7",
      NONE,
      `  backup: ${F}, status: valid, total files checked: 9, total valid files: 9`,
      NONE,
    ].join("\n"),
  );
});

const CASES: [string, VerifyResult, boolean, string[]][] = [
  ["nothing to verify", result({ archives: [], backups: [] }), true, ["    no archives or backups exist in the repo"]],
  ["no archive", result({ archives: [] }), true, [
    "  archiveId: none found",
    `  backup: ${F}, status: valid, total files checked: 9, total valid files: 9`,
    NONE,
  ]],
  ["no backup", result({ backups: [] }), true, [
    "  archiveId: 15-1, total WAL checked: 7, total valid WAL: 7",
    NONE,
    "  backup: none found",
  ]],
  ["an archive without segments", result({ archives: [archive({ checked: 0, valid: 0 })], backups: [] }), true, [
    "  archiveId: 15-1, total WAL checked: 0, total valid WAL: 0",
    "  backup: none found",
  ]],
  ["damaged WAL", result({ archives: [archive({ valid: 4, problems: problems({ checksum: 1, other: 2 }) })] }), false, [
    "  archiveId: 15-1, total WAL checked: 7, total valid WAL: 4",
    "    checksum invalid: 1, other: 2",
  ]],
  ["duplicates only", result({ archives: [archive({ valid: 5 })] }), false, [
    "  archiveId: 15-1, total WAL checked: 7, total valid WAL: 5",
  ]],
  [
    "other files",
    result({ archives: [archive({ other: { checked: 3, valid: 2, problems: problems({ other: 1 }) } })] }),
    false,
    [
      "  archiveId: 15-1, total WAL checked: 7, total valid WAL: 7",
      "    other files checked: 3, valid other files: 2",
    ],
  ],
  [
    "backups in every state",
    result({
      backups: [
        backup(F, { status: "invalid", valid: 7, problems: problems({ missing: 1, size: 1 }) }),
        backup(I, { status: "manifest missing", checked: 0, valid: 0 }),
        backup(I, { status: "in-progress", checked: 0, valid: 0 }),
        backup(I, { status: "invalid", missingWal: [{ first: wal(3), last: wal(5), count: 3 }] }),
      ],
    }),
    false,
    [
      `  backup: ${F}, status: invalid, total files checked: 9, total valid files: 7`,
      "    missing: 1, size invalid: 1",
      `  backup: ${I}, status: manifest missing, total files checked: 0, total valid files: 0`,
      `  backup: ${I}, status: invalid, total files checked: 9, total valid files: 9`,
      `    missing WAL: ${wal(3)} to ${wal(5)} (3 segments)`,
    ],
  ],
  [
    "a damaged manifest in the history",
    result({ history: { checked: 3, valid: 2, problems: problems({ other: 1 }) } }),
    false,
    [
      "  backup.history: total manifests checked: 3, total valid manifests: 2",
    ],
  ],
  [
    "info files that cannot be used",
    { ...result(), refused: { kind: "fileInvalid", lines: ["  No usable backup.info file"] } },
    false,
    [
      "  No usable backup.info file",
    ],
  ],
];

for (const [name, found, ok, lines] of CASES) {
  Deno.test(`the result as text: ${name}`, () => {
    const text = resultText(found, { verbose: ok, ok });
    assertEquals(text, ["stanza: demo", `status: ${ok ? "ok" : "error"}`, ...lines].join("\n"));
  });
}
