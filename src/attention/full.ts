/** The tests of attention that cost more than a run may spend on it: asked for by name, on a sample of test sessions. */
import type { Estimate } from '../evaluation/index.ts';
import { mostProbable } from '../evaluation/index.ts';
import {
  chooseKernels,
  createModel,
  initialize,
  type ModelOptions,
  type Parameter,
  setParameters,
} from '../network/index.ts';
import { permutation, stream } from '../random/index.ts';
import type { Clustering } from '../statistics/index.ts';
import { createBatch } from '../token/index.ts';
import { createPresenter, type PresentedSessions, type PresentOptions, predict } from '../training/index.ts';
import type { Level } from './card.ts';
import { type Collected, collectAttention } from './collect.ts';
import { deletionOf } from './deletion.ts';
import type { Agreement, ByLevel, FullCard, Gradients, Randomised } from './full-card.ts';
import { fullText } from './full-verdict.ts';
import { type Attribution, COMPLETE, createIntegrator } from './gradients.ts';
import { forEachItem, type Groups, nullMap, State } from './groups.ts';
import { pointingOf } from './make.ts';
import { type Likeness, likeness } from './rank.ts';
import { learnedLevels, type Profiles, replaceAttention } from './replace.ts';
import type { Sample } from './sample.ts';

/** A trained network with what it was tested on. */
export interface FullInput {
  readonly options: ModelOptions;
  readonly parameters: readonly Parameter[];
  /** Networks of the same spec. */
  readonly others: readonly { readonly seed: number; readonly parameters: readonly Parameter[] }[];
  /** N test sessions, how they are presented, and their clusterings. */
  readonly presented: PresentedSessions;
  readonly present: PresentOptions;
  readonly clusterings: readonly Clustering[];
  readonly seed: number;
  /** `training.tokenDropout` of the spec. */
  readonly tokenDropout: number;
  /** Sessions of each kind. */
  readonly sample: number;
  /** Told what goes on; what it throws ends the work. */
  readonly working: (on: string) => void;
}

/** All of it. */
export async function makeFullCard(input: FullInput): Promise<FullCard> {
  const { options, parameters, present, seed, working } = input;
  const { presented, clusterings } = sampleOf(input);
  const attend = (weights: readonly Parameter[]) => attendWith(input, presented, weights);
  working('attention of a sample …');
  const collected = await attend(parameters);
  const learned = learnedLevels(options);
  const { model } = await createModel(options);
  try {
    setParameters(model, parameters);
    const { probabilities } = await predict({ model, presented });
    const predictions = mostProbable(probabilities, options.shape.classes);
    const trained = { options, parameters, presented, predictions, clusterings, working };
    const replaced = await replaceAttention(
      trained,
      profilesOf(collected, present.maxPackets, presented.maxTokens),
    );
    const randomised: Randomised[] = [];
    for (const what of ['all', 'attention'] as const) {
      working(`attention with random weights: ${what} …`);
      const other = await attend(randomWeights(input, what));
      randomised.push({
        what,
        likeness: likenessOf(collected, other, learned, clusterings),
        pointing: pointingOf(
          other,
          clusterings,
          learned,
          (level) => `${level} attention with ${what === 'all' ? 'all weights' : 'its own weights'} random`,
        ),
      });
    }
    const attributions = attribute(input, presented, predictions);
    const sample = { presented, collected, clusterings, probabilities, predictions, attributions };
    const gradients = gradientsOf(sample, learned);
    const deletion = input.tokenDropout > 0 ? await deletionOf(sample, model, learned, seed, working) : null;
    const agreement = await agreementOf(input, collected, clusterings, learned, attend);
    const found = {
      seed,
      sessions: presented.sessions.length,
      replaced,
      randomised,
      gradients,
      deletion,
      agreement,
    };
    return { format: 1, says: fullText(found), ...found };
  } finally {
    model.dispose();
  }
}

