/**
 * How surprising the bytes of a session are to what training sessions were like: an interpolated model of counts (Jelinek
 * and Mercer, 1980), of which every byte is predicted by four contexts and the uniform distribution.
 *
 *   s = −ln Σ_e λ_e p_e(byte),   score of a session = max over its bytes of (s − mean) / standard deviation
 *
 * The mean of log-likelihoods does not tell strange sessions (a simple one is likely whatever it is); the one byte that is
 * least as usual does. Mean and deviation are those of the same place in training sessions that were not counted.
 */
import { setImmediate } from 'node:timers/promises';
import { createSessionBytes, loadSession, longestHeader, type SessionBytes } from '../anomaly/index.ts';
import { ln } from '../numeric/index.ts';
import type { SessionTable } from '../session/index.ts';
import { fieldNames, type TokenOptions } from '../token/index.ts';
import { type ByteContexts, CONTEXT_KEYS, CONTEXTS, createContextReader, SLOTS } from './byte-contexts.ts';

/** What the counts are of. */
export interface SurpriseInput {
  readonly sessions: SessionTable;
  /** Indices in the session table, in order; all are taken as normal. */
  readonly train: Uint32Array;
  readonly tokens: TokenOptions;
  readonly maxPackets: number;
  /** Called now and then; what it throws ends the work. */
  readonly check?: () => void;
}

/** The byte of a session that was least as usual. */
export interface SurprisingByte {
  /** (s − mean) / standard deviation; 0 of a session without a byte that is seen. */
  readonly score: number;
  /** Its packet, and its offset in the header bytes of that; −1 without any. */
  readonly packet: number;
  readonly offset: number;
}

/** All that is to be said of it. */
export interface Surprise extends SurprisingByte {
  readonly value: number;
  /** s in bits, and what is usual at that place. */
  readonly bits: number;
  readonly usualBits: number;
  /** The value that the same contexts make most probable, and its probability. */
  readonly expected: number;
  readonly probability: number;
}

export interface SurpriseModel {
  /** Sessions that were counted, and those that mean, deviation and threshold come from. */
  readonly counted: number;
  readonly calibrated: number;
  /** The score that one in a hundred of the latter exceeds, or none where they are fewer than that. */
  readonly threshold: number;
  /** The byte with the greatest standardised surprise of a session. */
  find(session: SessionBytes): SurprisingByte;
  /** The same with what was expected in its place; null of a session without a byte that is seen. */
  explain(session: SessionBytes): Surprise | null;
}

/** Sessions that are counted, and that calibrate, at most; of more training sessions every so many is taken. */
const MOST_COUNTED = 20_000;
const MOST_CALIBRATED = 2000;
/** The last of the training sessions calibrate: what comes after them is to be tested. */
const CALIBRATED = 0.2;
/** Share of normal sessions that the threshold calls anomalous. */
const FALSE_ALARMS = 0.01;
/** Rounds of expectation and maximisation. */
const ROUNDS = 8;
/** Contexts and the uniform distribution. */
const EXPERTS = CONTEXTS + 1;
/** Which of the two contexts that need an earlier packet there are. */
const CASES = 4;
/** Observations of mean 0 and variance 1 that every place is given before its own. */
const PRIOR = 1;
/** Sessions between two looks at signals. */
const CHUNK = 128;

/** Counts of bytes by context, in pages that are made when they are first needed. */
interface Counts {
  add(contexts: ByteContexts): void;
  /** Writes p_e(value) of every expert of byte i to `into`; 0 of a context that the byte has not. */
  predict(contexts: ByteContexts, i: number, value: number, into: Float64Array): void;
}

