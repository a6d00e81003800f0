/** How another process is told to work on the same sweep. */
import { resolve } from 'node:path';
import type { LoadOptions } from '../spec/index.ts';
import type { SweepOptions } from './options.ts';

type Told = Pick<SweepOptions, 'spec' | 'load' | 'out' | 'threads' | 'checkpointEvery' | 'failFast'>;

/** Its command line. */
export function sweepArguments({ spec, load, out, threads, checkpointEvery, failFast }: Told): string[] {
  const args = ['sweep', spec, '--out', out, '--no-wait', '--threads', String(threads)];
  if (checkpointEvery !== null) args.push('--checkpoint', String(checkpointEvery));
  if (failFast) args.push('--fail-fast');
  return [...args, ...loadArguments(load)];
}

/** What the command line changes in a spec. */
function loadArguments({ set = [], seed, captures = [], dataset, data }: LoadOptions): readonly string[] {
  return [
    ...set.flatMap((assignment) => ['--set', assignment]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...captures.flatMap((path) => ['--capture', resolve(path)]),
    ...(dataset === undefined ? [] : ['--dataset', dataset]),
    ...(data === undefined ? [] : ['--data', resolve(data)]),
  ];
}
