import { checkArguments } from "../config/arguments.ts";
import { type CommandLine, parseCommandLine } from "../config/command_line.ts";
import { type CommandName, COMMANDS, type Role } from "../config/commands.ts";
import type { Configuration } from "../config/configuration.ts";
import type { OptionGroup } from "../config/definition.ts";
import { configuredStanzas, loadConfiguration, type Surroundings } from "../config/load.ts";
import { describeRun } from "../config/option_words.ts";
import { isValidFor, type OptionName, OPTIONS } from "../config/options.ts";
import { applyRules, refuseRoot } from "../config/rules.ts";
import { refuseUnbuilt } from "../config/unbuilt.ts";
import { toRecord } from "../error.ts";
import { createLog, EARLY_CONSOLE, type Logger, STDERR_ONLY } from "../log.ts";
import type { Locks } from "../process/lock.ts";
import { VERSION } from "../version.ts";
import { Connections } from "../wire/connections.ts";
import { orAborted } from "../process/grace.ts";
import type { CommandModule, Invocation } from "./invocation.ts";
import { respectStopFiles, takeRunLocks } from "./locks.ts";
import type { Machine } from "./machine.ts";
import { createRunLog, logError, machineOutputs, roleSuffix, type RunLog } from "./run_log.ts";

/** Number of the main thread among the processes of a run. */
const MAIN_PROCESS = 0;

/** What the program is put together from. */
export interface ProgramParts {
  readonly machine: Machine;
  /** Aborted to end the run early. */
  readonly signal: AbortSignal;
  loadCommand(command: CommandName, role: Role): Promise<CommandModule>;
  /** How this program is called again. */
  program(): string;
}

/** What stays the same through a run and the command that may follow it. */
interface Run {
  readonly parts: ProgramParts;
  readonly line: CommandLine;
  readonly from: Surroundings;
  readonly runLog: RunLog;
  readonly execId: string;
  readonly connections: Connections;
  /** Aborted when the run is to end early: on a signal, or when another host that holds its locks is lost. */
  readonly signal: AbortSignal;
}

/** Runs the program and returns its exit status. The one place where errors become exit codes. */
export async function runProgram(argv: readonly string[], parts: ProgramParts): Promise<number> {
  const { machine } = parts;
  let log = createLog(STDERR_ONLY, machineOutputs(machine));
  try {
    const line = parseCommandLine(argv);
    if (line.role === "main") log = createLog(EARLY_CONSOLE, machineOutputs(machine));
    const execId = `${machine.pid}-${machine.randomId()}`;
    const { program } = parts;
    const from = { variables: machine.variables, reader: machine.reader, program, warn: log.warn };
    const configuration = loadConfiguration(line, from, { execId });
    using runLog = createRunLog(configuration, machine);
    const connections = new Connections(MAIN_PROCESS);
    const signal = mayLoseLocks(configuration) ? AbortSignal.any([parts.signal, connections.lost]) : parts.signal;
    const run = { parts, line, from, runLog, execId, connections, signal };
    if (configuration.command !== "help" && configuration.command !== "version") {
      return await runLogged(configuration, run);
    }
    const module = await parts.loadCommand(configuration.command, configuration.role);
    return await module.run({ ...invocation(configuration, run), log });
  } catch (error) {
    if (isRemote(argv)) await refuseToServe(machine, error);
    return logError(log, error);
  }
}

/** Whether other hosts may hold locks for the run. Most runs have no such hosts, and a combined signal takes its time. */
function mayLoseLocks({ command, role, options }: Configuration): boolean {
  const isOnHost = (group: OptionGroup) => options.keys(group).some((key) => options.find(`${group}-host`, key));
  return COMMANDS[command].lockBy === role && (isOnHost("repo") || isOnHost("pg"));
}

/** Whether this is the other end of a connection, as far as can be told of arguments that may be wrong. */
function isRemote(argv: readonly string[]): boolean {
  return argv.find((word) => !word.startsWith("-")) === "remote" ||
    argv.some((word) => /^[a-z-]+:remote$/.test(word));
}

/** Tells the other host why it will not be served: in the place of a greeting, with code and hint. */
async function refuseToServe(machine: Machine, error: unknown): Promise<void> {
  const { greetingLine } = await import("../wire/greeting.ts");
  machine.stdout(greetingLine({ role: "remote", host: Deno.hostname(), execId: "", error: toRecord(error) }));
}