function createCounts(): Counts {
  /** By key: 1 + the page. */
  const pageOf = new Int32Array(CONTEXT_KEYS);
  let pages = 0;
  let counts = new Uint32Array(256 * 256);
  let totals = new Uint32Array(256);
  return {
    add({ n, key, value }) {
      for (let i = 0; i < n; i++) {
        for (let e = i * CONTEXTS; e < (i + 1) * CONTEXTS; e++) {
          if (key[e]! < 0) continue;
          let page = pageOf[key[e]!]! - 1;
          if (page < 0) {
            page = pages++;
            pageOf[key[e]!] = pages;
            if (pages > totals.length) {
              counts = doubled(counts);
              totals = doubled(totals);
            }
          }
          counts[page * 256 + value[i]!]!++;
          totals[page]!++;
        }
      }
    },
    predict({ key }, i, value, into) {
      into[CONTEXTS] = 1 / 256;
      for (let e = 0; e < CONTEXTS; e++) {
        const k = key[i * CONTEXTS + e]!;
        // What a context says that was hardly ever seen is drawn to the first one, and that to the uniform distribution.
        const backOff = e === 0 ? 1 / 256 : into[0]!;
        const page = k < 0 ? -1 : pageOf[k]! - 1;
        into[e] =
          k < 0 ? 0 : page < 0 ? backOff : (counts[page * 256 + value]! + backOff) / (totals[page]! + 1);
      }
    },
  };
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Bytes of the sessions that calibrate, as the counts predict them. N bytes. */
interface Held {
  /** [N]: a place, and which contexts there are: one of SLOTS · CASES. */
  readonly group: Uint16Array;
  /** [N, EXPERTS] */
  readonly p: Float32Array;
  /** [sessions + 1]: the bytes of session i are start[i] … start[i + 1] − 1. */
  readonly start: Uint32Array;
}

/** Weights of the experts and what surprise is usual, by group. */
interface Calibration {
  /** [SLOTS · CASES, EXPERTS] */
  readonly weights: Float64Array;
  /** [SLOTS · CASES], of s in nats. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Counts training sessions. Deterministic, by + − × ÷ √ and `ln` alone; nothing is drawn. */
export async function learnSurprise(input: SurpriseInput): Promise<SurpriseModel> {
  const { sessions, train, tokens, maxPackets, check } = input;
  const bytes = createSessionBytes(maxPackets, longestHeader(sessions));
  const read = createContextReader(tokens, maxPackets);
  const forEach = async (chosen: Uint32Array, visit: (contexts: ByteContexts, i: number) => void) => {
    for (let i = 0; i < chosen.length; i++) {
      loadSession(sessions, chosen[i]!, bytes);
      visit(read(bytes), i);
      if ((i + 1) % CHUNK !== 0) continue;
      await setImmediate();
      check?.();
    }
  };
  // Of a single session both are made.
  const cut = Math.min(train.length - 1, Math.max(1, Math.floor((1 - CALIBRATED) * train.length)));
  const calibrating = everySoMany(train.subarray(cut), MOST_CALIBRATED);
  const counting = everySoMany(train.subarray(0, Math.max(1, cut)), MOST_COUNTED);
  const counts = createCounts();
  await forEach(counting, counts.add);
  const held = createHeld(calibrating.length, maxPackets, counts);
  await forEach(calibrating, held.add);
  const bytesHeld = held.end();
  const calibration = calibrate(bytesHeld);
  const threshold = thresholdOf(bytesHeld, calibration);
  const p = new Float64Array(EXPERTS);
  return {
    counted: counting.length,
    calibrated: calibrating.length,
    threshold,
    find: (session) => {
      const contexts = read(session);
      return placed(greatest(contexts, counts, calibration, p), contexts);
    },
    explain(session) {
      const contexts = read(session);
      const found = greatest(contexts, counts, calibration, p);
      const { at } = found;
      if (at < 0) return null;
      const group = groupOf(contexts, at);
      const probabilityOf = (value: number): number => {
        counts.predict(contexts, at, value, p);
        return mixture(p, 0, calibration.weights, group);
      };
      let expected = 0;
      for (let value = 1; value < 256; value++)
        if (probabilityOf(value) > probabilityOf(expected)) expected = value;
      return {
        ...placed(found, contexts),
        value: contexts.value[at]!,
        bits: -ln(probabilityOf(contexts.value[at]!)) / Math.LN2,
        usualBits: calibration.mean[group]! / Math.LN2,
        expected,
        probability: probabilityOf(expected),
      };
    },
  };
}

/** At most so many of them, at even distances. */
export function everySoMany(all: Uint32Array, most: number): Uint32Array {
  if (all.length <= most) return all;
  return Uint32Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);
}

/** The group of byte i: its place, and which of the contexts that need an earlier packet it has. */
function groupOf({ slot, key }: ByteContexts, i: number): number {
  const again = key[i * CONTEXTS + 2]! >= 0 ? 1 : 0;
  const mirror = key[i * CONTEXTS + 3]! >= 0 ? 2 : 0;
  return slot[i]! * CASES + again + mirror;
}

/** Σ_e λ_e p_e, the experts' probabilities from p[at] on. */
function mixture(p: ArrayLike<number>, at: number, weights: Float64Array, group: number): number {
  let sum = 0;
  for (let e = 0; e < EXPERTS; e++) sum += weights[group * EXPERTS + e]! * p[at + e]!;
  return sum;
}

/** The byte with the greatest standardised surprise; of equals the first. */
function greatest(
  contexts: ByteContexts,
  counts: Counts,
  { weights, mean, deviation }: Calibration,
  p: Float64Array,
): { readonly score: number; readonly at: number } {
  let score = 0;
  let at = -1;
  for (let i = 0; i < contexts.n; i++) {
    counts.predict(contexts, i, contexts.value[i]!, p);
    const group = groupOf(contexts, i);
    const z = (-ln(mixture(p, 0, weights, group)) - mean[group]!) / deviation[group]!;
    if (at >= 0 && z <= score) continue;
    score = z;
    at = i;
  }
  return { score, at };
}

const placed = (
  { score, at }: { readonly score: number; readonly at: number },
  { packet, offset }: ByteContexts,
): SurprisingByte =>
  at < 0 ? { score, packet: -1, offset: -1 } : { score, packet: packet[at]!, offset: offset[at]! };

/** Collects what the counts say of the bytes of sessions. */
function createHeld(count: number, maxPackets: number, counts: Counts) {
  const start = new Uint32Array(count + 1);
  let group = new Uint16Array(Math.max(1, count * maxPackets) * 32);
  let all = new Float32Array(group.length * EXPERTS);
  const p = new Float64Array(EXPERTS);
  let n = 0;
  return {
    add(contexts: ByteContexts, session: number): void {
      while (n + contexts.n > group.length) {
        const more = { group: new Uint16Array(2 * group.length), all: new Float32Array(2 * all.length) };
        more.group.set(group);
        more.all.set(all);
        ({ group, all } = more);
      }
      for (let i = 0; i < contexts.n; i++, n++) {
        counts.predict(contexts, i, contexts.value[i]!, p);
        group[n] = groupOf(contexts, i);
        all.set(p, n * EXPERTS);
      }
      start[session + 1] = n;
    },
    end: (): Held => ({ group: group.subarray(0, n), p: all.subarray(0, n * EXPERTS), start }),
  };
}

function calibrate({ group, p }: Held): Calibration {
  const groups = SLOTS * CASES;
  const weights = new Float64Array(groups * EXPERTS).fill(1 / EXPERTS);
  const shares = new Float64Array(groups * EXPERTS);
  const N = group.length;
  for (let round = 0; round < ROUNDS; round++) {
    // As if each expert had been right once before.
    shares.fill(1);
    for (let i = 0; i < N; i++) {
      const at = group[i]! * EXPERTS;
      const sum = mixture(p, i * EXPERTS, weights, group[i]!);
      for (let e = 0; e < EXPERTS; e++) shares[at + e]! += (weights[at + e]! * p[i * EXPERTS + e]!) / sum;
    }
    for (let g = 0; g < groups; g++) {
      const missing = missingOf(g);
      let sum = 0;
      for (let e = 0; e < EXPERTS; e++) sum += missing[e] ? 0 : shares[g * EXPERTS + e]!;
      for (let e = 0; e < EXPERTS; e++)
        weights[g * EXPERTS + e] = missing[e] ? 0 : shares[g * EXPERTS + e]! / sum;
    }
  }
  const count = new Float64Array(groups).fill(PRIOR);
  const mean = new Float64Array(groups);
  const deviation = new Float64Array(groups).fill(PRIOR);
  const s = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    s[i] = -ln(mixture(p, i * EXPERTS, weights, group[i]!));
    count[group[i]!]!++;
    mean[group[i]!]! += s[i]!;
  }
  for (let g = 0; g < groups; g++) mean[g]! /= count[g]!;
  for (let i = 0; i < N; i++) {
    const off = s[i]! - mean[group[i]!]!;
    deviation[group[i]!]! += off * off;
  }
  for (let g = 0; g < groups; g++) deviation[g] = Math.sqrt(deviation[g]! / count[g]!);
  return { weights, mean, deviation };
}

