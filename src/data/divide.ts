/** Who trains and who tests: the protocol of a spec, applied to the sessions that were read and to their labels. */

import { ExitCode, FaultError } from '../fault/index.ts';
import { leftOutText, spanOf } from '../label/index.ts';
import {
  chronologicalSides,
  foldSides,
  holdBack,
  lastShare,
  overlappingSides,
  randomSides,
  rollingSides,
  type SessionTable,
  type Sides,
  type Split,
} from '../session/index.ts';
import { type ExperimentSpec, partThatTests } from '../spec/index.ts';
import { plural } from '../text/index.ts';
import { attacksBeside, concat, transplanted } from './beside.ts';
import { purgeBefore, withoutShared } from './disjoint.ts';
import type { Part, Read } from './read.ts';
import {
  AN_ATTACK,
  type LeftOutOfSide,
  labelsOf,
  NO_LABEL,
  type Note,
  type Truth,
  unnoticedOf,
  usable,
} from './side-labels.ts';

export interface Division {
  /** Those that were read, or a table in which attacks of another network are among hosts of this one (test.attacks). */
  readonly sessions: SessionTable;
  readonly split: Split;
  /**
   * Sessions that are there before the others are tested, or validate: what the morphs of these know. Those before testing
   * are of the network under test. They follow from the data and the protocol's sides alone, not from what training takes of
   * them (training.share, training.validation, protocol.purge).
   */
  readonly watched: { readonly validation: Uint32Array; readonly test: Uint32Array };
  /** null where test sessions are made by the spec, not labelled. */
  readonly truth: Truth | null;
  readonly leftOut: readonly LeftOutOfSide[];
  /** Sessions that train or validate as normal ones, and are labelled as attacks. */
  readonly contaminated: number;
  /** Sessions on both sides: 0 but for the protocol that is there to measure what that does. */
  readonly onBothSides: number;
}

/**
 * Divides the sessions.
 *
 * Labels, purging and disjointness are applied in this order to the sides that the protocol makes; the last of what is left
 * to train on is held back for validation, and of the rest the last share trains. None of the last four changes what is
 * watched.
 *
 * @throws FaultError when a side is empty
 */
