/** All baselines on the test sessions of a run, presented exactly as the network was tested on them. */
import { setImmediate } from 'node:timers/promises';
import type { Contacts, SessionBytes } from '../anomaly/index.ts';
import { permutation, stream } from '../random/index.ts';
import type { SessionTable } from '../session/index.ts';
import { type Batch, createBatch } from '../token/index.ts';
import {
  createPresenter,
  type PresentedSessions,
  type PresentOptions,
  trainingStream,
} from '../training/index.ts';
import { type Counting, createRowBuilder, type SparseRows } from './features.ts';
import { learnHostProfiles, type TrainingProfile } from './host-profile.ts';
import { fitLogistic, type Logistic, logOdds } from './logistic.ts';
import { createPacked, neighbourScore, type PackedSessions, pack } from './neighbour.ts';
import { rules } from './rules.ts';
import type { Surprises } from './surprise.ts';

/** What the rules say of N test sessions, asked while these are presented. */
export interface RuleVerdicts {
  /** What training showed. */
  readonly known: TrainingProfile;
  /** [N, R]: 1 where a rule calls the session anomalous. */
  readonly broken: Uint8Array;
  /** Asks all rules about session i. */
  note(bytes: SessionBytes, i: number): void;
}

/**
 * Rules that know the training sessions, and have said nothing yet.
 *
 * @param contacts of the training sessions alone, whatever the morphs may know
 * @param train indices in the session table
 */
export function createRuleVerdicts(
  sessions: SessionTable,
  train: Uint32Array,
  contacts: Contacts,
  N: number,
): RuleVerdicts {
  const known = learnHostProfiles(sessions, train, contacts);
  const broken = new Uint8Array(N * rules.length);
  return { known, broken, note: (bytes, i) => ask(bytes, known, broken, i) };
}

/** Writes what the rules say of a session to row i of [N, R]. */
function ask(bytes: SessionBytes, known: TrainingProfile, into: Uint8Array, i: number): void {
  for (const [r, { breaks }] of rules.entries()) into[i * rules.length + r] = breaks(bytes, known) ? 1 : 0;
}

/** Presented sessions, with what was asked of them while their headers were there. */
export interface JudgeableSessions {
  readonly presented: PresentedSessions;
  readonly verdicts: RuleVerdicts;
  readonly surprises: Surprises;
}

export interface BaselineInput {
  /** How training sessions are presented. */
  readonly present: PresentOptions;
  /** Indices in the session table. */
  readonly train: Uint32Array;
  /** The test sessions, N of them, and what the rules said of them. */
  readonly test: PresentedSessions;
  readonly verdicts: RuleVerdicts;
  /** What surprised in them. */
  readonly surprises: Surprises;
  /** The same of the validation sessions, by which one is chosen among the baselines; null without any. */
  readonly validation?: JudgeableSessions | null;
  readonly seed: number;
  /** Told now and then what is done; what it throws ends the comparison. */
  readonly progress?: (what: string) => void;
}

/** What one baseline makes of N test sessions. */
export interface BaselineScores {
  readonly name: string;
  /** How it decides, and from what it has learnt that. */
  readonly says: string;
  /** Rules only say yes or no; the scores of others rank sessions. */
  readonly ranks: boolean;
  /** [N]: more is more anomalous; above 0 it calls the session so. */
  readonly scores: Float32Array;
  /** [N]: 1 for what it calls anomalous. */
  readonly called: Uint8Array;
}

export interface BaselineRun {
  readonly baselines: readonly BaselineScores[];
  /** [N]: what was done to each test session, an index of the presenter's kinds. */
  readonly kinds: Uint8Array;
}

/** What baselines make of the test sessions and, where there are any, of the validation sessions. */
export interface BaselineRuns {
  readonly test: BaselineRun;
  readonly validation: BaselineRun | null;
}

/** Training sessions that the baselines learn from at most. */
const MOST_LEARNT = 20_000;
/** References of the nearest neighbour at most, and at least where there are so many. */
const MOST_REFERENCES = 2000;
const LEAST_REFERENCES = 500;
/** Comparisons of sessions that the nearest neighbour may cost before it gets by with fewer references. */
const COMPARISONS = 20_000_000;
/** λ of the logistic regressions. */
const PENALTY = 1e-4;
/** Sessions between two looks at signals. */
const CHUNK = 512;

/** What was learnt from presented training sessions. */
interface Learnt {
  readonly sessions: number;
  readonly anomalous: number;
  readonly byValue: Logistic;
  readonly byPlace: Logistic;
  readonly byRules: Logistic;
  readonly references: PackedSessions;
  /** [R] */
  readonly referenceLabels: Uint8Array;
}

/**
 * Learns what there is to learn from the training sessions as presented in the first epoch (at most 20,000 of them, drawn
 * by a stream of their own), and judges every test and validation session. Deterministic: everything follows from the
 * options.
 */
export async function runBaselines(input: BaselineInput): Promise<BaselineRuns> {
  const { test, verdicts, surprises, validation = null, progress } = input;
  const learnt = await learn(input);
  return {
    validation: validation === null ? null : await judge(learnt, validation, progress),
    test: await judge(learnt, { presented: test, verdicts, surprises }, progress),
  };
}

