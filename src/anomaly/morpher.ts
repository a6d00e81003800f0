/** Presents sessions: as they are, or morphed into an anomaly, with the class that goes with it. */

import { type Fault, FaultError, suggest } from '../fault/index.ts';
import { choose, type Stream } from '../random/index.ts';
import { repairChecksums } from './checksum.ts';
import type { Contacts } from './contacts.ts';
import { createTally, describeTally, type MorphCounts, type TallyRecord } from './counts.ts';
import type { Kind, MorphContext, Repair } from './kind.ts';
import { anomalyKindNames, kinds as registry } from './kinds/index.ts';
import { createMender } from './mend.ts';
import { reloadSession, type SessionBytes } from './session-bytes.ts';
import { type AddressChoice, addressChoices, type ContactRule, contactRules } from './strangers.ts';

/** `anomalies` of a spec. */
export interface MorphOptions {
  /** Probability that a session is presented as it is. */
  readonly normal: number;
  /** Relative weights among the rest. The order of the kinds is that of the classes. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Traces of the edit that are mended; without, bytes that no kind changed stay as captured. */
  readonly repair: readonly Repair[];
  /** Who counts as a contact, by default 'pair'. */
  readonly contacts?: ContactRule;
  /** How a new address is chosen among those that are no contacts, by default 'uniform'. */
  readonly addresses?: AddressChoice;
  /**
   * What becomes of a session that a kind changed in nothing that is read: another kind takes its place (replace, which is
   * so by default), or it stays as it is, labelled and counted (keep).
   */
  readonly invisible?: InvisibleRule;
}

export const invisibleRules = ['replace', 'keep'] as const;
export type InvisibleRule = (typeof invisibleRules)[number];

export interface Morpher {
  /** 'normal', then the kinds in the order of the options. */
  readonly classes: readonly string[];
  /**
   * Morphs a freshly loaded session in place, or leaves it as it is. A kind that cannot apply, or not so that it can be
   * seen, is replaced by another one that can, drawn by weight; a session that none can apply to stays normal.
   *
   * @param source a stream of this session and occasion alone; a bounded number of draws
   * @returns index of the class that the session now is
   */
  present(session: SessionBytes, source: Stream): number;
  /**
   * Makes one kind of it, or leaves it as it is (0); counted as drawn for it.
   *
   * @param kind index of the class
   * @returns false where the kind cannot apply, or not so that it can be seen
   */
  presentAs(session: SessionBytes, kind: number, source: Stream): boolean;
  /** What became of all sessions presented so far. */
  readonly counts: MorphCounts;
  /** The raw counters as plain JSON, and going on with them. */
  readonly tally: TallyRecord;
  continueWith(tally: TallyRecord): void;
}

/**
 * A morpher. It keeps counts and nothing else between sessions: what a session becomes depends on its stream alone.
 *
 * @param contacts of the training sessions
 * @param isSeen whether a morphed session differs from the captured one in what is read of it; by default it always does
 * @throws FaultError when a probability, a weight or a name cannot be
 */
