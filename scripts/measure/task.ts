import type { Contender, TestBed } from "./bed.ts";
import { type Cost, measure, median } from "./timing.ts";

/** A thing both programs do. `prepare` is not measured. */
export interface Task {
  name: string;
  prepare(contender: Contender): string;
  line(contender: Contender): string;
  /** Our wall time as a part of the peer's, at the most. */
  goal?: number;
}

/** Prints the heading of the table. */
export function heading(): void {
  row("task", "ours s", "peer s", "wall", "goal", "ours cpu", "peer cpu", "cpu", "ours MB", "peer MB", "MB");
}

/** Measures both programs in turn and prints a line with the medians and what part of the peer's ours are. */
export async function compare(bed: TestBed, task: Task, rounds: number): Promise<void> {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of bed.contenders) {
      await bed.run(task.prepare(contender));
      const cost = await measure(task.line(contender), bed.runner);
      costs.set(contender.name, [...costs.get(contender.name) ?? [], cost]);
    }
  }
  const [ours, peer] = ["pg_backrest", "pgbackrest"].map((name) => median(costs.get(name)!));
  row(
    task.name,
    ours!.wall.toFixed(2),
    peer!.wall.toFixed(2),
    (ours!.wall / peer!.wall).toFixed(2),
    task.goal === undefined ? "" : task.goal.toFixed(2),
    ours!.cpu.toFixed(2),
    peer!.cpu.toFixed(2),
    (ours!.cpu / peer!.cpu).toFixed(2),
    megabytes(ours!.memory),
    megabytes(peer!.memory),
    (ours!.memory / peer!.memory).toFixed(2),
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

function row(name: string, ...figures: string[]): void {
  const line = `${name.padEnd(22)}${figures.map((figure) => figure.padStart(9)).join("")}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}