async function judge(
  learnt: Learnt,
  { presented: test, verdicts, surprises }: JudgeableSessions,
  progress: BaselineInput['progress'],
): Promise<BaselineRun> {
  const batch = createBatch(1, test.maxPackets, test.maxTokens);
  const judges = judgesOf(learnt, verdicts.broken, surprises, test.maxTokens, createPacked(1, batch));
  const N = test.labels.length;
  const scores = judges.map(() => new Float32Array(N));
  for (let i = 0; i < N; i++) {
    test.load(i, batch, 0);
    for (let j = 0; j < judges.length; j++) scores[j]![i] = judges[j]!.score(i, batch);
    if ((i + 1) % CHUNK === 0) {
      await setImmediate();
      progress?.(`baselines: ${i + 1} of ${N} sessions`);
    }
  }
  const baselines = judges.map(({ name, says, ranks }, j) => {
    const called = Uint8Array.from(scores[j]!, (score) => (score > 0 ? 1 : 0));
    return { name, says, ranks, scores: scores[j]!, called };
  });
  return { baselines, kinds: test.kinds };
}

async function learn({ present, train, test, verdicts, seed, progress }: BaselineInput): Promise<Learnt> {
  const count = Math.min(train.length, MOST_LEARNT);
  const order = permutation(train.length, stream(seed, 'baseline'));
  const presenter = createPresenter(present);
  const batch = createBatch(1, presenter.maxPackets, presenter.maxTokens);
  const anomalous = new Uint8Array(count);
  const value = createRowBuilder('value', presenter.maxTokens, count);
  const place = createRowBuilder('place-and-value', presenter.maxTokens, count);
  const broken = new Uint8Array(count * rules.length);
  const affordable = Math.max(LEAST_REFERENCES, Math.floor(COMPARISONS / test.labels.length));
  const R = Math.min(count, MOST_REFERENCES, affordable);
  const references = createPacked(R, batch);
  for (let i = 0; i < count; i++) {
    const session = train[order[i]!]!;
    const kind = presenter.present(session, trainingStream(seed, 1, session), batch, 0);
    anomalous[i] = kind === 0 ? 0 : 1;
    value.add(batch, 0);
    place.add(batch, 0);
    ask(presenter.bytes, verdicts.known, broken, i);
    if (i < R) pack(references, i, batch, 0);
    if ((i + 1) % CHUNK === 0) {
      await setImmediate();
      progress?.(`baselines: learning from ${i + 1} of ${count} sessions`);
    }
  }
  const fit = async (rows: SparseRows) => {
    await setImmediate();
    progress?.('baselines: logistic regression');
    return fitLogistic(rows, anomalous, PENALTY);
  };
  const byValue = await fit(value.rows());
  const byPlace = await fit(place.rows());
  const byRules = await fit(rowsOf(broken));
  const sum = anomalous.reduce((all, one) => all + one, 0);
  const referenceLabels = anomalous.subarray(0, R);
  return { sessions: count, anomalous: sum, byValue, byPlace, byRules, references, referenceLabels };
}

interface Judge extends Pick<BaselineScores, 'name' | 'says' | 'ranks'> {
  /** Of test session i, which the batch holds. */
  readonly score: (i: number, batch: Batch) => number;
}

/** [N, R] as rows with a 1 in the column of each rule that calls the session anomalous. */
function rowsOf(broken: Uint8Array): SparseRows {
  const R = rules.length;
  const start = new Uint32Array(broken.length / R + 1);
  const column: number[] = [];
  broken.forEach((one, at) => {
    if (one === 1) column.push(at % R);
    start[Math.floor(at / R) + 1] = column.length;
  });
  const value = new Float64Array(column.length).fill(1);
  return { features: R, start, column: Uint32Array.from(column), value };
}

function judgesOf(
  learnt: Learnt,
  broken: Uint8Array,
  { model, scores: surprise }: Surprises,
  maxTokens: number,
  slot: PackedSessions,
): readonly Judge[] {
  const { sessions, anomalous, references, referenceLabels } = learnt;
  const majority = 2 * anomalous > sessions ? 1 : -1;
  const logistic = (
    name: string,
    what: string,
    fitted: Logistic,
    rowOf: (i: number, batch: Batch) => SparseRows,
  ): Judge => ({
    name,
    says: `logistic regression on ${what}: ${sessions} training sessions, ${fitted.iterations} steps${fitted.converged ? '' : ', not converged'}`,
    ranks: true,
    score: (i, batch) => logOdds(fitted, rowOf(i, batch))[0]!,
  });
  const ofBytes = (counting: Counting) => {
    const builder = createRowBuilder(counting, maxTokens, 1);
    return (_: number, batch: Batch) => {
      builder.clear();
      builder.add(batch, 0);
      return builder.rows();
    };
  };
  const R = rules.length;
  const ofRules = (i: number) => rowsOf(broken.subarray(i * R, (i + 1) * R));
  return [
    {
      name: 'majority',
      says: `calls every session ${majority === 1 ? 'anomalous' : 'normal'}, as most of ${sessions} training sessions were`,
      ranks: false,
      score: () => majority,
    },
    ...rules.map(({ name, says }, r) => {
      const score: Judge['score'] = (i) => (broken[i * R + r] === 1 ? 1 : -1);
      return { name, says, ranks: false, score };
    }),
    logistic('logistic-rules', 'what the rules say', learnt.byRules, ofRules),
    logistic('logistic-values', 'how often each byte value occurs', learnt.byValue, ofBytes('value')),
    logistic('logistic-places', 'which byte is where', learnt.byPlace, ofBytes('place-and-value')),
    {
      name: 'surprise',
      says: `its most surprising byte, in standard deviations from what is usual there, by counts of ${model.counted} normal training sessions; called where 1 in 100 of ${model.calibrated} others would be`,
      ranks: true,
      score: (i) => surprise[i]!,
    },
    {
      name: 'nearest-neighbour',
      says: `as the nearest of ${referenceLabels.length} training sessions, by how many header bytes differ`,
      ranks: true,
      score(_, batch) {
        pack(slot, 0, batch, 0);
        return neighbourScore(slot, 0, references, referenceLabels);
      },
    },
  ];
}
