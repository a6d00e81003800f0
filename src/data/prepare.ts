/** From a spec to data that can be trained and tested on. */
import { type Contacts, collectContacts } from '../anomaly/index.ts';
import type { SessionTable } from '../session/index.ts';
import { canonicalJson, drawnFor, type ExperimentSpec, hashSpec, type ResolvedSpec } from '../spec/index.ts';
import { commonestLayouts } from '../token/index.ts';
import { adviceOn } from './advice.ts';
import { cautionsOf } from './cautions.ts';
import { type Division, divide } from './divide.ts';
import { wantedOf } from './inputs.ts';
import { findOverlap, type Overlap } from './overlap.ts';
import { keptRows, type Read, type ReadDataOptions, readData } from './read.ts';

/**
 * Who talks to whom, as far as each side may know. Where the spec asks for the look-ahead, training and test morphs know the
 * test sessions, too.
 */
export interface Known {
  /** Of the sessions that train: less data is less knowledge. */
  readonly training: Contacts;
  /** Of what is watched before validation begins, and of what is watched before testing begins (Division.watched). */
  readonly validation: Contacts;
  readonly test: Contacts;
  /** Of the sessions that train alone, whatever the morphs may know: what "seen in training" means. */
  readonly trained: Contacts;
}

/** Everything of a run that does not depend on its seed, or on what of it is in the data. */
export interface Prepared extends Read, Division {
  readonly resolved: ResolvedSpec;
  /** See hashSpec, with the contents of the files: names the results. */
  readonly specHash: string;
  readonly contacts: Known;
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
 * @param seed of the run, where seeds decide about sessions (vary); those of the spec as it stands without
 * @throws FaultError when the data cannot be used; Interrupted
 */
export async function prepare(
  resolved: ResolvedSpec,
  options: ReadDataOptions,
  cache: DataCache = new Map(),
  seed?: number,
): Promise<Prepared> {
  const drawn = seed === undefined ? resolved : drawnFor(resolved, seed);
  const { spec } = drawn;
  const key = canonicalJson({
    wanted: wantedOf(drawn),
    sessions: spec.sessions,
    rows: keptRows(spec),
  });
  const read = cache.get(key) ?? (await readData(drawn, options));
  if (cache.size >= MOST_KEPT) cache.clear();
  cache.set(key, read);
  const division = divide(spec, read);
  const { sessions } = division;
  const contacts = contactsOf(sessions, division, spec.anomalies.lookAhead === true);
  return {
    ...read,
    ...division,
    resolved,
    warnings: [
      ...leaksOf(spec),
      ...cautionsOf(spec, { ...read, sessions }, division, contacts.training),
      ...adviceOn(spec, commonestLayouts(sessions)),
      ...read.warnings,
    ],
    // That of all its seeds.
    specHash: hashSpec(resolved.spec, resolved, read.contents),
    contacts,
    overlap: findOverlap(sessions, division.split, contacts.trained),
  };
}

function contactsOf(sessions: SessionTable, division: Division, lookAhead: boolean): Known {
  const { split, watched } = division;
  const { train, validation, test } = split;
  const made: { readonly of: Uint32Array; readonly contacts: Contacts }[] = [];
  // Most specs ask for the same sessions each time.
  const collect = (of: Uint32Array): Contacts => {
    const known = made.find((one) => one.of.length === of.length && one.of.every((s, i) => s === of[i]));
    const contacts = known?.contacts ?? collectContacts(sessions, of);
    if (known === undefined) made.push({ of, contacts });
    return contacts;
  };
  const trained = collect(train);
  const and = (of: Uint32Array): Uint32Array => (lookAhead ? union(of, test) : of);
  const training = collect(and(train));
  return {
    trained,
    training,
    validation: validation.length === 0 ? training : collect(and(watched.validation)),
    test: collect(and(watched.test)),
  };
}

/** What test morphs know with or without the look-ahead, whichever the spec has. */
export function testContacts(
  { sessions, split, watched, contacts, resolved }: Prepared,
  lookAhead: boolean,
): Contacts {
  if (lookAhead === (resolved.spec.anomalies.lookAhead === true)) return contacts.test;
  return collectContacts(sessions, lookAhead ? union(watched.test, split.test) : watched.test);
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
  if (evaluation.epoch === 'best-on-test')
    warnings.push(
      'evaluation.epoch "best-on-test" chooses the epoch by looking at the test sessions: it is there to measure that',
    );
  if (evaluation.redraw === true)
    warnings.push('evaluation.redraw makes labels and test sessions differ: it is there to measure that');
  return warnings;
}

/** Both, ascending, each session once. */
function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  return Uint32Array.from(new Set([...a, ...b])).sort();
}