export function createMorpher(
  options: MorphOptions,
  contacts: Contacts,
  isSeen: (session: SessionBytes) => boolean = () => true,
): Morpher {
  const { kinds, weights } = resolve(options);
  const { normal } = options;
  const names = kinds.map((kind) => kind.name);
  const K = kinds.length;
  let tally = createTally(K);
  const context: MorphContext = {
    contacts,
    strangers: { rule: options.contacts ?? 'pair', choice: options.addresses ?? 'uniform' },
    repairMac: options.repair.includes('mac'),
    get notes() {
      return tally.notes;
    },
  };
  const repairChecksum = options.repair.includes('checksum');
  const mend = createMender(options.repair, contacts);
  const keepsInvisible = options.invisible === 'keep';
  const left = [...weights];

  /** Makes this kind of the session, with all that is repaired; false when it cannot, and the session is as captured. */
  function tryKind(k: number, session: SessionBytes, source: Stream): boolean {
    const { macUnknown, macShared, ttlUnknown, vlanUnknown, optionsUnknown } = tally.notes;
    if (!kinds[k]!.apply(session, context, source)) return false;
    mend?.(session, tally.notes);
    if (repairChecksum) repairChecksums(session);
    if (isSeen(session)) return true;
    tally.invisible[k]!++;
    if (keepsInvisible) return true;
    Object.assign(tally.notes, { macUnknown, macShared, ttlUnknown, vlanUnknown, optionsUnknown });
    reloadSession(session);
    return false;
  }

  function morph(session: SessionBytes, source: Stream): number {
    for (let k = 0; k < K; k++) left[k] = weights[k]!;
    const first = choose(left, source);
    tally.drawn[first]!++;
    let kind = first;
    for (let tried = 1; !tryKind(kind, session, source); tried++) {
      if (tried === K) {
        kind = K;
        break;
      }
      left[kind] = 0;
      kind = choose(left, source);
    }
    tally.outcome[first * (K + 1) + kind]!++;
    return kind;
  }

  return {
    classes: ['normal', ...names],
    present(session, source) {
      tally.presented++;
      if (source.chance(normal)) {
        tally.normal++;
        return 0;
      }
      const kind = morph(session, source);
      return kind === K ? 0 : kind + 1;
    },
    presentAs(session, kind, source) {
      tally.presented++;
      if (kind === 0) {
        tally.normal++;
        return true;
      }
      const k = kind - 1;
      tally.drawn[k]!++;
      if (!tryKind(k, session, source)) return false;
      tally.outcome[k * (K + 1) + k]!++;
      return true;
    },
    get counts() {
      return describeTally(tally, names);
    },
    get tally() {
      return structuredClone(tally);
    },
    continueWith(record) {
      tally = structuredClone(record);
    },
  };
}

function resolve(options: MorphOptions): {
  readonly kinds: readonly Kind[];
  readonly weights: readonly number[];
} {
  const faults: Fault[] = [];
  const { normal } = options;
  if (!(normal >= 0 && normal <= 1))
    faults.push({ place: 'anomalies.normal', problem: `got ${normal}, must be from 0 to 1` });
  const kinds: Kind[] = [];
  const weights: number[] = [];
  for (const [name, weight] of Object.entries(options.kinds)) {
    const place = `anomalies.kinds.${name}`;
    const kind = registry.find((k) => k.name === name);
    if (kind === undefined) faults.push(unknown(place, 'no such kind', name, anomalyKindNames));
    else kinds.push(kind);
    if (!(weight > 0 && Number.isFinite(weight)))
      faults.push({ place, problem: `got ${weight}, must be more than 0`, cure: 'leave the kind out' });
    weights.push(weight);
  }
  if (kinds.length === 0 && normal < 1)
    faults.push({
      place: 'anomalies.kinds',
      problem: `there are none, but only ${normal} of the sessions are to stay normal`,
      cure: 'name a kind, or set anomalies.normal to 1',
    });
  for (const [key, known] of [
    ['contacts', contactRules],
    ['addresses', addressChoices],
    ['invisible', invisibleRules],
  ] as const) {
    const value: string | undefined = options[key];
    if (value !== undefined && !(known as readonly string[]).includes(value))
      faults.push(unknown(`anomalies.${key}`, `got "${value}"`, value, known));
  }
  if (faults.length > 0) throw new FaultError(faults);
  return { kinds, weights };
}

/** The fault of a name that is none of the known ones. */
function unknown(place: string, problem: string, value: string, known: readonly string[]): Fault {
  const near = suggest(value, known);
  const fault = { place, problem: `${problem}, must be one of ${known.join(', ')}` };
  return near === undefined ? fault : { ...fault, cure: `did you mean "${near}"?` };
}
