/** The hash that names what a spec asks for. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import type { ResolvedDataset } from './dataset.ts';
import type { ExperimentSpec } from './schema.ts';

/**
 * SHA-256 (hex) of the canonical JSON of a resolved spec, without what cannot change a result:
 *
 * - `$schema`, `name` and `description` are for people (the name is the folder above the hash's);
 * - `sweep` says what other specs there are;
 * - `slurm` says where it is computed, `tracking` where it is to be seen;
 * - `seeds` say how many runs there are; each has its own place below the hash;
 * - the engines native and reference give the same bits, so that they share a hash; tfjs does not and has its own;
 * - `published` is shown beside the results, `hypotheses` say what is compared with what, and `variant` is what a cell is
 *   called;
 * - the name of a data set stands for what is in it: a synthetic one for its recipe, captures for their contents, and
 *   label files, where the protocol uses them, for theirs.
 *
 * @param contents of the data set and, where there is one, of that which tests. Without them the paths, as the spec has
 *   them, stand for the files.
 */
export function hashSpec(
  spec: ExperimentSpec,
  { dataset, testDataset }: SpecData,
  contents?: SpecContents,
): string {
  const { engine, sessions, tokens, anomalies, network, training, evaluation } = spec;
  const uses = usesLabels(spec);
  const essence = {
    ...without(spec, [...ASIDE, 'extends', 'name', 'variant', 'published', 'sweep']),
    sessions: sparse(sessions, { defects: [], key: 'endpoints', duplicates: 'keep' }),
    tokens: sparse(tokens, {
      from: 'link',
      derived: 'hide',
      unit: 'byte',
      order: 'forward',
      publicAddresses: 'shown',
    }),
    anomalies: sparse(anomalies, { lookAhead: false, invisible: 'replace' }),
    network: {
      ...network,
      packet: sparse(network.packet, { initialState: 'zero' }),
      session: sparse(network.session, { initialState: 'zero' }),
    },
    training: sparse(training, { tokenDropout: 0 }),
    evaluation: sparse(evaluation, {
      ...{ baselines: true, epoch: 'last', redraw: false, threshold: 'f1' },
      presentations: {},
    }),
    dataset: essenceOf(dataset, uses, contents?.dataset),
    ...(testDataset === null
      ? {}
      : {
          test: {
            ...spec.test,
            dataset: essenceOf(testDataset, uses, contents?.testDataset),
            sessions: 'all',
          },
        }),
    ...(engine === 'tfjs' ? { engine } : {}),
  };
  return sha256(essence);
}

/** SHA-256 (hex) of what the cells of a sweep have in common: the same when cells are added, or seeds. */
export function hashSweep(base: Readonly<Record<string, unknown>>): string {
  return sha256(without(base, ASIDE));
}

/** Fields that change no result, or are one place in many results. */
const ASIDE = ['$schema', 'description', 'seeds', 'engine', 'hypotheses', 'slurm', 'tracking'];

const without = (spec: object, fields: readonly string[]): object =>
  Object.fromEntries(Object.entries(spec).filter(([key]) => !fields.includes(key)));

const sha256 = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** A part of a spec without fields that came later and say what their absence says: they have no place in the hash. */
function sparse(part: object, absent: Readonly<Record<string, unknown>>): object {
  const isSilent = ([key, value]: readonly [string, unknown]) =>
    Object.hasOwn(absent, key) && JSON.stringify(value) === JSON.stringify(absent[key]);
  return Object.fromEntries(Object.entries(part).filter((field) => !isSilent(field)));
}

/** The data sets that a spec reads. */
export interface SpecData {
  readonly dataset: ResolvedDataset;
  /** The data set that the spec tests on, where it is another. */
  readonly testDataset: ResolvedDataset | null;
}

/** SHA-256 (hex) of files, in the order in which they are read. */
export interface DataContents {
  readonly captures: readonly string[];
  readonly labels: readonly string[];
}

/** The contents of the captures that a spec reads; a data set that is made by a recipe has none. */
export interface SpecContents {
  readonly dataset?: DataContents | undefined;
  readonly testDataset?: DataContents | undefined;
}

/** Whether labels of the data can change what a spec finds. */
export function usesLabels({ protocol }: Pick<ExperimentSpec, 'protocol'>): boolean {
  return 'labels' in protocol && protocol.labels !== undefined;
}

function essenceOf(dataset: ResolvedDataset, uses: boolean, contents: DataContents | undefined): object {
  if (dataset.kind === 'synthetic') return { synthetic: dataset.recipe };
  const { captures, labels, manifest } = dataset;
  // How label files are read; that they are read is in the protocol.
  const reading = uses ? { labels: labels ?? manifest?.labels ?? null } : {};
  if (contents === undefined) return { captures, ...reading };
  if (!uses) return { contents: contents.captures };
  const { format = null, clockOffset = null, ...rest } = labels ?? manifest?.labels ?? {};
  const said = without(rest, ['files']);
  return { contents: contents.captures, labels: { format, clockOffset, ...said, contents: contents.labels } };
}
