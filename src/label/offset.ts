/** How far the labels' clock is from the capture's, told by the data: the offset at which most sessions begin with a label. */

import { ExitCode, FaultError } from '../fault/index.ts';
import type { SessionTable } from '../session/index.ts';
import { leftOutText } from './account.ts';
import { ADDRESS_WORDS } from './address.ts';
import { spanOf } from './builder.ts';
import { labelGroupOf, type SessionFacts, sessionFacts } from './session.ts';
import type { LabelTable } from './table.ts';
import { formatOffset, formatTime } from './time.ts';

/** An offset and the sessions that speak for it. */
export interface OffsetSupport {
  /** Seconds to be added to the labels' clock to get the capture's. */
  readonly offset: number;
  /** Sessions that begin with a label of their endpoints at this offset. */
  readonly support: number;
}

/** What the data says about the clocks. */
export interface OffsetEstimate extends OffsetSupport {
  /** The best of all offsets more than a minute (or the labels' resolution) away; null when there is none. */
  readonly runnerUp: OffsetSupport | null;
  /** Sessions with a label of their endpoints at any offset within reach. */
  readonly voters: number;
}

/** Seconds: zones reach from −12 h to +14 h, and a clock of twelve hours or daylight saving come on top. */
const FARTHEST = 27 * 3600;
/** Labels of one pair of endpoints that may speak: where there are more, each session fits a label at any offset. */
const MOST_LABELS = 64;
const LEAST_SUPPORT = 20;
const LEAST_SHARE = 0.2;
/** The runner-up may have this share of the best one's support. */
const MOST_RIVAL = 0.5;

/**
 * Estimates the clock offset.
 *
 * For each session and each label of its endpoints, session start − label start is a vote; a session votes once for
 * each offset, in steps of the labels' resolution (1 s at least). The winner is the pair of neighbouring steps with most
 * votes; within it the median is taken, to the labels' resolution.
 *
 * @throws FaultError (data) when fewer than 20 sessions or a fifth of the voters speak for the winner, or the runner-up
 *   has more than half of its votes: nothing is labelled by a guess
 */
export function estimateOffset(sessions: SessionTable, labels: LabelTable): OffsetEstimate {
  const facts = sessionFacts(sessions);
  const step = Math.max(1, labels.resolution);
  const half = Math.ceil(FARTHEST / step);
  const votes = new Uint32Array(2 * half + 1);
  /** Session + 1 that voted last for each step. */
  const voted = new Uint32Array(votes.length);
  let voters = 0;
  let last = -1;
  forEachDifference(facts, labels, (s, difference) => {
    if (s !== last) voters++;
    last = s;
    const bin = Math.floor(difference / step) + half;
    if (bin < 0 || bin >= votes.length || voted[bin] === s + 1) return;
    voted[bin] = s + 1;
    votes[bin]!++;
  });
  const pairs = pairVotes(votes);
  const winner = indexOfMost(pairs, 0, pairs.length);
  const apart = Math.ceil(Math.max(60, 2 * step) / step);
  const before = indexOfMost(pairs, 0, winner - apart);
  const after = indexOfMost(pairs, winner + apart + 1, pairs.length);
  const rival = (pairs[before] ?? 0) >= (pairs[after] ?? 0) ? before : after;
  const timeOf = (bin: number): number => (bin - half) * step;
  const first = supportOf(facts, labels, timeOf(winner), 2 * step);
  const second = (pairs[rival] ?? 0) === 0 ? undefined : supportOf(facts, labels, timeOf(rival), 2 * step);
  const refined = (near: Float64Array): number => refine(near, labels.resolution);
  const estimate: OffsetEstimate = {
    offset: first.support === 0 ? 0 : refined(first.differences),
    support: first.support,
    runnerUp: second === undefined ? null : { offset: refined(second.differences), support: second.support },
    voters,
  };
  checkEstimate(estimate, facts.start, labels);
  return estimate;
}

