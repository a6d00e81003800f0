/** The test sessions in other presentations, shown to the weights that were trained: `evaluation.presentations` of a spec. */
import { join } from 'node:path';
import { calledAtMost, scoreSupervised } from '../baseline/index.ts';
import { originsOf, testContacts } from '../data/index.ts';
import { writeWhole } from '../disk/index.ts';
import {
  applyThreshold,
  calledBy,
  changesBy,
  delaysOf,
  detectionByKind,
  evaluate,
  type Judged,
  mostProbable,
  type PresentationRecord,
  packetsAlone,
} from '../evaluation/index.ts';
import { type Classified, PRESENTATIONS_FILE, predictionLines, presentedFile } from '../results/index.ts';
import { type Presentation, presentsMorphs, seedFor } from '../spec/index.ts';
import { clusteredRate, type Rate } from '../statistics/index.ts';
import { createBatch } from '../token/index.ts';
import {
  createPresenter,
  type PresentedSessions,
  type PresentOptions,
  predict,
  presentAll,
} from '../training/index.ts';
import type { Assessed, Tested } from './assess.ts';
import type { RunContext } from './context.ts';
import { lines, toJson } from './evidence.ts';
import { eachOf } from './plan.ts';

/** What was found under the presentations, in the order of the spec. */
interface PresentedAgain {
  readonly records: readonly PresentationRecord[];
  /** For the result hash. */
  readonly results: readonly (Classified & { readonly name: string })[];
}

/**
 * Presents the test sessions once more for each presentation of the spec, classifies them with the weights as they are, and
 * writes the predictions under each, and what becomes of the rates.
 *
 * @throws FaultError (machine) when a file cannot be written; Interrupted
 */
export async function presentAgain(
  context: RunContext,
  tested: Tested,
  { findings }: Pick<Assessed, 'findings'>,
): Promise<PresentedAgain> {
  const { prepared, plan, partial, interruption, observe, ofSeed } = context;
  const { sessions, contacts, resolved } = prepared;
  const records: PresentationRecord[] = [];
  const results: (Classified & { readonly name: string })[] = [];
  const looks: { readonly packets: number; readonly called: Uint8Array }[] = [];
  for (const [name, otherwise] of Object.entries(resolved.spec.evaluation.presentations ?? {})) {
    observe({ kind: 'working', ofSeed, on: `presenting the test sessions: ${name}` });
    const options = presentationOptions(context, otherwise);
    const presented = await present(context, options, otherwise);
    const progress = () => interruption.check();
    const predicted = await predict({ model: context.model, presented, progress });
    const { sessions: test, classes, kindNames } = presented;
    const origins = originsOf(sessions, test, contacts.trained);
    const { clusterings } = origins;
    const predictions = mostProbable(predicted.probabilities, classes.length);
    const evaluation = evaluate({ ...predicted, classes, clusterings });
    const packets = packetsAlone(otherwise);
    if (packets !== null) {
      const { threshold } = findings;
      const called = threshold === null ? predictions : calledBy(threshold, { ...predicted, classes });
      looks.push({ packets, called });
    }
    results.push({ name, ...predicted, predicted: predictions, matrix: evaluation.matrix });
    records.push({
      name,
      otherwise,
      evaluation,
      detection: detectionByKind(predicted.kinds, predictions, kindNames, clusterings),
      morphs: presented.counts,
      threshold:
        findings.threshold === null
          ? null
          : applyThreshold(
              findings.threshold,
              { ...predicted, classes, clusterings },
              predicted.kinds,
              kindNames,
            ),
      unseen: options.truth == null ? await countUnseen(context, options, otherwise, presented) : 0,
      untrainedToken: hides(otherwise.tokens) && !hides(plan.present.tokens),
      supervised: presentsMorphs(otherwise) ? await findSupervised(context, tested, findings) : null,
      changes: presentsMorphs(otherwise)
        ? []
        : changesBy(...inBoth(tested, { presented, predicted, predictions, origins })),
    });
    const table = {
      sessions,
      test,
      classes,
      kinds: kindNames,
      predicted,
      predictions,
      origins,
      baselines: [],
    };
    await writeWhole(join(partial, presentedFile(name)), lines(predictionLines(table), interruption));
  }
  const delays = delaysOf(tested.predicted.labels, looks, tested.origins.clusterings);
  const all = records.map((record) => {
    const packets = packetsAlone(record.otherwise);
    return { ...record, delay: delays.find((delay) => delay.packets === packets) ?? null };
  });
  if (all.length > 0) await writeWhole(join(partial, PRESENTATIONS_FILE), toJson({ presentations: all }));
  return { records: all, results };
}

type Side = Pick<Tested, 'presented' | 'predicted' | 'predictions' | 'origins'>;

/**
 * What was made of the sessions that are on both sides: where every session becomes every kind (evaluation.draws), one that a
 * kind cannot be made of is on one of them alone.
 */
