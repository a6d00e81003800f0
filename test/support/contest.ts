/** What the two programs that measure us beside others have in common: arguments, results, exit codes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { projectFolder } from '../../src/bench/machine.ts';
import { ExitCode, FaultError, formatFault, suggest } from '../../src/fault/index.ts';

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
