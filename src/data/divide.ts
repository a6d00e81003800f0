/** Who trains and who tests: the protocol of a spec, applied to the sessions that were read and to their labels. */

import { ExitCode, FaultError } from '../fault/index.ts';
import { How, isNormal } from '../label/index.ts';
import {
  chronologicalSides,
  foldSides,
  holdBack,
  lastShare,
  overlappingSides,
  randomSides,
  type SessionTable,
  type Sides,
  type Split,
} from '../session/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import { purgeBefore, withoutShared } from './disjoint.ts';
import type { Part, Read } from './read.ts';

/** What test sessions are by their labels. */
export interface Truth {
  /** 'normal' and the names of attacks, sorted. */
  readonly kinds: readonly string[];
  /** [S]: index into `kinds`; meaningless for sessions that do not test. */
  readonly kindOf: Uint8Array;
}

/** Sessions that the protocol leaves out of a side, and why. */
export interface LeftOutOfSide {
  readonly side: 'training' | 'test';
  readonly reason: string;
  readonly sessions: number;
}

export interface Division {
  readonly split: Split;
  /** null where test sessions are made by the spec, not labelled. */
  readonly truth: Truth | null;
  readonly leftOut: readonly LeftOutOfSide[];
  /** Sessions on both sides: 0 but for the protocol that is there to measure what that does. */
  readonly onBothSides: number;
}

type Labels = NonNullable<Extract<ExperimentSpec['protocol'], { kind: 'days' }>['labels']>;

/**
 * Divides the sessions.
 *
 * Labels, purging and disjointness are applied in this order to the sides that the protocol makes; the last of what is left
 * to train on is held back for validation, and of the rest the last share trains.
 *
 * @throws FaultError when a side is empty
 */
export function divide(spec: ExperimentSpec, read: Pick<Read, 'sessions' | 'parts'>): Division {
  const { protocol, training } = spec;
  const { sessions, parts } = read;
  const leftOut: LeftOutOfSide[] = [];
  const note = (side: LeftOutOfSide['side'], reason: string, before: number, after: number): void => {
    if (before > after) leftOut.push({ side, reason, sessions: before - after });
  };
  let { train, test } = sidesOf(spec, parts);
  let truth: Truth | null = null;
  if ('labels' in protocol && protocol.labels !== undefined) {
    const labelled = labelsOf(sessions, parts.flat(), protocol.labels);
    train = usable(train, labelled, 'training', protocol.labels, note);
    test = usable(test, labelled, 'test', protocol.labels, note);
    if (protocol.labels.test === 'labels') truth = { kinds: labelled.kinds, kindOf: labelled.kindOf };
  }
  if ('purge' in protocol && protocol.purge !== undefined) {
    const before = train.length;
    train = purgeBefore(sessions, train, test, protocol.purge);
    note('training', `not over ${protocol.purge} s before testing begins`, before, train.length);
  }
  if ('disjoint' in protocol && protocol.disjoint !== undefined) {
    const before = test.length;
    test = withoutShared(sessions, train, test, protocol.disjoint);
    const what = protocol.disjoint === 'pair' ? 'the two hosts' : 'the endpoints';
    note('test', `training has a session between ${what}`, before, test.length);
  }
  if (train.length === 0 || test.length === 0) throw emptySide(train.length === 0, leftOut);
  const onBothSides = countBoth(train, test);
  if (onBothSides > 0 && protocol.kind !== 'overlapping')
    throw new Error(`${onBothSides} sessions are on both sides of the split`);
  const whole = holdBack({ train, test }, training.validation);
  const split = lastShare(whole, training.share ?? 1);
  note('training', 'before the last that train (training.share)', whole.train.length, split.train.length);
  return { split, truth, leftOut, onBothSides };
}

/** The sides by time, day or draw; of two data sets the training side of the first and the test side of the second. */
function sidesOf(spec: ExperimentSpec, [first = [], second]: Read['parts']): Sides {
  const { protocol } = spec;
  if (protocol.kind === 'days') {
    const days = new Set(protocol.test);
    const own = (part: Part): boolean => second === undefined && days.has(part.day!);
    return {
      train: indices(first.filter((part) => !own(part))),
      test: indices(second ?? first.filter(own)),
    };
  }
  const sides = (parts: readonly Part[]): Sides => {
    const all = indices(parts);
    const at = (side: Uint32Array): Uint32Array => side.map((i) => all[i]!);
    const { train, test } = byCount(protocol, all.length);
    return { train: at(train), test: at(test) };
  };
  const { train, test } = sides(first);
  return { train, test: second === undefined ? test : sides(second).test };
}

