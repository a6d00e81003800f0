/** Who trains and who tests: the protocol of a spec, applied to the sessions that were read and to their labels. */

import { createTransplant } from '../anomaly/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { How, leftOutText, spanOf } from '../label/index.ts';
import { permutation, stream } from '../random/index.ts';
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

type Labels = NonNullable<Extract<ExperimentSpec['protocol'], { kind: 'days' }>['labels']>;

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

interface Labelled extends Truth {
  /** [S]: see How. */
  readonly how: Uint8Array;
  /** [S]: 1 where the label is neither normal nor an attack. */
  readonly background: Uint8Array;
}

/** What all sessions are by the labels of their parts; those of a data set without any are normal. */
function labelsOf(sessions: SessionTable, parts: readonly Part[], { conflicting }: Labels): Labelled {
  const names = new Set<string>();
  for (const { labels } of parts)
    labels?.names.forEach((name, i) => {
      if (labels.meanings[i] === 'attack') names.add(name);
    });
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
  const background = new Uint8Array(sessions.count);
  for (const { from, to, labels } of parts) {
    if (labels === null) {
      how.fill(How.otherwise, from, to);
      continue;
    }
    const kind = labels.names.map((name) => Math.max(0, kinds.indexOf(name)));
    for (let s = from; s < to; s++) {
      how[s] = labels.how[s - from]!;
      if (how[s] === How.none) continue;
      if (how[s] === How.conflicting && conflicting === 'leave-out') continue;
      const label = labels.label[s - from]!;
      const meaning = labels.meanings[label]!;
      kindOf[s] = meaning === 'attack' ? kind[label]! : 0;
      background[s] = meaning === 'background' ? 1 : 0;
    }
  }
  return { kinds, kindOf, how, background };
}

/** Attacks among training sessions that nobody noticed: those of a smaller share are among those of a larger one. */
function unnoticedOf(
  train: Uint32Array,
  { kindOf, background }: Labelled,
  share: number,
): ReadonlySet<number> {
  const attacks = train.filter((session) => kindOf[session]! > 0 && background[session] === 0);
  const order = permutation(attacks.length, stream(1, 'contamination'));
  return new Set(Array.from(order.subarray(0, Math.round(share * attacks.length)), (i) => attacks[i]!));
}

/** The sessions of a side that its labels let stay. Attacks never train but as normal ones, where the spec says so. */
function usable(
  side: Uint32Array,
  { kindOf, how, background }: Labelled,
  name: LeftOutOfSide['side'],
  labels: Labels,
  note: Note,
  unnoticed: ReadonlySet<number> = new Set(),
): Uint32Array {
  const { attacks, unlabelled, conflicting, test } = labels;
  // Morphs are made of normal sessions.
  const takesAttacks = name === 'training' ? attacks === 'as-normal' : test === 'labels';
  const takesBackground = labels.background === 'as-normal';
  const gone = { unlabelled: 0, conflicting: 0, background: 0, attacks: 0 };
  const kept = side.filter((session) => {
    if (how[session] === How.none) {
      if (unlabelled === 'leave-out') gone.unlabelled++;
      return unlabelled === 'as-normal';
    }
    if (how[session] === How.conflicting && conflicting === 'leave-out') {
      gone.conflicting++;
      return false;
    }
    if (background[session] === 1) {
      if (!takesBackground) gone.background++;
      return takesBackground;
    }
    const stays = kindOf[session] === 0 || takesAttacks || unnoticed.has(session);
    if (!stays) gone.attacks++;
    return stays;
  });
  note(name, NO_LABEL, gone.unlabelled, 0);
  note(name, 'its labels contradict each other', gone.conflicting, 0);
  note(name, 'labelled as background, neither normal nor an attack', gone.background, 0);
  note(name, AN_ATTACK, gone.attacks, 0);
  return kept;
}

type Note = (side: LeftOutOfSide['side'], reason: string, before: number, after: number) => void;

/** Of the data set that trains what is normal, of the other one its attacks. */
function attacksBeside(
  test: Uint32Array,
  { kindOf }: Truth,
  [, second = []]: Read['parts'],
  note: Note,
): Uint32Array {
  const others = second[0]?.from ?? 0;
  const attacks = test.filter((session) => session >= others && kindOf[session]! > 0);
  const normal = test.filter((session) => session < others && kindOf[session] === 0);
  const all = test.filter((session) => session < others).length;
  note('test', 'an attack of the data set that trains: only those of the other one test', all, normal.length);
  note('test', `normal, of ${second[0]?.dataset}: only its attacks test`, test.length - all, attacks.length);
  return concat(normal, attacks);
}

/**
 * The test with the attacks of the other data set among hosts of the one that trains, in the time of its test.
 *
 * @throws FaultError when no attack can be moved
 */
function transplanted(
  sessions: SessionTable,
  [, second = []]: Read['parts'],
  { train, test }: Sides,
  note: Note,
): { readonly table: SessionTable; readonly test: Uint32Array } {
  const others = second[0]?.from ?? 0;
  const { refusal, move } = createTransplant(sessions, train);
  const own = test.filter((session) => session < others);
  const refused = new Map<string, number>();
  const moved = test.filter((session) => {
    if (session < others) return false;
    const why = refusal(session);
    if (why !== null) refused.set(why, (refused.get(why) ?? 0) + 1);
    return why === null;
  });
  for (const [why, count] of refused) note('test', `cannot be transplanted: ${why}`, count, 0);
  if (moved.length === 0 || own.length === 0)
    throw new FaultError(
      {
        place: 'test.attacks',
        problem:
          own.length === 0
            ? 'no normal session of the data set that trains is left to test beside the attacks'
            : `no attack of ${second[0]?.dataset} can be transplanted${[...refused].map(([why, count]) => `; ${count} × ${why}`).join('')}`,
        cure: 'use more data, or attacks over the IP version of the network that trains',
      },
      ExitCode.data,
    );
  const { firstRow, seconds } = sessions;
  const starts = Array.from(own, (session) => seconds[firstRow[session]!]!);
  const extreme = (of: (a: number, b: number) => number): number => starts.reduce((a, b) => of(a, b));
  return { table: move(moved, extreme(Math.min), extreme(Math.max)), test: concat(own, moved) };
}

const concat = (a: Uint32Array, b: Uint32Array): Uint32Array => {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

const NO_LABEL = 'no label speaks of it';
const AN_ATTACK = 'labelled as an attack';

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
