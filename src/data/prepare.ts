/** From a spec to data that can be trained and tested on. */
import { type Contacts, collectContacts } from '../anomaly/index.ts';
import { canonicalJson, type ExperimentSpec, hashSpec, type ResolvedSpec } from '../spec/index.ts';
import { type Division, divide } from './divide.ts';
import { wantedOf } from './inputs.ts';
import { findOverlap, type Overlap } from './overlap.ts';
import { type Read, type ReadOptions, readData } from './read.ts';

/** Everything of a run that does not depend on its seed. */
export interface Prepared extends Read, Division {
  readonly resolved: ResolvedSpec;
  /** See hashSpec, with the contents of the files: names the results. */
  readonly specHash: string;
  /** Of the training sessions alone, unless the spec asks for the look-ahead. */
  readonly contacts: Contacts;
  readonly overlap: Overlap;
}

/** What was read, by what decides it: the cells of a sweep mostly share their data. */
export type DataCache = Map<string, Read>;

/** The last data set that was used stays in memory, no more: tables are large. */
const MOST_KEPT = 1;

/**
 * Finds or makes the captures, reads them, assembles and divides the sessions.
 *
 * @param cache what was read before
 * @throws FaultError when the data cannot be used; Interrupted
 */
export async function prepare(
  resolved: ResolvedSpec,
  options: ReadOptions,
  cache: DataCache = new Map(),
): Promise<Prepared> {
  const { spec } = resolved;
  const key = canonicalJson({ wanted: wantedOf(resolved), sessions: spec.sessions });
  const read = cache.get(key) ?? (await readData(resolved, options));
  if (cache.size >= MOST_KEPT) cache.clear();
  cache.set(key, read);
  const { sessions } = read;
  const division = divide(spec, read);
  const { train, test } = division.split;
  const own = collectContacts(sessions, train);
  const seen = spec.anomalies.lookAhead === true ? collectContacts(sessions, union(train, test)) : own;
  return {
    ...read,
    ...division,
    resolved,
    warnings: [...leaksOf(spec), ...read.warnings],
    specHash: hashSpec(spec, resolved, read.contents),
    contacts: seen,
    overlap: findOverlap(sessions, division.split, own),
  };
}

/** What makes a score say less than it seems to. */
function leaksOf({ protocol, evaluation, anomalies }: ExperimentSpec): readonly string[] {
  const warnings: string[] = [];
  if (protocol.kind === 'random' || protocol.kind === 'k-fold')
    warnings.push(
      `the protocol "${protocol.kind}" leaks in time: training sees what came after and beside the test sessions; "chronological" and "days" do not`,
    );
  if (protocol.kind === 'overlapping')
    warnings.push(
      'the protocol "overlapping" tests on sessions that it trains on: it is there to measure that',
    );
  if (anomalies.lookAhead === true)
    warnings.push(
      'anomalies.lookAhead lets training know whom test sessions talk to: it is there to measure that',
    );
  if (evaluation.redraw === true)
    warnings.push('evaluation.redraw makes labels and test sessions differ: it is there to measure that');
  return warnings;
}

/** Both, ascending, each session once. */
function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  return Uint32Array.from(new Set([...a, ...b])).sort();
}