const MISSING = [0, 1, 2, 3].map((which) => [false, false, (which & 1) === 0, (which & 2) === 0, false]);

/** Experts that a group does not have. */
const missingOf = (group: number): readonly (boolean | undefined)[] => MISSING[group % CASES]!;

/** The score that one in a hundred of these sessions exceeds. */
function thresholdOf({ group, p, start }: Held, { weights, mean, deviation }: Calibration): number {
  const scores = new Float64Array(start.length - 1);
  for (let session = 0; session < scores.length; session++) {
    let score = Number.NEGATIVE_INFINITY;
    for (let i = start[session]!; i < start[session + 1]!; i++) {
      const g = group[i]!;
      score = Math.max(score, (-ln(mixture(p, i * EXPERTS, weights, g)) - mean[g]!) / deviation[g]!);
    }
    scores[session] = score === Number.NEGATIVE_INFINITY ? 0 : score;
  }
  scores.sort();
  return scores[scores.length - 1 - Math.floor(FALSE_ALARMS * scores.length)]!;
}

/** What surprised in N test sessions, asked while these are presented. */
export interface Surprises {
  readonly model: SurpriseModel;
  /** [N]: above 0 where a session is called anomalous: the score beyond the threshold. */
  readonly scores: Float32Array;
  /** [N]: which byte it was; null of a session without one. */
  readonly bytes: readonly (SurprisingField | null)[];
  /** Asks about session i. */
  note(session: SessionBytes, i: number): void;
}

/** Where a byte is: its packet, from 0 on, and the field. */
export interface SurprisingField {
  readonly packet: number;
  readonly field: string;
}

export function createSurprises(model: SurpriseModel, N: number): Surprises {
  const scores = new Float32Array(N);
  const bytes = new Array<SurprisingField | null>(N).fill(null);
  return {
    model,
    scores,
    bytes,
    note(session, i) {
      const { score, packet, offset } = model.find(session);
      scores[i] = score - model.threshold;
      bytes[i] = packet < 0 ? null : { packet, field: fieldNames(session, packet)[offset]! };
    },
  };
}
