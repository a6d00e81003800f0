/** `sessionlab doctor`: what this machine has, and whether it computes the right numbers. */
import { type Diagnosis, diagnose, formatDiagnosis } from '../bench/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION } from './options.ts';
import { threadCounts } from './parse.ts';

interface DoctorOptions {
  readonly variant?: string;
  readonly threads: readonly number[];
  readonly json?: boolean;
}

export const command = defineCommand({
  name: 'doctor',
  description:
    'Show compiler, engine variants, their measured peak, the self-test on each of them, and which optional ' +
    'programs and services there are.',
  options: [
    ['--variant <name>', 'test only this variant; typescript is the reference engine'],
    ['--threads <list>', 'numbers of threads to test with', threadCounts, [1, 2, 3]],
    JSON_OPTION,
  ],
  notes: `
The self-test trains small networks of every cell and attention and hashes weights, probabilities and attention weights.
The hash is the same for every engine, on every machine, with any number of threads; if it is not, results of this
machine cannot be compared with others.

SESSIONLAB_VARIANT=avx2 makes every command compute with that variant.`,
  examples: [
    'sessionlab doctor',
    'sessionlab doctor --variant avx2 --threads 1,2,4,8',
    'sessionlab doctor --json | jq .selfTest.ok',
  ],
  exitCodes: {
    0: 'all numbers are right',
    1: 'some numbers are wrong, or a defect of sessionlab',
    2: 'the variant does not run here',
  },
  run: async (_: readonly [], { variant, threads, json }: DoctorOptions, { print, printJson }) => {
    const found = await diagnose({ threads, ...(variant === undefined ? {} : { variant }) });
    if (json === true) printJson(found, 2);
    else print(formatDiagnosis(found));
    return exitCodeOf(found);
  },
});

/** 0 when all numbers are right. */
export function exitCodeOf({ selfTest }: Diagnosis): 0 | 1 {
  return selfTest.ok ? 0 : 1;
}
