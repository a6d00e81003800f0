/** What the two programs that measure us beside others have in common: arguments, results, exit codes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { describeMachine, projectFolder } from '../../src/bench/machine.ts';
import { ExitCode, FaultError, formatFault, suggest } from '../../src/fault/index.ts';
import { codeVersion } from '../../src/results/index.ts';

/** The folder of results, and of what is installed and made for the benchmarks. */
export const benchFolder = join(projectFolder, 'results', 'bench');

/** Progress, on standard error. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A program with the options that both have. */
export function toolCommand(name: string, description: string, rounds: number, epilogue: string): Command {
  return new Command(name)
    .description(description)
    .option('--rounds <n>', 'rounds in which all are timed in turn', wholeNumber, rounds)
    .option('--json', 'print the results as JSON instead of a table')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', epilogue)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
}

/** @throws InvalidArgumentError when it is none from 1 on */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number ≥ 1');
  return value;
}

/** Reads a list of these names. @throws InvalidArgumentError when there is another among them */
export function namesAmong(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    const wrong = names.find((name) => !known.includes(name));
    if (wrong === undefined) return names;
    const near = suggest(wrong, known);
    throw new InvalidArgumentError(
      `"${wrong}" is none of ${known.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  };
}

/** Who can take part, and who is left out, with the reason. */
export interface Entrants<T, F> {
  readonly ready: readonly { readonly one: T; readonly found: F }[];
  readonly left: { readonly id: string; readonly title: string; readonly reason: string }[];
}

/** Gets what each of these needs; who cannot be had is left out, and said to be. */
export async function prepareAll<T extends { readonly id: string; readonly title?: string }, F>(
  all: readonly T[],
  prepare: (one: T) => Promise<{ readonly found: F } | { readonly reason: string }>,
): Promise<Entrants<T, F>> {
  const ready: { one: T; found: F }[] = [];
  const left: Entrants<T, F>['left'] = [];
  for (const one of all) {
    const prepared = await prepare(one);
    if ('found' in prepared) ready.push({ one, found: prepared.found });
    else {
      const { id, title = id } = one;
      left.push({ id, title, reason: prepared.reason });
      say(`${title} is left out: ${prepared.reason}`);
    }
  }
  return { ready, left };
}

/** What a report says first: its format, when and where it was made, by which code. */
export async function reportHead<T extends string>(format: T) {
  const [date, machine] = [new Date().toISOString(), describeMachine(process.env)];
  return { format, date, machine, code: await codeVersion() };
}

/** A report with its text, printed and written to files that are named after its date; the path of the JSON file. */
export function publish(
  report: { readonly date: string },
  text: string,
  { kind, extension, json = false }: { kind: string; extension: string; json?: boolean | undefined },
): string {
  const path = join(benchFolder, `${kind}-${report.date.slice(0, 19).replaceAll(':', '')}`);
  const record = `${JSON.stringify(report, null, 2)}\n`;
  mkdirSync(benchFolder, { recursive: true });
  writeFileSync(`${path}.json`, record);
  writeFileSync(`${path}.${extension}`, text);
  process.stdout.write(json ? record : text);
  say(`written: ${path}.${extension} and .json`);
  return `${path}.json`;
}

/** Runs a program with the arguments of this process, which ends with its exit code. */
export async function runTool<T>(command: Command, work: (options: T) => Promise<void>): Promise<void> {
  try {
    await work(command.parse().opts() as T);
  } catch (error) {
    if (error instanceof FaultError) {
      for (const fault of error.faults) say(formatFault(fault));
      process.exitCode = error.exitCode;
    } else if (!(error instanceof CommanderError)) throw error;
    else if (error.exitCode !== 0) {
      const problem = error.message.replace(/^error: /, '');
      say(formatFault({ place: 'command line', problem, cure: 'see --help' }));
      process.exitCode = ExitCode.usage;
    }
  }
}
