/** Kills processes of a site at random moments, again and again. */
import { until } from "./program.ts";
import type { Site } from "./site.ts";

/** Processes of a site whose command line has a word. */
export function processesOf(site: Site, word: string): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = commandLine(name);
    if (words.includes(site.folder) && words.includes(word) && !words.startsWith("sh\0")) found.push(Number(name));
  }
  return found;
}

function commandLine(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}

/**
 * Kills so many processes whose command line has a word, each at a moment of chance after the one before; fewer when the
 * signal comes.
 */
export async function killAtRandom(
  site: Site,
  { word, count, random, signal }: { word: string; count: number; random(): number; signal?: AbortSignal },
): Promise<void> {
  for (let killed = 0; killed < count && !signal?.aborted;) {
    await new Promise((resolve) => setTimeout(resolve, 20 + random() * 130));
    let found: number[] = [];
    await until(`a process with '${word}'`, () => {
      found = processesOf(site, word);
      return found.length > 0 || signal?.aborted === true;
    });
    if (found.length > 0 && kill(found[Math.floor(random() * found.length)]!)) killed++;
  }
}

/** False where the process is gone already. */
function kill(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
