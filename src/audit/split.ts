/** What training and test sessions share that would not be there of another day. */
import { endsKey, type SessionTable, type Shared } from '../session/index.ts';
import {
  type Clustering,
  clusteredRate,
  difference,
  type Estimate,
  type Rate,
  rate,
} from '../statistics/index.ts';
import { formatCount, formatPercent, interval, plural } from '../text/index.ts';
import type { PresentOptions } from '../training/index.ts';
import { type Check, check } from './audit.ts';
import { createFingerprint, PASSING } from './same.ts';

export interface SplitInput {
  readonly sessions: SessionTable;
  /** Indices in the table, in the order of their times. */
  readonly train: Uint32Array;
  /** [N]: the test sessions as they were presented, once or several times. */
  readonly test: Uint32Array;
  readonly clusterings: readonly Clustering[];
  /** How the network reads them. */
  readonly present: PresentOptions;
  /** Whether test sessions are of another data set, whose clock has nothing to do with that of training. */
  readonly otherNetwork: boolean;
  /** Waited for now and then; what it throws ends the work. */
  readonly pause: () => Promise<void>;
}

/** More identical sessions than this are too many, whatever training has among its own. */
const MANY = 0.05;
/** By so much more than among the training sessions themselves, for sure. */
const MORE = { identical: 0.01, near: 0.1, endpoints: 0.1 } as const;
/** What of training stands in for a test: its last sessions against those before. */
const LAST = 0.2;
/** Sessions between two looks at signals. */
const CHUNK = 4096;

/** What the test sessions share with training, and what the last training sessions share with those before them. */
interface SharedRates {
  readonly test: Rate;
  readonly own: Rate;
}

/** All checks of the split. */
export async function checkSplit(input: SplitInput): Promise<readonly Check[]> {
  const { present, sessions } = input;
  const ends = (shared: Shared) => (session: number) => endsKey(sessions, session, shared);
  return [
    identicalCheck(await share(input, createFingerprint(present))),
    nearCheck(await share(input, createFingerprint(present, PASSING))),
    endpointsCheck(await share(input, ends('endpoints'))),
    pairsCheck(await share(input, ends('pair'))),
    timeCheck(input),
  ];
}

/** @param keyOf sessions with the same key share what is asked for */
async function share(input: SplitInput, keyOf: (session: number) => number | string): Promise<SharedRates> {
  const { train, test, clusterings, pause } = input;
  const border = train.length - Math.round(LAST * train.length);
  const known = new Set<number | string>();
  const last: (number | string)[] = [];
  let own = 0;
  for (let i = 0; i < train.length; i++) {
    if (i % CHUNK === 0) await pause();
    const key = keyOf(train[i]!);
    if (i < border) known.add(key);
    else {
      if (known.has(key)) own++;
      last.push(key);
    }
  }
  for (const key of last) known.add(key);
  const told = new Map<number, number>();
  const hits = new Uint8Array(test.length);
  for (let i = 0; i < test.length; i++) {
    if (i % CHUNK === 0) await pause();
    const session = test[i]!;
    hits[i] = told.get(session) ?? (known.has(keyOf(session)) ? 1 : 0);
    told.set(session, hits[i]!);
  }
  return {
    test: clusteredRate(hits, new Uint8Array(test.length).fill(1), clusterings),
    own: rate(own, train.length - border),
  };
}

/** Whether a share is for sure so much more than it is within training. Too few clusters make sessions count by themselves. */
function exceeds({ test, own }: SharedRates, by: number): boolean {
  return (difference(test.low === null ? rate(test.numerator, test.denominator) : test, own).low ?? 0) > by;
}

const counted = ({ numerator, denominator }: Rate): string =>
  `${formatCount(numerator)} of ${formatCount(denominator)} test sessions`;

const sharesText = ({ test, own }: SharedRates): string => {
  const range = interval(test, (x) => formatPercent(x, 3));
  return `${formatPercent(test.value, 3)}${range === '' ? '' : `, ${range}`}; of the last training sessions against those before ${formatPercent(own.value, 3)}`;
};

function identicalCheck(rates: SharedRates): Check {
  const many = (rates.test.low ?? rate(rates.test.numerator, rates.test.denominator).low ?? 0) > MANY;
  return check({
    area: 'split',
    name: 'identical-sessions',
    status: many || exceeds(rates, MORE.identical) ? 'finding' : 'checked',
    says: `${counted(rates.test)} have, as captured, all the tokens of a training session (${sharesText(rates)})`,
    size: rates.test,
    cure: many
      ? 'split in time ("protocol": {"kind": "chronological"} or "days"), and look for traffic that was captured or replayed twice'
      : null,
  });
}

function nearCheck(rates: SharedRates): Check {
  const stands = exceeds(rates, MORE.near);
  return check({
    area: 'split',
    name: 'near-identical-sessions',
    status: stands ? 'finding' : 'checked',
    says: `${counted(rates.test)} have those of one up to IP ids, ports, sequence numbers, TCP options and checksums (${sharesText(rates)})`,
    size: rates.test,
    cure: stands ? 'split in time, and look for traffic that was captured or replayed twice' : null,
  });
}

function endpointsCheck(rates: SharedRates): Check {
  const stands = exceeds(rates, MORE.endpoints);
  return check({
    area: 'split',
    name: 'endpoints-on-both-sides',
    status: stands ? 'finding' : 'checked',
    says: `${counted(rates.test)} have protocol, addresses and ports of a training session (${sharesText(rates)})`,
    size: rates.test,
    cure: stands ? '"protocol": {"disjoint": "endpoints"}' : null,
  });
}

/** A network knows its own hosts: that is no leak, but a limit of what the score is about. */
const pairsCheck = ({ test }: SharedRates): Check =>
  check({
    area: 'split',
    name: 'pairs-on-both-sides',
    status: 'checked',
    grade: 'simple',
    says: `${counted(test)} are between two hosts that talk in training, too (${formatPercent(test.value, 3)}): the score is about these hosts`,
    size: test,
  });

function timeCheck({ sessions, train, test, otherNetwork }: SplitInput): Check {
  const of = { area: 'split', name: 'time-order' } as const;
  if (otherNetwork)
    return check({ ...of, status: 'not applicable', says: 'another data set tests: its clock is another' });
  const { firstRow, seconds, nanoseconds } = sessions;
  const isAfter = (a: number, b: number): boolean =>
    seconds[a]! > seconds[b]! || (seconds[a] === seconds[b] && nanoseconds[a]! > nanoseconds[b]!);
  let border = firstRow[test[0]!]!;
  for (const session of test) if (isAfter(border, firstRow[session]!)) border = firstRow[session]!;
  let after = 0;
  let lasting = 0;
  for (const session of train) {
    if (isAfter(firstRow[session]!, border)) after++;
    else if (isAfter(firstRow[session + 1]! - 1, border)) lasting++;
  }
  const size: Estimate = rate(after, train.length);
  return check({
    ...of,
    status: after > 0 ? 'finding' : 'checked',
    says:
      after > 0
        ? `${formatCount(after)} of ${plural(train.length, 'training session')} (${formatPercent(size.value, 3)}) begin after the first test session: training knows what came after`
        : `all ${plural(train.length, 'training session')} begin before testing does${lasting === 0 ? '' : `; ${formatCount(lasting)} of them still have packets after that ("protocol": {"purge": 0} leaves them out)`}`,
    size,
    cure: after > 0 ? '"protocol": {"kind": "chronological"} or "days" with later test days' : null,
  });
}
