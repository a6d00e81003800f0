/** Start-up of the command line, each time a process of its own, beside Node alone. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { projectFolder } from '../machine.ts';
import type { SuiteContext } from './context.ts';

export function cliSuite({ quick }: SuiteContext): Suite {
  const program = 'src/sessionlab.mjs';
  const calls: readonly (readonly [what: string, args: readonly string[]])[] = [
    ['node alone', ['--eval', 'console.log(process.version)']],
    ['sessionlab --version', [program, '--version']],
    ['sessionlab --help', [program, '--help']],
    ['sessionlab validate', [program, 'validate', 'experiments/quickstart.json']],
  ];
  return {
    name: 'cli',
    summary: 'start-up of the command line',
    benchmarks: () =>
      (quick ? calls.slice(0, 2) : calls).map(([what, args]) =>
        timed(`cli/${what}`, 'processes', () => processTask(args)),
      ),
  };
}

function processTask(args: readonly string[]): Task<string> {
  return { amount: 1, run: () => outputOf(args), checksum: (output) => checksumOf([output]) };
}

/** What Node prints when it is started with these arguments in the project's folder. */
export async function outputOf(args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: projectFolder });
  if (stdout === '') throw new RangeError(`node ${args.join(' ')} printed nothing: ${stderr.trim()}`);
  return stdout;
}
