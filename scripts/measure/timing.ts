/** What a program took. Times in seconds, memory in bytes. */
export interface Cost {
  wall: number;
  /** User and system time of the program and all it waited for. */
  cpu: number;
  /** Largest resident size of the program itself. */
  memory: number;
}

/** Who runs the measured programs: PostgreSQL's user when we are root. */
export interface Runner {
  uid?: number;
  gid?: number;
}

/** Runs a shell command line to its end and measures it; failing is an error with its output. */
export async function measure(line: string, runner: Runner): Promise<Cost> {
  const command = new Deno.Command("bash", {
    // The runner is not the one whose home the environment names.
    env: { HOME: "/nonexistent" },
    args: ["-c", `TIMEFORMAT='%R %U %S'; time ( ${line} ) 1>&2`],
    stdout: "piped",
    stderr: "piped",
    ...runner,
  });
  const child = command.spawn();
  let memory = 0;
  const watch = setInterval(() => memory = Math.max(memory, peakOfChildren(child.pid)), 20);
  const { code, stdout, stderr } = await child.output();
  clearInterval(watch);
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`${line}\nended with ${code}\n${text}`);
  const [wall, user, system] = /([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(text)!.slice(1).map(Number);
  return { wall: wall!, cpu: user! + system!, memory };
}

/** Largest resident size among the children of a shell, summed over those alive at the moment. */
function peakOfChildren(shell: number): number {
  let sum = 0;
  for (const pid of childrenOf(shell)) sum += residentPeak(pid) + peakOfChildren(pid);
  return sum;
}

function childrenOf(pid: number): number[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The middle one of several measurements, each figure for itself. */
export function median(costs: readonly Cost[]): Cost {
  const middle = (figure: (cost: Cost) => number) =>
    costs.map(figure).sort((a, b) => a - b)[Math.floor(costs.length / 2)]!;
  return { wall: middle((cost) => cost.wall), cpu: middle((cost) => cost.cpu), memory: middle((cost) => cost.memory) };
}
