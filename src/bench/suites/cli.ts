/** Start-up of the command line, each time a process of its own, beside Node alone. */
import { spawn } from 'node:child_process';
import type { Benchmark, Suite, Task } from '../benchmark.ts';
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
      (quick ? calls.slice(0, 2) : calls).map(
        ([what, args]): Benchmark => ({
          kind: 'time',
          suite: 'cli',
          name: `cli/${what}`,
          of: 'processes',
          prepare: () => processTask(args),
        }),
      ),
  };
}

function processTask(args: readonly string[]): Task<string> {
  return { amount: 1, run: () => outputOf(args), checksum: (output) => checksumOf([output]) };
}

/** What Node prints when it is started with these arguments in the project's folder. */
export function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && output !== '') resolve(output);
      else reject(new RangeError(`node ${args.join(' ')} ended with ${code}: ${complaint.trim()}`));
    });
  });
}