/** As many sessions of each kind, in the order of the test, drawn by a stream of its own. */
function sampleOf({
  presented,
  clusterings,
  sample,
  seed,
}: FullInput): Pick<Sample, 'presented' | 'clusterings'> {
  const { kinds } = presented;
  const taken = new Map<number, number>();
  const chosen: number[] = [];
  for (const i of permutation(kinds.length, stream(seed, 'attention-sample'))) {
    const count = taken.get(kinds[i]!) ?? 0;
    if (count >= sample) continue;
    taken.set(kinds[i]!, count + 1);
    chosen.push(i);
  }
  const at = Uint32Array.from(chosen).sort();
  return {
    presented: {
      ...presented,
      sessions: at.map((i) => presented.sessions[i]!),
      turns: at.map((i) => presented.turns[i]!),
      labels: Uint8Array.from(at, (i) => presented.labels[i]!),
      kinds: Uint8Array.from(at, (i) => kinds[i]!),
      load: (i, batch, row) => presented.load(at[i]!, batch, row),
      again: (i, presenter, batch, row) => presented.again(at[i]!, presenter, batch, row),
    },
    clusterings: clusterings.map((of) => ({ ...of, clusterOf: at.map((i) => of.clusterOf[i]!) })),
  };
}

/** The attention of a network with these weights. */
async function attendWith(
  { options, present, working }: FullInput,
  presented: PresentedSessions,
  weights: readonly Parameter[],
): Promise<Collected> {
  const { model } = await createModel(options);
  try {
    setParameters(model, weights);
    const progress = () => working('attention of a sample …');
    return await collectAttention({ model, presenter: createPresenter(present), presented, progress });
  } finally {
    model.dispose();
  }
}

/** Seeds of runs are not negative: these weights are of none of them. */
function randomWeights(
  { options, parameters, seed }: FullInput,
  what: Randomised['what'],
): readonly Parameter[] {
  const drawn = new Map(initialize(options.shape, -1 - seed).map((p) => [p.name, p]));
  return parameters.map((p) =>
    what === 'all' || /^(packet|session)\.attention\./.test(p.name) ? drawn.get(p.name)! : p,
  );
}

/** The mean weight of every position of a token in its packet, and of a packet in its session. */
export function profilesOf({ packet, session }: Collected, P: number, T: number): Profiles {
  const mean = (groups: Groups, length: number): Float32Array => {
    const { sum, count } = nullMap(
      groups,
      () => true,
      (g, i) => i - groups.start[g]!,
    );
    return Float32Array.from({ length }, (_, t) => ((count[t] ?? 0) === 0 ? 0 : sum[t]! / count[t]!));
  };
  return { packet: mean(packet, T), session: mean(session, P) };
}

function likenessOf(
  a: Collected,
  b: Pick<Collected, Level>,
  levels: readonly Level[],
  clusterings: readonly Clustering[],
): ByLevel<Likeness> {
  const found = levels.map((level) => [
    level,
    likeness(a[level], a[level].weight, b[level].weight, clusterings),
  ]);
  return Object.fromEntries(found) as ByLevel<Likeness>;
}

/** Integrated gradients of the predicted class of every session. */
function attribute(
  { options, parameters, working }: FullInput,
  presented: PresentedSessions,
  predictions: Uint8Array,
): readonly Attribution[] {
  const engine = options.engine === 'reference' ? 'reference' : 'native';
  const { kernels } = chooseKernels(engine, options.threads);
  const integrator = createIntegrator(kernels, options.shape, parameters);
  const batch = createBatch(1, presented.maxPackets, presented.maxTokens);
  batch.size = 1;
  return Array.from(predictions, (label, i) => {
    if (i % 8 === 0) working(`integrated gradients: ${i} of ${predictions.length} sessions …`);
    presented.load(i, batch, 0);
    return integrator.attribute(batch, 0, label);
  });
}