/** Visits session start − label start for each session and each label of its endpoints, as far as they may speak. */
function forEachDifference(
  facts: SessionFacts,
  labels: LabelTable,
  visit: (session: number, difference: number) => void,
): void {
  const scratch = new Int32Array(2 * ADDRESS_WORDS);
  for (let s = 0; s < facts.count; s++) {
    const group = labelGroupOf(facts, s, labels.find, scratch);
    if (group < 0) continue;
    const first = labels.firstLabel[group]!;
    const end = labels.firstLabel[group + 1]!;
    if (end - first > MOST_LABELS) continue;
    for (let i = first; i < end; i++) {
      const difference = facts.start[s]! - labels.start[i]!;
      if (Math.abs(difference) <= FARTHEST) visit(s, difference);
    }
  }
}

/** Sessions with a difference in time … time + width, and all such differences. */
function supportOf(facts: SessionFacts, labels: LabelTable, time: number, width: number) {
  const differences: number[] = [];
  let support = 0;
  let last = -1;
  forEachDifference(facts, labels, (s, difference) => {
    if (difference < time || difference >= time + width) return;
    differences.push(difference);
    if (s !== last) support++;
    last = s;
  });
  return { support, differences: Float64Array.from(differences).sort() };
}

/** [n − 1]: votes of each step and the next: a start that lies between two steps falls into either. */
function pairVotes(votes: Uint32Array): Uint32Array {
  const pairs = new Uint32Array(votes.length - 1);
  for (let i = 0; i < pairs.length; i++) pairs[i] = votes[i]! + votes[i + 1]!;
  return pairs;
}

/** The first index with the most; −1 in an empty range. */
function indexOfMost(values: Uint32Array, from: number, end: number): number {
  let best = -1;
  for (let i = Math.max(0, from); i < Math.min(end, values.length); i++)
    if (best < 0 || values[i]! > values[best]!) best = i;
  return best;
}

/** The median of sorted differences; a time that was cut to its resolution lies half of it later on average. */
function refine(near: Float64Array, resolution: number): number {
  const median = near[near.length >> 1]! - resolution / 2;
  if (resolution > 0) return Math.round(median / resolution) * resolution + 0;
  return Math.round(median * 1000) / 1000 + 0;
}

function checkEstimate(estimate: OffsetEstimate, starts: Float64Array, labels: LabelTable): void {
  const { offset, support, runnerUp, voters } = estimate;
  const share = voters === 0 ? 0 : support / voters;
  const rival = runnerUp === null ? 0 : runnerUp.support / support;
  if (support >= LEAST_SUPPORT && share >= LEAST_SHARE && rival <= MOST_RIVAL) return;
  const found =
    voters === 0
      ? `no session has a label of its endpoints within ${FARTHEST / 3600} h`
      : `${formatOffset(offset)} fits ${support} of the ${voters} sessions that have a label` +
        (runnerUp === null ? '' : `, ${formatOffset(runnerUp.offset)} fits ${runnerUp.support}`);
  const wanted = `must fit at least ${LEAST_SUPPORT} sessions, ${LEAST_SHARE * 100}% of them and twice the next one's`;
  const left = leftOutText(labels.account);
  throw new FaultError(
    {
      place: 'clock offset',
      problem: `the data does not tell it: ${found}; ${wanted} (${spanOf(labels.account)}, ${spanOfSessions(starts)})${left === '' ? '' : `; ${left}`}`,
      cure: 'check that the labels belong to the captures, or say the clock offset in seconds',
    },
    ExitCode.data,
  );
}

function spanOfSessions(starts: Float64Array): string {
  if (starts.length === 0) return 'no sessions';
  let least = starts[0]!;
  let most = least;
  for (const start of starts) {
    if (start < least) least = start;
    if (start > most) most = start;
  }
  return `sessions from ${formatTime(least)} to ${formatTime(most)}`;
}