export function divide(spec: ExperimentSpec, read: Pick<Read, 'sessions' | 'parts'>): Division {
  const { protocol, training } = spec;
  const { sessions, parts } = read;
  const leftOut: LeftOutOfSide[] = [];
  const note: Note = (side, reason, before, after) => {
    if (before > after) leftOut.push({ side, reason, sessions: before - after });
  };
  const sides = sidesOf(spec, parts);
  let { train, test, watched } = sides;
  if (sides.withheld > 0) note('test', 'only watched, before the others (test.observe)', sides.withheld, 0);
  const idle = sessions.count - train.length - test.length - sides.withheld + countBoth(train, test);
  note('training', idleReason(spec, parts), idle, 0);
  let truth: Truth | null = null;
  let isAttack = (_: number): boolean => false;
  if ('labels' in protocol && protocol.labels !== undefined) {
    const labelled = labelsOf(sessions, parts.flat(), protocol.labels);
    const own = watched === train;
    isAttack = (session) => labelled.kindOf[session]! > 0;
    const unnoticed = unnoticedOf(train, labelled, protocol.labels.contamination ?? 0);
    train = usable(train, labelled, 'training', protocol.labels, note, unnoticed);
    watched = own ? train : usable(watched, labelled, 'training', protocol.labels, () => undefined);
    test = usable(test, labelled, 'test', protocol.labels, note);
    if (spec.test?.attacks !== undefined) test = attacksBeside(test, labelled, parts, note);
    if (protocol.labels.test === 'labels') truth = { kinds: labelled.kinds, kindOf: labelled.kindOf };
  }
  const side = train;
  if ('purge' in protocol && protocol.purge !== undefined) {
    const before = train.length;
    const [, second] = parts;
    const attacks = spec.test?.attacks === undefined ? sessions.count : (second?.[0]?.from ?? sessions.count);
    // Attacks of another network have its clock.
    const own = test.filter((session) => session < attacks);
    train = purgeBefore(sessions, train, own, protocol.purge);
    note('training', `not over ${protocol.purge} s before testing begins`, before, train.length);
  }
  if ('disjoint' in protocol && protocol.disjoint !== undefined) {
    const before = test.length;
    test = withoutShared(sessions, train, test, protocol.disjoint);
    const what = protocol.disjoint === 'pair' ? 'the two hosts' : 'the endpoints';
    note('test', `training has a session between ${what}`, before, test.length);
  }
  if (train.length === 0 || test.length === 0) throw emptySide(train.length === 0, leftOut, parts);
  const onBothSides = countBoth(train, test);
  if (onBothSides > 0 && protocol.kind !== 'overlapping')
    throw new Error(`${onBothSides} sessions are on both sides of the split`);
  const whole = holdBack({ train, test }, training.validation);
  const split = lastShare(whole, training.share ?? 1);
  note('training', 'before the last that train (training.share)', whole.train.length, split.train.length);
  let table = sessions;
  if (spec.test?.attacks === 'transplanted')
    ({ table, test } = transplanted(sessions, parts, { ...split, test }, note));
  const contaminated = [...split.train, ...split.validation].filter(isAttack).length;
  const counted = split.train.length + split.validation.length + test.length - onBothSides;
  const left = leftOut.reduce((sum, one) => sum + one.sessions, 0);
  if (counted + left !== sessions.count)
    throw new Error(`${sessions.count} sessions, but ${counted} used and ${left} left out`);
  const [first = 0] = split.validation;
  const before = { validation: side.filter((session) => session < first), test: watched };
  return {
    sessions: table,
    split: { ...split, test },
    watched: before,
    truth,
    leftOut,
    contaminated,
    onBothSides,
  };
}

/** The sides, with what of the network under test is there before. */
interface WatchedSides extends Sides {
  readonly watched: Uint32Array;
  /** Sessions that would test, but are only watched. */
  readonly withheld: number;
}

/** Share of another network's sessions that are watched where the spec does not say how many. */
const WATCHED = 0.2;

/**
 * The sides by time, day or draw; of two data sets the training side of the first and all of the second, of which
 * the first sessions in time are only watched.
 *
 * @throws FaultError when nothing is left to watch
 */
function sidesOf(spec: ExperimentSpec, parts: Read['parts']): WatchedSides {
  const { train, test } = bareSides(spec, parts);
  const [, second] = parts;
  if (second === undefined || spec.test?.attacks !== undefined)
    return { train, test, watched: train, withheld: 0 };
  const { protocol } = spec;
  // What is as it was captured knows nobody.
  if ('labels' in protocol && protocol.labels?.test === 'labels')
    return { train, test, watched: new Uint32Array(), withheld: 0 };
  const all = indices(second);
  const given = spec.test?.observe;
  const border = all[Math.round((given ?? WATCHED) * all.length)];
  const watched = border === undefined ? all : all.filter((session) => session < border);
  const tested = border === undefined ? new Uint32Array() : test.filter((session) => session >= border);
  if (watched.length === 0)
    throw new FaultError(
      {
        place: 'test.observe',
        problem: `${given} of ${plural(all.length, 'session')} leaves none to watch: test morphs would know nobody`,
        cure: 'use more sessions, or a larger share',
      },
      ExitCode.data,
    );
  return { train, test: tested, watched, withheld: test.length - tested.length };
}

