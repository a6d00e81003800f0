/** Which files a spec reads: captures and labels, day by day where its protocol is about days. */
import { resolve } from 'node:path';
import { findCaptures } from '../capture/index.ts';
import type { LabelSource } from '../dataset/index.ts';
import { FaultError, type Interruption } from '../fault/index.ts';
import {
  type ExperimentSpec,
  hasLabels,
  type ResolvedDataset,
  type ResolvedSpec,
  usesLabels,
  withSource,
} from '../spec/index.ts';
import type { DataEvent } from './events.ts';
import type { SyntheticFiles } from './synthetic.ts';

/** What is read as one: a day, or all of a data set. */
export interface Input {
  /** The day; null where it is all. */
  readonly day: string | null;
  /** The data set's name or, of captures in a spec, what they are called in messages. */
  readonly dataset: string;
  /** Paths, in the order in which they are read. */
  readonly captures: readonly string[];
  /** null where labels are not used. */
  readonly labels: LabelSource | null;
  /** What paths of label files are relative to. */
  readonly folder: string;
  /** Of finding the captures. */
  readonly warnings: readonly string[];
}

/** What one data set gives. */
export interface Inputs {
  readonly inputs: readonly Input[];
  /** What was made or found, of a synthetic data set. */
  readonly synthetic: SyntheticFiles | null;
}

/** The days of a side; null where the protocol is not about days. */
export function daysOf({ protocol }: ExperimentSpec, side: 'train' | 'test'): readonly string[] | null {
  return protocol.kind === 'days' ? protocol[side] : null;
}

/** What a data set is asked for. */
export interface Wanted {
  readonly dataset: ResolvedDataset;
  /** null for all of it, read as one. */
  readonly days: readonly string[] | null;
  readonly labels: boolean;
}

/** What a spec asks of its data set, and of the one that it tests on where that is another. */
export function wantedOf({ spec, dataset, testDataset }: ResolvedSpec): readonly Wanted[] {
  const labels = usesLabels(spec) && hasLabels(dataset);
  const [train, test] = [daysOf(spec, 'train'), daysOf(spec, 'test')];
  if (testDataset === null)
    return [{ dataset, days: train === null ? null : [...train, ...(test ?? [])], labels }];
  return [
    { dataset, days: train, labels },
    { dataset: testDataset, days: test, labels: usesLabels(spec) && hasLabels(testDataset) },
  ];
}

/** How files are found. */
export interface FindOptions {
  /** The results folder, where synthetic captures are kept. */
  readonly results: string;
  readonly interruption: Interruption;
  readonly observe: (event: DataEvent) => void;
}

/**
 * Finds the files of a data set, or makes them where it is synthetic.
 *
 * @throws FaultError (data) when captures are missing, with where to get them; Interrupted
 */
export async function findInputs(
  { dataset, days, labels }: Wanted,
  { results, interruption, observe }: FindOptions,
): Promise<Inputs> {
  if (dataset.kind === 'captures')
    return { inputs: await captureInputs(dataset, days, labels), synthetic: null };
  const { name } = dataset;
  observe({ kind: 'making', dataset: name });
  // Who only looks which files there are need not load what makes them.
  const { syntheticFiles } = await import('./synthetic.ts');
  const synthetic = await syntheticFiles(dataset, results, interruption);
  const { folder, source } = synthetic;
  const found = (captures: readonly string[], day: string | null, of: LabelSource | null): Input => ({
    day,
    dataset: name,
    captures,
    labels: of,
    folder,
    warnings: [],
  });
  if (days === null) return { inputs: [found(synthetic.paths, null, labels ? source : null)], synthetic };
  const inputs = days.map((day) => {
    const path = synthetic.days.find((made) => made.name === day)!.path;
    return found([path], day, labels ? ofDay(source!, day) : null);
  });
  return { inputs, synthetic };
}

type Captures = Extract<ResolvedDataset, { kind: 'captures' }>;

/** As findInputs, of captures: looks at names only, and makes nothing. */
export async function captureInputs(
  dataset: Captures,
  days: readonly string[] | null,
  useLabels: boolean,
): Promise<readonly Input[]> {
  const folder = resolve(dataset.base);
  const source = useLabels ? labelSource(dataset) : null;
  const find = async (patterns: readonly string[], day: string | null): Promise<Input> => {
    try {
      const { paths, warnings } = await findCaptures(patterns, folder);
      const labels = source === null || day === null ? source : ofDay(source, day);
      return { day, dataset: nameOf(dataset), captures: paths, labels, folder, warnings };
    } catch (error) {
      throw error instanceof FaultError ? withSource(error, dataset) : error;
    }
  };
  if (days === null) return [await find(dataset.captures, null)];
  const inputs: Input[] = [];
  for (const day of days)
    inputs.push(await find(dataset.manifest!.days.find(({ name }) => name === day)!.captures, day));
  return inputs;
}

const nameOf = ({ manifest }: Captures): string => manifest?.name ?? 'the captures';

/** The label files of inputs, in the order in which they are read. */
export function labelPaths(inputs: readonly Input[]): readonly string[] {
  return inputs.flatMap(({ labels, folder }) =>
    (labels?.days ?? []).flatMap((day) => day.labels.map((path) => resolve(folder, path))),
  );
}

function labelSource(dataset: Captures): LabelSource {
  const { labels, manifest } = dataset;
  if (manifest !== undefined) return manifest;
  const { files, ...reading } = labels!;
  const day = { name: 'all', date: null, labels: files, otherwise: null };
  return { name: 'the captures', labels: reading, days: [day] };
}

/** One day alone: where it has no label files, what holds for all of its sessions needs no time. */
function ofDay(source: LabelSource, name: string): LabelSource {
  const day = source.days.find((one) => one.name === name)!;
  return { ...source, days: [day.labels.length > 0 ? day : { ...day, date: null }] };
}