function gradientsOf(
  { presented, collected, clusterings, attributions }: Sample,
  levels: readonly Level[],
): Gradients {
  const complete = attributions.map(({ residual }) => residual <= COMPLETE);
  const sizes = sizesOf(collected, presented, attributions);
  const isByte = (i: number): boolean => collected.packet.cell[i]! >= presented.maxPackets;
  const found = levels.map((level): [Level, Likeness] => {
    const groups = collected[level];
    const sessionOf = new Uint32Array(groups.weight.length);
    forEachItem(groups, (g, i) => {
      sessionOf[i] = groups.session[g]!;
    });
    const counts = (i: number) => complete[sessionOf[i]!]! && (level === 'session' || isByte(i));
    return [level, likeness(groups, groups.weight, sizes[level].weight, clusterings, counts)];
  });
  const kept = attributions.filter((_, s) => complete[s]);
  return {
    sessions: kept.length,
    incomplete: attributions.length - kept.length,
    residual: Math.max(0, ...kept.map(({ residual }) => residual)),
    likeness: Object.fromEntries(found),
    pointing: pointingOf(
      {
        kinds: collected.kinds,
        kindNames: collected.kindNames,
        packet: only(sizes.packet, complete),
        session: only(sizes.session, complete),
      },
      clusterings,
      ['packet', 'session'],
      () => 'the size of integrated gradients',
    ),
  };
}

/** The sizes of the attributions as shares of their packet's, and of packets as shares of their session's. */
function sizesOf(
  { packet, session }: Collected,
  { maxPackets: P, maxTokens: T }: PresentedSessions,
  attributions: readonly Attribution[],
): Readonly<Record<Level, Groups>> {
  const tokens = new Float32Array(packet.weight.length);
  const packets = new Float32Array(session.weight.length);
  let at = 0;
  for (let g = 0; g < packet.count; g++) {
    const { values } = attributions[packet.session[g]!]!;
    const p = packet.position[g]! / T;
    let all = 0;
    for (let t = 0; t < packet.start[g + 1]! - packet.start[g]!; t++) all += Math.abs(values[p * T + t]!);
    for (let i = packet.start[g]!; i < packet.start[g + 1]!; i++)
      tokens[i] = all === 0 ? 0 : Math.abs(values[p * T + i - packet.start[g]!]!) / all;
    // Packets come in the same order on both levels.
    packets[at++] = all;
  }
  for (let g = 0; g < session.count; g++) {
    let all = 0;
    for (let i = session.start[g]!; i < session.start[g + 1]!; i++) all += packets[i]!;
    for (let i = session.start[g]!; i < session.start[g + 1]!; i++)
      packets[i] = all === 0 ? 0 : packets[i]! / all;
  }
  if (P * session.count < packets.length) throw new RangeError('more packets than sessions can have');
  return { packet: { ...packet, weight: tokens }, session: { ...session, weight: packets } };
}

/** Groups with nothing edited in sessions that are not to be counted. */
function only(groups: Groups, counts: readonly boolean[]): Groups {
  const state = groups.state.slice();
  forEachItem(groups, (g, i) => {
    if (!counts[groups.session[g]!]) state[i] = State.plain;
  });
  return { ...groups, state };
}

async function agreementOf(
  { seed, others }: FullInput,
  collected: Collected,
  clusterings: readonly Clustering[],
  levels: readonly Level[],
  attend: (weights: readonly Parameter[]) => Promise<Collected>,
): Promise<Agreement | null> {
  if (others.length === 0) return null;
  const all: Collected[] = [collected];
  for (const { parameters } of others) all.push(await attend(parameters));
  const pairs = all.flatMap((a, i) => all.slice(i + 1).map((b) => likenessOf(a, b, levels, clusterings)));
  const found = levels.map((level): [Level, Likeness] => {
    const mean = (what: keyof Likeness): Estimate => meanOverPairs(pairs.map((pair) => pair[level]![what]));
    return [level, { rank: mean('rank'), beyondPosition: mean('beyondPosition'), top: mean('top') }];
  });
  return { seeds: [seed, ...others.map((other) => other.seed)], likeness: Object.fromEntries(found) };
}

/** The mean of some estimates, from the least of their lower to the greatest of their upper ends. */
function meanOverPairs(pairs: readonly Estimate[]): Estimate {
  const values = pairs.flatMap(({ value }) => (value === null ? [] : [value]));
  const ends = (end: 'low' | 'high') => pairs.flatMap((pair) => (pair[end] === null ? [] : [pair[end]]));
  const [low, high] = [ends('low'), ends('high')];
  const whole = low.length === pairs.length && high.length === pairs.length;
  return {
    value: values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length,
    low: whole ? Math.min(...low) : null,
    high: whole ? Math.max(...high) : null,
  };
}