/** A run between its begin and end lines, and the command that follows it; errors are logged here. */
async function runLogged(first: Configuration, run: Run): Promise<number> {
  const { parts: { machine, loadCommand }, runLog: { log } } = run;
  const started = machine.now();
  let current = first;
  try {
    await prepare(first, run);
    begin(first, log);
    const module = await loadCommand(first.command, first.role);
    using locks = await takeRunLocks(first, started);
    // Other hosts let go before this one does.
    await using _closed = run.connections;
    const code = await runJudged(module, first, { run, locks });
    const isPart = code !== 0 && code === COMMANDS[first.command].followedBy?.despite;
    const next = code === 0 || isPart ? followUp(first, run) : undefined;
    if (isPart) endBadly(first, code, log);
    else endWell(first, run, started);
    if (next === undefined) return code;
    current = next;
    return await runNext(next, run, locks) || code;
  } catch (error) {
    const { signal } = run;
    // What else fails after a signal is a consequence of it.
    const code = logError(log, signal.aborted ? signal.reason : error, current);
    if (first.role === "remote" || first.command === "remote") await refuseToServe(machine, error);
    endBadly(current, code, log);
    return code;
  }
}

/** The command that follows another one, with a log file of its own. */
async function runNext(next: Configuration, run: Run, locks: Locks | undefined): Promise<number> {
  const started = run.parts.machine.now();
  run.runLog.openFile(next);
  begin(next, run.runLog.log);
  const code = await runJudged(await run.parts.loadCommand(next.command, next.role), next, { run, locks, quiet: true });
  endWell(next, run, started);
  return code;
}

/** What holds before anything is logged: user, file modes, priority, log file. Errors 31, 100. */
async function prepare(configuration: Configuration, { parts: { machine }, runLog }: Run): Promise<void> {
  const { options } = configuration;
  refuseRoot(configuration, machine.uid);
  if (options.find("neutral-umask")) machine.clearUmask();
  const priority = options.find("priority");
  if (priority !== undefined) await machine.setPriority(priority);
  runLog.openFile(configuration);
}

/** Judges the options together, then does the command. `quiet` leaves out what was warned about already. */
async function runJudged(
  module: CommandModule,
  configuration: Configuration,
  { run, locks, quiet = false }: { run: Run; locks: Locks | undefined; quiet?: boolean },
): Promise<number> {
  const ruled = applyRules(configuration, run.parts.program);
  const warnings = [...ruled.warnings, ...refuseUnbuilt(ruled.configuration)];
  if (!quiet) { for (const warning of warnings) run.runLog.log.warn(warning); }
  checkArguments(configuration);
  await respectStopFiles(configuration);
  return await orAborted(module.run({ ...invocation(ruled.configuration, run), locks }), run.signal);
}

/** What a command is started with. */
function invocation(configuration: Configuration, { parts, line, from, runLog, connections, signal }: Run): Invocation {
  const { machine, program } = parts;
  return {
    configuration,
    log: runLog.log,
    locks: undefined,
    connections,
    signal,
    output: machine.stdout,
    showProgress: runLog.showProgress,
    now: machine.now,
    program,
    stanzas: () => configuredStanzas(line, from),
    configure: (stanza) => {
      const execId = configuration.options.need("exec-id");
      const other = loadConfiguration(line, { ...from, warn: () => {} }, { execId, stanza });
      return applyRules(other, program).configuration;
    },
  };
}

/** The configuration of the command that follows by itself: the same command line as far as it concerns that one. */
function followUp({ command, role, options }: Configuration, run: Run): Configuration | undefined {
  const next = COMMANDS[command].followedBy;
  if (next === undefined || role !== "main" || options.find(next.option as OptionName) !== true) return undefined;
  const given = [...run.line.given].filter(([name]) => isValidFor(OPTIONS[name]!, next.command, "main"));
  const line = { command: next.command, role, args: [], given: new Map(given) };
  return loadConfiguration(line, { ...run.from, warn: () => {} }, { execId: run.execId });
}

function begin(configuration: Configuration, log: Logger): void {
  const { command } = configuration;
  const text = `${command}${roleSuffix(configuration)} command begin ${VERSION}${describeRun(configuration)}`;
  log.log(COMMANDS[command].level, text);
}

function end(configuration: Configuration, result: string, log: Logger): void {
  const { command } = configuration;
  log.log(COMMANDS[command].level, `${command}${roleSuffix(configuration)} command end: ${result}`);
}

function endBadly(configuration: Configuration, code: number, log: Logger): void {
  end(configuration, `aborted with exception [${String(code).padStart(3, "0")}]`, log);
}

function endWell(configuration: Configuration, { parts: { machine }, runLog }: Run, started: Date): void {
  const time = machine.now().getTime() - started.getTime();
  const shown = configuration.options.find("log-timestamp") === false ? "" : ` (${time}ms)`;
  end(configuration, `completed successfully${shown}`, runLog.log);
}
