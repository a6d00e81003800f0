/** What labels make of the sides: what sessions are by them, and which they let stay. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { How } from '../label/index.ts';
import { permutation, stream } from '../random/index.ts';
import type { SessionTable } from '../session/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import type { Part } from './read.ts';

export type Labels = NonNullable<Extract<ExperimentSpec['protocol'], { kind: 'days' }>['labels']>;

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

export type Note = (side: LeftOutOfSide['side'], reason: string, before: number, after: number) => void;

export const NO_LABEL = 'no label speaks of it';
export const AN_ATTACK = 'labelled as an attack';

export interface Labelled extends Truth {
  /** [S]: see How. */
  readonly how: Uint8Array;
  /** [S]: 1 where the label is neither normal nor an attack. */
  readonly background: Uint8Array;
}

/** What all sessions are by the labels of their parts; those of a data set without any are normal. */
export function labelsOf(sessions: SessionTable, parts: readonly Part[], { conflicting }: Labels): Labelled {
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
export function unnoticedOf(
  train: Uint32Array,
  { kindOf, background }: Labelled,
  share: number,
): ReadonlySet<number> {
  const attacks = train.filter((session) => kindOf[session]! > 0 && background[session] === 0);
  const order = permutation(attacks.length, stream(1, 'contamination'));
  return new Set(Array.from(order.subarray(0, Math.round(share * attacks.length)), (i) => attacks[i]!));
}

/** The sessions of a side that its labels let stay. Attacks never train but as normal ones, where the spec says so. */
export function usable(
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
