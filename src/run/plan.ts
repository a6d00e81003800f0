/** From a spec to a network and its training. */

import type { Prepared } from '../data/index.ts';
import { estimateMemory, type ModelOptions, type NetworkShape, parameterShapes } from '../network/index.ts';
import { type ExperimentSpec, seedFor } from '../spec/index.ts';
import { mostTokens, VOCABULARY } from '../token/index.ts';
import { createPresenter, type PresentOptions, stepsPerEpoch } from '../training/index.ts';

/** What follows from the spec and the number of sessions, for every seed. */
export interface Plan {
  readonly shape: NetworkShape;
  /** Sessions of a batch at most. */
  readonly capacity: number;
  /** Trained numbers. */
  readonly parameters: number;
  /** Bytes that the network needs, about. */
  readonly memory: number;
  readonly present: PresentOptions;
  /** How sessions are presented that train the network: as captured, where it learns what is normal. */
  readonly presentTraining: PresentOptions;
  /** How test sessions are. */
  readonly presentTest: PresentOptions;
  readonly classes: readonly string[];
  readonly stepsPerEpoch: number;
}

/** The plan of a spec with its data. */
export function makePlan(prepared: Prepared): Plan {
  const { classes } = createPresenter(presentOptions(prepared));
  const { spec } = prepared.resolved;
  const { train, test } = prepared.split;
  const shape = networkShape(spec, classes.length);
  const capacity = Math.min(spec.training.batch, Math.max(train.length, test.length));
  const parameters = parameterShapes(shape).reduce((sum, p) => sum + p.shape.reduce((a, b) => a * b, 1), 0);
  return {
    shape,
    capacity,
    parameters,
    memory: estimateMemory(shape, capacity),
    present: presentOptions(prepared),
    presentTraining:
      spec.task === 'generate' ? asCaptured(presentOptions(prepared)) : presentOptions(prepared),
    presentTest: {
      ...presentOptions(prepared, spec.anomalies.testKinds ?? spec.anomalies.kinds),
      contacts: prepared.contacts.test,
      truth: prepared.truth,
      redraw: spec.evaluation.redraw === true,
    },
    classes,
    stepsPerEpoch: stepsPerEpoch(train.length, spec.training.batch),
  };
}

/** How training sessions are presented, with the kinds of training or others. */
function presentOptions(
  { resolved: { spec }, sessions, contacts }: Prepared,
  kinds: PresentOptions['anomalies']['kinds'] = spec.anomalies.kinds,
): PresentOptions {
  return {
    sessions,
    contacts: contacts.training,
    anomalies: { ...spec.anomalies, kinds },
    tokens: spec.tokens,
    maxPackets: spec.sessions.maxPackets,
    task: spec.task,
  };
}

/** The same of sessions as they were captured. */
export const asCaptured = (options: PresentOptions): PresentOptions => ({
  ...options,
  anomalies: { ...options.anomalies, normal: 1 },
});

/** Draws of every kind on every test session; null where each is drawn one kind. */
export function eachOf(draws: ExperimentSpec['evaluation']['draws']): number | null {
  if (draws === undefined) return null;
  return draws === 'each' ? 1 : draws.each;
}

/** Bytes that the network of a spec needs at most, about; no data need be read for it. */
export function networkMemory(spec: ExperimentSpec): number {
  const classes = spec.task !== 'kind' ? 2 : 1 + Object.keys(spec.anomalies.kinds).length;
  return estimateMemory(networkShape(spec, classes), spec.training.batch);
}

/** The network of a spec for so many classes. */
export function networkShape({ network, sessions, tokens }: ExperimentSpec, classes: number): NetworkShape {
  const { cell, packet, session, head, activation, dropout, layerNorm, initializer, decoder } = network;
  return {
    vocabulary: VOCABULARY,
    maxPackets: sessions.maxPackets,
    maxTokens: mostTokens(tokens),
    classes,
    cell,
    packet,
    session,
    head,
    activation,
    dropout,
    layerNorm,
    initializer,
    decoder: decoder ?? null,
  };
}

/** What createModel needs for a run with this seed. */
export function modelOptions(
  spec: ExperimentSpec,
  plan: Pick<Plan, 'shape' | 'classes' | 'capacity'> & Partial<Pick<Plan, 'stepsPerEpoch'>>,
  seed: number,
  threads: number,
): ModelOptions {
  const { clipNorm, optimizer, classWeights } = spec.training;
  const annealing = (spec.network.decoder?.latent?.annealing ?? 0) * (plan.stepsPerEpoch ?? 0);
  return {
    shape: plan.shape,
    engine: spec.engine,
    threads,
    capacity: plan.capacity,
    clipNorm,
    optimizer,
    // What generates trains no classifier.
    classWeights:
      spec.task === 'generate' ? plan.classes.map(() => 0) : lossWeights(classWeights, plan.classes, spec),
    seed: seedFor(spec, 'weights', seed),
    annealing,
  };
}

/**
 * [C]: weights of the classes in the loss. Balanced weights are 1 / (C · p), where p is the probability of a class by
 * the spec, so that their mean over the sessions is 1; a class that never occurs has weight 0.
 */
export function lossWeights(
  choice: ExperimentSpec['training']['classWeights'],
  classes: readonly string[],
  { anomalies, task }: Pick<ExperimentSpec, 'anomalies' | 'task'>,
): readonly number[] | null {
  if (choice === null) return null;
  if (choice !== 'balanced') return classes.map((name) => choice[name] ?? 1);
  const { normal, kinds } = anomalies;
  const total = Object.values(kinds).reduce((sum, weight) => sum + weight, 0);
  const probability = (name: string): number => {
    if (name === 'normal') return normal;
    return task !== 'kind' ? 1 - normal : ((1 - normal) * kinds[name]!) / total;
  };
  const present = classes.filter((name) => probability(name) > 0).length;
  return classes.map((name) => (probability(name) > 0 ? 1 / (present * probability(name)) : 0));
}