function byCount(protocol: Exclude<ExperimentSpec['protocol'], { kind: 'days' }>, count: number): Sides {
  switch (protocol.kind) {
    case 'chronological':
      return chronologicalSides(count, protocol.train);
    case 'random':
      return randomSides(count, protocol.train, protocol.seed);
    case 'k-fold':
      return foldSides(count, protocol.folds, protocol.fold, protocol.seed);
    case 'overlapping':
      return overlappingSides(count, protocol.train, protocol.seed);
  }
}

function indices(parts: readonly Part[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { from, to }) => sum + to - from, 0));
  let at = 0;
  for (const { from, to } of parts) for (let s = from; s < to; s++) all[at++] = s;
  return all;
}

interface Labelled extends Truth {
  /** [S]: see How. */
  readonly how: Uint8Array;
}

/** What all sessions are by the labels of their parts. */
function labelsOf(sessions: SessionTable, parts: readonly Part[], { conflicting }: Labels): Labelled {
  const names = new Set<string>();
  for (const { labels } of parts)
    for (const name of labels?.names ?? []) if (!isNormal(name)) names.add(name);
  const kinds = ['normal', ...[...names].sort()];
  if (kinds.length > 256)
    throw new FaultError(
      {
        place: 'protocol.labels',
        problem: `the labels name ${kinds.length - 1} kinds of attack, at most 255 are possible`,
        cure: 'give kinds that belong together one name',
      },
      ExitCode.data,
    );
  const kindOf = new Uint8Array(sessions.count);
  const how = new Uint8Array(sessions.count);
  for (const { from, to, labels } of parts) {
    if (labels === null) continue;
    const kind = labels.names.map((name) => (isNormal(name) ? 0 : kinds.indexOf(name)));
    for (let s = from; s < to; s++) {
      how[s] = labels.how[s - from]!;
      if (how[s] === How.none) continue;
      if (how[s] === How.conflicting && conflicting === 'leave-out') continue;
      kindOf[s] = kind[labels.label[s - from]!]!;
    }
  }
  return { kinds, kindOf, how };
}

/** The sessions of a side that its labels let stay. Attacks never train but as normal ones, where the spec says so. */
function usable(
  side: Uint32Array,
  { kindOf, how }: Labelled,
  name: LeftOutOfSide['side'],
  { attacks, unlabelled, conflicting, test }: Labels,
  note: (side: LeftOutOfSide['side'], reason: string, before: number, after: number) => void,
): Uint32Array {
  // Morphs are made of normal sessions.
  const takesAttacks = name === 'training' ? attacks === 'as-normal' : test === 'labels';
  const gone = { unlabelled: 0, conflicting: 0, attacks: 0 };
  const kept = side.filter((session) => {
    if (how[session] === How.none) {
      if (unlabelled === 'leave-out') gone.unlabelled++;
      return unlabelled === 'as-normal';
    }
    if (how[session] === How.conflicting && conflicting === 'leave-out') {
      gone.conflicting++;
      return false;
    }
    if (kindOf[session]! > 0 && !takesAttacks) gone.attacks++;
    return kindOf[session] === 0 || takesAttacks;
  });
  note(name, 'no label speaks of it', gone.unlabelled, 0);
  note(name, 'its labels contradict each other', gone.conflicting, 0);
  note(name, 'labelled as an attack', gone.attacks, 0);
  return kept;
}

function countBoth(train: Uint32Array, test: Uint32Array): number {
  const trained = new Set(train);
  let both = 0;
  for (const session of test) if (trained.has(session)) both++;
  return both;
}

function emptySide(training: boolean, leftOut: readonly LeftOutOfSide[]): FaultError {
  const side = training ? 'training' : 'test';
  const reasons = leftOut.filter((one) => one.side === side);
  const why = reasons.map(({ sessions, reason }) => `${sessions} × ${reason}`).join(', ');
  return new FaultError(
    {
      place: 'protocol',
      problem: `no session is left to ${training ? 'train' : 'test'} on${why === '' ? '' : ` (left out: ${why})`}`,
      cure: training
        ? 'use more data, or leave less out (protocol.labels, protocol.purge)'
        : 'use more data, or leave less out (protocol.labels, protocol.disjoint)',
    },
    ExitCode.data,
  );
}
