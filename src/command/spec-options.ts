/** The options that every command with a spec has. */
import { spoolStandardInput } from '../capture/index.ts';
import { FaultError } from '../fault/index.ts';
import type { LoadOptions } from '../spec/index.ts';
import type { OptionRow } from './define.ts';
import { append } from './parse.ts';

/** What commander makes of them. */
export interface SpecOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly capture?: readonly string[];
  readonly dataset?: string;
  readonly data?: string;
}

/** --data, of every command that reads data sets. */
export const DATA_OPTION: OptionRow = [
  '--data <folder>',
  'the folder below which each data set has its own (default: SESSIONLAB_DATA, else where the system keeps data of programs)',
];

/** --set, --seed, --capture, --dataset and --data. */
export const SPEC_OPTIONS: readonly OptionRow[] = [
  ['--set <path=value>', 'change the spec, for example network.packet.units=50; may be repeated', append],
  ['--seed <number>', 'run this seed only', parseSeed],
  [
    '--capture <path>',
    'read this capture, folder or glob instead of the data set, - for standard input; may be repeated',
    append,
  ],
  ['--dataset <name>', 'read this data set instead of that of the spec: see sessionlab data list'],
  DATA_OPTION,
];

/** What they say to `loadSpec`. */
export function loadOptions({ set, seed, capture, dataset, data }: SpecOptions): LoadOptions {
  return {
    ...(set === undefined ? {} : { set }),
    ...(seed === undefined ? {} : { seed }),
    ...(capture === undefined ? {} : { captures: capture }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(data === undefined ? {} : { data }),
  };
}

/** The options with standard input, where it is named as a capture, kept as a file until `use` has ended. */
export async function withStandardInput<T extends SpecOptions, R>(
  options: T,
  use: (options: T) => Promise<R>,
): Promise<R> {
  if (options.capture === undefined) return use(options);
  const { patterns, remove } = await spoolStandardInput(options.capture);
  return use({ ...options, capture: patterns }).finally(remove);
}

/** Reads a seed; a number below 0 is left to the spec to be refused. @throws FaultError */
export function parseSeed(text: string): number {
  if (/^-?[0-9]+$/.test(text)) return Number(text);
  throw new FaultError({
    place: '--seed',
    problem: `got ${JSON.stringify(text)}, must be a whole number ≥ 0`,
  });
}
