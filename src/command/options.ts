/** The options that several commands have, each once, and what they say together. */
import { readdirSync, statSync } from 'node:fs';
import { spoolStandardInput } from '../capture/index.ts';
import { FaultError } from '../fault/index.ts';
import type { LoadOptions } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import type { Context, OptionRow } from './define.ts';
import { append, seedNumber, wholeNumber } from './parse.ts';

/** --json, which is what a program reads in place of the text. */
export const JSON_OPTION: OptionRow = ['--json', 'print JSON instead of text'];

/** --force, of every command that is told where its files go. */
export const FORCE_OPTION: OptionRow = ['--force', 'replace what is there of the same name'];

/** Keeps what is there: a file, or a folder with something in it. @throws FaultError (usage) unless forced */
export function refuseExisting(
  path: string,
  { force = false }: { readonly force?: boolean },
  option = '--out',
): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (force || found === undefined || (found.isDirectory() && readdirSync(path).length === 0)) return;
  throw new FaultError({
    place: `${option} ${displayPath(path)}`,
    problem: found.isDirectory() ? 'there is something in this folder' : 'there is a file of this name',
    cure: 'name another, or replace it with --force',
  });
}

/** --results, of every command that reads runs. */
export const RESULTS_OPTION: OptionRow = ['--results <folder>', 'where the runs are', 'results'];

/** --out, of every command that works on a spec. */
export const OUT_OPTION: OptionRow = ['--out <folder>', 'where results go', 'results'];

/** --checkpoint. */
export const CHECKPOINT_OPTION: OptionRow = [
  '--checkpoint <steps>',
  'write a checkpoint every so many steps and at every epoch (default: as often as takes less than 1% of the time)',
  wholeNumber('--checkpoint', 1, undefined, 'of steps '),
];

/** What --data says. */
export const DATA_OPTION_HELP =
  'the folder below which each data set has its own (default: SESSIONLAB_DATA, else where the system keeps data of programs)';

/** --data, of every command that reads data sets. */
export const DATA_OPTION: OptionRow = ['--data <folder>', DATA_OPTION_HELP];

/** --set, --seed, --capture, --dataset and --data, of every command with a spec. */
export const SPEC_OPTIONS: readonly OptionRow[] = [
  ['--set <path=value>', 'change the spec, for example network.packet.units=50; may be repeated', append],
  ['--seed <number>', 'run this seed only', seedNumber],
  [
    '--capture <path>',
    'read this capture, folder or glob instead of the data set, - for standard input; may be repeated',
    append,
  ],
  ['--dataset <name>', 'read this data set instead of that of the spec: see sessionlab data list'],
  DATA_OPTION,
];

/** What these are read as. */
export interface SpecArguments {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly capture?: readonly string[];
  readonly dataset?: string;
  readonly data?: string;
}

/** What they say to `loadSpec`. */
export function loadOptions({ set, seed, capture, dataset, data }: SpecArguments): LoadOptions {
  return {
    ...(set === undefined ? {} : { set }),
    ...(seed === undefined ? {} : { seed }),
    ...(capture === undefined ? {} : { captures: capture }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(data === undefined ? {} : { data }),
  };
}

/** The options with standard input, where it is named as a capture, kept as a file until `use` has ended. */
export async function withStandardInput<T extends SpecArguments, R>(
  options: T,
  context: Pick<Context, 'interruption'>,
  use: (options: T) => Promise<R>,
): Promise<R> {
  if (options.capture?.includes('-') !== true) return use(options);
  const { signal } = context.interruption;
  const { patterns, remove } = await spoolStandardInput(options.capture, process.stdin, signal);
  return use({ ...options, capture: patterns }).finally(remove);
}
