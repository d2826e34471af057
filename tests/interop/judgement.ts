/** What both programs say about one repository. */
import { assertEquals } from "@std/assert";
import { type Site, STANZA } from "../rig/site.ts";

/** Writes the configuration both programs read. */
export function configureBoth(site: Site, global: Record<string, string> = {}): void {
  const cluster = { "pg1-path": site.path("pg"), "pg1-socket-path": site.path("socket") };
  site.configure({ global: { "process-max": "2", ...global }, [STANZA]: cluster });
}

/** archive_command with this program and its options. */
export function archiveCommand(site: Site, program: string): string {
  return `${program} --config=${site.path("pgbackrest.conf")} --stanza=${STANZA} archive-push "%p"`;
}

/** Names of the label folders in the repository, ascending. */
export function labelFolders(site: Site): string[] {
  const entries = [...Deno.readDirSync(site.path(`repo/backup/${STANZA}`))];
  return entries.filter(({ name, isDirectory }) => isDirectory && /^[0-9]/.test(name)).map(({ name }) => name).sort();
}

/** A stanza as `info --output=json` shows it, as far as the tests look into it. */
export interface InfoStanza {
  status: {
    code: number;
    message: string;
    lock: { backup: { held: boolean; "size-cplt"?: number; size?: number }; restore?: { held: boolean } };
  };
  backup: { label: string; type: string; prior: string | null; error: boolean; archive: { start: string | null } }[];
  archive: { id: string; min: string; max: string }[];
}

/** Parses what info shows; whole numbers that JavaScript cannot hold become text. */
export function parseInfo(json: string): InfoStanza {
  const [stanza] = JSON.parse(json.replaceAll(/:(\d{16,})/g, ':"$1"'));
  return stanza;
}

/**
 * Lets both programs report and compares the reports field by field; gives the peer's. What 2.45 does not know yet: the
 * restore lock, the zone of times, that sizes for people are cut off and not rounded, and that the text only counts the
 * backups another refers to.
 */
export async function assertSameInfo(site: Site): Promise<InfoStanza> {
  const json = ["info", "--output=json"];
  const ours = parseInfo(await site.mustBackrest(json));
  const theirs = parseInfo(await site.mustPeer(json));
  assertEquals(ours.status.lock.restore, { held: false });
  delete ours.status.lock.restore;
  assertEquals(ours, theirs);
  const text = async (set: string[]) => [
    withoutNews(await site.mustBackrest(["info", ...set])),
    withoutNews(await site.mustPeer(["info", ...set])),
  ];
  for (const set of [[], ...theirs.backup.map(({ label }) => [`--set=${label}`])]) {
    const [own, other] = await text(set);
    assertEquals(own, other, `info ${set}`);
  }
  return theirs;
}

function withoutNews(text: string): string {
  return text.replaceAll(/(\d\d:\d\d:\d\d)[+-]\d\d(?::\d\d)?/g, "$1").replaceAll(/ +backup reference .*\n/g, "")
    .replaceAll(/[0-9.]+([KMG]?B)\b/g, "$1");
}

/** Lets the peer verify everything: all WAL and every file of every backup, of which there are these. */
export async function assertVerified(site: Site, labels: string[]): Promise<void> {
  const { code, stdout, stderr } = await site.peer([
    "verify",
    "--output=text",
    "--verbose",
    "--log-level-console=warn",
  ]);
  const problems = stdout.split("\n").filter((line) =>
    /(?:missing|invalid|other): [1-9]|ERROR|WARN/.test(line) || / status: (?!ok$|valid,)/.test(line)
  );
  const seen = [
    ...stdout.matchAll(/backup: (\S+), status: valid, total files checked: (\d+), total valid files: (\d+)/g),
  ];
  assertEquals({ code, stderr, problems }, { code: 0, stderr: "", problems: [] }, stdout);
  assertEquals(seen.map(([, label]) => label), labels, stdout);
  assertEquals(seen.filter(([, , checked, valid]) => checked !== valid), [], stdout);
}