function inBoth(tested: Side, other: Side): Parameters<typeof changesBy> {
  const places = new Map(Array.from(other.presented.turns, (turn, i) => [turn, i]));
  const own: number[] = [];
  const others: number[] = [];
  tested.presented.turns.forEach((turn, i) => {
    const place = places.get(turn);
    if (place === undefined) return;
    own.push(i);
    others.push(place);
  });
  const judged = ({ presented, predicted, predictions }: Side, at: readonly number[]): Judged => ({
    labels: Uint8Array.from(at, (i) => predicted.labels[i]!),
    predictions: Uint8Array.from(at, (i) => predictions[i]!),
    kinds: Uint8Array.from(at, (i) => predicted.kinds[i]!),
    kindNames: presented.kindNames,
  });
  const clusterings = tested.origins.clusterings.map((clustering) => ({
    ...clustering,
    clusterOf: Uint32Array.from(own, (i) => clustering.clusterOf[i]!),
  }));
  return [judged(tested, own), judged(other, others), clusterings];
}

const hides = ({ hide = [], publicAddresses = 'shown' }: Partial<PresentOptions['tokens']> = {}): boolean =>
  hide.length > 0 || publicAddresses === 'one-token';

/** The share of the attacks that is found with labels of others, at the false positive rate of the network. */
async function findSupervised(
  { seed, interruption }: RunContext,
  { presented, verdicts, origins, evaluation }: Tested,
  { threshold }: Assessed['findings'],
): Promise<Rate | null> {
  const { clusterings } = origins;
  const groups = clusterings.find(({ by }) => by === 'pair');
  if (verdicts === null || groups === undefined) return null;
  const { check } = interruption;
  const scores = await scoreSupervised({ test: presented, verdicts, groups, seed, check });
  const { falsePositiveRate } = threshold?.rates ?? evaluation.anomalous;
  const { hits, attacks } = calledAtMost(scores, presented.labels, falsePositiveRate.value ?? 0);
  return clusteredRate(hits, attacks, clusterings);
}

/** How the sessions are presented: what becomes of them is drawn as in the test, by the same streams. */
function presentationOptions({ prepared, plan }: RunContext, presentation: Presentation): PresentOptions {
  const { anomalies = {}, tokens, evaluation } = presentation;
  const { presentTest, classes } = plan;
  const { spec } = prepared.resolved;
  const { lookAhead = spec.anomalies.lookAhead === true, ...changed } = anomalies;
  return {
    ...presentTest,
    ...(presentsMorphs(presentation) ? { truth: null } : {}),
    contacts: testContacts(prepared, lookAhead),
    anomalies: { ...presentTest.anomalies, ...changed },
    ...(tokens === undefined ? {} : { shown: { ...presentTest.tokens, ...tokens } }),
    redraw: evaluation?.redraw ?? presentTest.redraw === true,
    classes,
  };
}

/** The test sessions, to be shown to the network: what it is not shown of a packet or a session is not there. */
function present(
  { prepared, plan, seed, interruption }: RunContext,
  options: PresentOptions,
  presentation: Presentation,
  each = eachOf(prepared.resolved.spec.evaluation.draws),
): Promise<PresentedSessions> {
  const { truth, split } = prepared;
  const { maxPackets } = presentation.sessions ?? {};
  return presentAll({
    presenter: createPresenter(options),
    sessions:
      truth !== null && presentsMorphs(presentation)
        ? split.test.filter((session) => truth.kindOf[session] === 0)
        : split.test,
    seed: seedFor(prepared.resolved.spec, 'test-morphs', seed),
    each,
    check: interruption.check,
    maxTokens: plan.shape.maxTokens,
    ...(maxPackets === undefined ? {} : { packets: maxPackets }),
  });
}

/** How many sessions something was done to, and have every token that they would have as captured. */
async function countUnseen(
  context: RunContext,
  options: PresentOptions,
  otherwise: Presentation,
  presented: PresentedSessions,
): Promise<number> {
  const untouched = { normal: 1, kinds: {}, repair: [] };
  const captured = await present(
    context,
    { ...options, anomalies: untouched, redraw: false },
    otherwise,
    null,
  );
  const places = new Map(Array.from(captured.sessions, (session, i) => [session, i]));
  const { maxPackets, maxTokens } = presented;
  const [now, before] = [createBatch(1, maxPackets, maxTokens), createBatch(1, maxPackets, maxTokens)];
  return presented.kinds.reduce((unseen, kind, i) => {
    if (kind === 0) return unseen;
    presented.load(i, now, 0);
    captured.load(places.get(presented.sessions[i]!)!, before, 0);
    const same = now.packets[0] === before.packets[0] && isSame(now.tokens, before.tokens);
    return unseen + (same ? 1 : 0);
  }, 0);
}

const isSame = (a: Uint16Array, b: Uint16Array): boolean => a.every((x, i) => x === b[i]);
