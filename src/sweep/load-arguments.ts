/** How another process is told what the command line changes in a spec. */
import { resolve } from 'node:path';
import type { LoadOptions } from '../spec/index.ts';

/** The arguments that say the same to a process in whatever folder. */
export function loadArguments({
  set = [],
  seed,
  captures = [],
  dataset,
  data,
}: LoadOptions): readonly string[] {
  return [
    ...set.flatMap((assignment) => ['--set', assignment]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...captures.flatMap((path) => ['--capture', resolve(path)]),
    ...(dataset === undefined ? [] : ['--dataset', dataset]),
    ...(data === undefined ? [] : ['--data', resolve(data)]),
  ];
}