/** The sides by time, day or draw; of two data sets the training side of the first and all of the second. */
function bareSides(spec: ExperimentSpec, [first = [], second]: Read['parts']): Sides {
  const { protocol } = spec;
  if (protocol.kind === 'days') {
    const days = new Set(protocol.test);
    const own = (part: Part): boolean => second === undefined && days.has(part.day!);
    return {
      train: indices(first.filter((part) => !own(part))),
      test: indices(second ?? first.filter(own)),
    };
  }
  const all = indices(first);
  const at = (side: Uint32Array): Uint32Array => side.map((i) => all[i]!);
  const { train, test } = byCount(protocol, all.length);
  const own = at(test);
  if (second === undefined) return { train: at(train), test: own };
  const others = indices(second);
  return {
    train: at(train),
    test: spec.test?.attacks === undefined ? others : concat(own, others),
  };
}

/** Why sessions are on no side. */
function idleReason({ protocol, test }: ExperimentSpec, parts: Read['parts']): string {
  if (protocol.kind === 'overlapping') return 'neither drawn nor among the last';
  return protocol.kind === 'rolling' && (parts.length === 1 || test?.attacks !== undefined)
    ? 'neither among the first parts nor in the one that tests'
    : `on the test side of ${parts[0]?.[0]?.dataset ?? 'the first data set'}, and another data set tests`;
}

function byCount(protocol: Exclude<ExperimentSpec['protocol'], { kind: 'days' }>, count: number): Sides {
  switch (protocol.kind) {
    case 'chronological':
      return chronologicalSides(count, protocol.train);
    case 'random':
      return randomSides(count, protocol.train, protocol.seed);
    case 'k-fold':
      return foldSides(count, protocol.folds, protocol.fold, protocol.seed);
    case 'rolling':
      return rollingSides(count, protocol.parts, protocol.train, partThatTests(protocol));
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

function countBoth(train: Uint32Array, test: Uint32Array): number {
  const trained = new Set(train);
  let both = 0;
  for (const session of test) if (trained.has(session)) both++;
  return both;
}

/** The labels are what is wrong more often than the protocol: what was read of them is said, and not how to do without. */
function emptySide(
  training: boolean,
  leftOut: readonly LeftOutOfSide[],
  parts: readonly (readonly Part[])[],
): FaultError {
  const side = training ? 'training' : 'test';
  const reasons = leftOut.filter((one) => one.side === side);
  const why = reasons.map(({ sessions, reason }) => `${sessions} × ${reason}`).join(', ');
  const labels = parts.flat().flatMap((part) => part.labels ?? []);
  const unread = labels.flatMap(({ account }) => (account === null ? [] : [leftOutText(account)]));
  const has = (reason: string): boolean => reasons.some((one) => one.reason === reason);
  const facts: string[] = unread.filter((text) => text !== '');
  if (has(NO_LABEL))
    for (const { account, unmatched } of labels) {
      const missed = unmatched.reduce((sum, { records }) => sum + records, 0);
      if (account !== null && missed > 0)
        facts.push(`${plural(missed, 'label')} met no session (${spanOf(account)})`);
    }
  const names = [
    ...new Set(labels.flatMap((one) => one.names.filter((_, i) => one.meanings[i] === 'attack'))),
  ];
  if (has(AN_ATTACK))
    facts.push(
      `attacks are ${names
        .slice(0, 8)
        .map((name) => JSON.stringify(name))
        .join(', ')}`,
    );
  const other = training ? 'protocol.purge' : 'protocol.disjoint';
  let cure = `use more data, or leave less out (protocol.labels, ${other})`;
  if (has(AN_ATTACK)) cure = 'if some of these are normal, name them in "normal" beside the labels’ format';
  if (has(NO_LABEL))
    cure =
      'check that the labels are of these captures, and their clock (clockOffset); only where all that no label speaks of is known to be normal, set protocol.labels.unlabelled to "as-normal"';
  if (unread.some((text) => text !== ''))
    cure = 'mend the records that are left out, or say how they are written ("timeFormat")';
  return new FaultError(
    {
      place: 'protocol',
      problem: `no session is left to ${training ? 'train' : 'test'} on${why === '' ? '' : ` (left out: ${why})`}${facts.map((fact) => `; ${fact}`).join('')}`,
      cure,
    },
    ExitCode.data,
  );
}
