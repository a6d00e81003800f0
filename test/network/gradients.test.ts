/**
 * The second oracle: gradients of the kernels, written by hand, against automatic differentiation in tfjs, which has its
 * own graph, its own layout of a batch (no prefix forest, no padding) and its own library functions.
 *
 * Both round to f32 at every operation, in another order. Their gradients may differ by a few units in the last place of
 * the largest terms of each sum, so what is bounded is the distance relative to the norm of the parameter's gradient
 * (plus 10⁻³ of the whole gradient's, for parameters whose gradient cancels to almost nothing).
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { CELLS, nativeKernels, nativeVariants, referenceKernels } from '../../src/engine/index.ts';
import {
  createModel,
  createNetwork,
  initialize,
  type KernelModel,
  loadTfjsNetwork,
  type ModelOptions,
  type NetworkShape,
  type OptimizerChoice,
  type TrainingChoices,
} from '../../src/network/index.ts';
import { drawNoise, hide } from '../../src/network/latents.ts';
import { randomBatch } from '../support/batch.ts';

type Tfjs = Awaited<ReturnType<typeof loadTfjsNetwork>>;

/** 2⁻²⁴ is half a unit in the last place; sums here have some hundred terms. */
const TOLERANCE = 2e-5;

const base: NetworkShape = {
  vocabulary: 258,
  maxPackets: 3,
  maxTokens: 5,
  classes: 3,
  cell: 'gru',
  packet: { units: 6, layers: 1, attention: 'tanh' },
  session: { units: 5, layers: 1, attention: 'tanh' },
  head: [4],
  activation: 'tanh',
  dropout: 0,
  layerNorm: false,
  initializer: { kind: 'normal', deviation: 0.4 },
};
const kinds = ['none', 'mean', 'tanh', 'additive', 'dot'] as const;
const kernels = nativeVariants().length > 0 ? nativeKernels(2) : referenceKernels();

const training = (capacity: number): TrainingChoices => ({
  capacity,
  clipNorm: null,
  optimizer: { kind: 'sgd', momentum: 0 },
  classWeights: null,
  seed: 1,
});

const norm = (x: ArrayLike<number>): number => Math.sqrt(Array.from(x).reduce((sum, v) => sum + v * v, 0));
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  norm(Array.from(a, (v, i) => v - b[i]!));

let tfjs: Tfjs;
let tf: Awaited<ReturnType<Tfjs['loadTfjs']>>['tf'];
before(async () => {
  tfjs = await loadTfjsNetwork();
  ({ tf } = await tfjs.loadTfjs(1));
});

/** Weights that no initialiser gives: biases, gains and shifts that are not 0 or 1 have gradients of their own. */
function perturbed(shape: NetworkShape, seed: number) {
  const parameters = initialize(shape, seed);
  for (const { data } of parameters)
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.1 * (((i * 37 + seed * 11) % 17) / 8 - 1);
  return parameters;
}

function compare(shape: NetworkShape, size: number, seed: number, choices: Partial<TrainingChoices> = {}) {
  const parameters = perturbed(shape, seed);
  const batch = randomBatch(size, shape.maxPackets, shape.maxTokens, shape.classes, seed);
  const ours: KernelModel = createNetwork(kernels, shape, parameters, { ...training(size), ...choices });
  const { loss, correct, nats, divergence } = ours.lossAndGradients(batch);
  const { classWeights = null } = choices;
  // As the first step draws them, without annealing.
  const noise = new Float32Array(size * (shape.decoder?.latent?.units ?? 0));
  drawNoise(noise, training(size).seed, 0);
  const { prefixDropout = 0 } = shape.decoder?.latent ?? {};
  const hidden = prefixDropout > 0 ? new Uint8Array(size * shape.maxPackets * shape.maxTokens) : null;
  if (hidden !== null) hide(hidden, prefixDropout, training(size).seed, 0);
  const latent = { noise, beta: 1, hidden };
  const theirs = tfjs.lossAndGradients(tf, { shape, parameters, classWeights, latent }, batch);
  assert.equal(correct, theirs.correct);
  assert.ok(Math.abs(loss - theirs.loss) < 1e-6 * (1 + Math.abs(loss)), `loss ${loss}, tfjs ${theirs.loss}`);
  if (shape.decoder != null)
    assert.ok(Math.abs(nats! - theirs.nats!) < 1e-5 * (1 + nats!), `${nats} nats, tfjs ${theirs.nats}`);
  if (shape.decoder?.latent != null)
    assert.ok(
      Math.abs(divergence! - theirs.divergence!) < 1e-5 * (1 + divergence!),
      `${divergence} nats of KL`,
    );
  const whole = norm(ours.gradients.all.map(({ gradient }) => norm(gradient)));
  assert.ok(whole > 1e-3, 'a gradient that vanishes compares nothing');
  assert.equal(theirs.gradients.length, ours.gradients.all.length);
  for (const { name, data } of theirs.gradients) {
    const { gradient } = ours.gradients.of(name);
    const bound = TOLERANCE * (norm(data) + 1e-3 * whole);
    const off = distance(gradient, data);
    assert.ok(off <= bound, `${name}: off by ${off}, at most ${bound}; norm ${norm(data)} of ${whole}`);
  }
}

describe('gradients of the kernels are those of automatic differentiation', () => {
  for (const cell of CELLS)
    for (const attention of kinds)
      it(`${cell}, attention ${attention} at both levels, one and two layers`, () => {
        for (const layers of [1, 2]) {
          const packet = { units: 6, layers, attention };
          compare({ ...base, cell, packet, session: { ...packet, units: 5 } }, 7, 1 + layers);
        }
      });

  for (const cell of CELLS)
    it(`${cell} from a learned state, one and two layers, at either level or both`, () => {
      const learned = { initialState: 'learned' } as const;
      for (const layers of [1, 2]) {
        const packet = { ...base.packet, layers };
        const session = { ...base.session, layers };
        compare({ ...base, cell, packet: { ...packet, ...learned }, session }, 12, 20 + layers);
        compare({ ...base, cell, packet, session: { ...session, ...learned } }, 12, 20 + layers);
        compare(
          { ...base, cell, packet: { ...packet, ...learned }, session: { ...session, ...learned } },
          20,
          5 + layers,
        );
      }
    });

  it('for any pair of attentions', () => {
    for (const [i, attention] of kinds.entries())
      compare(
        {
          ...base,
          packet: { ...base.packet, attention },
          session: { ...base.session, attention: kinds[(i + 2) % kinds.length]! },
        },
        5,
        9,
      );
  });

  it('with no head, one of two layers, relu, and layer normalisation', () => {
    compare({ ...base, head: [] }, 6, 1);
    compare({ ...base, head: [7, 3] }, 6, 2);
    compare({ ...base, head: [7, 3], activation: 'relu' }, 6, 3);
    compare({ ...base, head: [7, 6], layerNorm: true }, 6, 4);
    compare({ ...base, head: [7, 6], layerNorm: true, activation: 'relu' }, 6, 5);
  });

  it('with a decoder beside the classifier, whatever the attention, and with layers', () => {
    const decoder = { units: 7, weight: 1.5 };
    for (const [i, attention] of kinds.entries()) {
      const packet = { units: 6, layers: 1 + (i % 2), attention };
      const session = { units: 5, layers: 1 + ((i + 1) % 2), attention };
      compare({ ...base, cell: CELLS[i % CELLS.length]!, packet, session, decoder }, 9, 20 + i);
    }
  });

  it('with latent vectors, of which some units cost nothing', () => {
    const latent = { units: 4, freeNats: 0.4, prefixDropout: 0 };
    for (const [i, attention] of kinds.entries()) {
      const packet = { units: 6, layers: 1, attention };
      compare({ ...base, packet, decoder: { units: 7, weight: 2, latent } }, 9, 30 + i);
    }
    compare({ ...base, decoder: { units: 7, weight: 2, latent: { ...latent, prefixDropout: 0.3 } } }, 70, 3);
  });

  it('of a decoder alone', () => {
    compare({ ...base, decoder: { units: 5, weight: 3 } }, 9, 2, { classWeights: [0, 0, 0] });
  });

  it('with class weights', () => {
    compare(base, 8, 1, { classWeights: [0.5, 3, 0] });
  });

  it('on one session of one packet of one token, and on batches that repeat themselves', () => {
    compare({ ...base, maxPackets: 1, maxTokens: 1 }, 1, 1);
    compare({ ...base, maxPackets: 1, maxTokens: 9 }, 3, 2);
    compare({ ...base, maxPackets: 4, maxTokens: 1 }, 9, 3);
    compare(base, 64, 4);
  });

  it('at widths that no vector divides', () => {
    const packet = { units: 17, layers: 1, attention: 'additive' } as const;
    compare({ ...base, maxPackets: 8, maxTokens: 20, packet, session: { ...packet, units: 19 } }, 10, 6);
  });
});

describe('the tfjs engine is the same network', () => {
  const options = (engine: ModelOptions['engine'], changes: Partial<ModelOptions> = {}): ModelOptions => ({
    ...training(12),
    clipNorm: 1,
    shape: base,
    engine,
    threads: 1,
    ...changes,
  });

  async function both(changes: Partial<ModelOptions>) {
    const ours = await createModel(options(nativeVariants().length > 0 ? 'native' : 'reference', changes));
    const theirs = await createModel(options('tfjs', changes));
    return { ours: ours.model, theirs: theirs.model, facts: theirs.facts };
  }

  const optimizers: readonly OptimizerChoice[] = [
    { kind: 'adam' },
    { kind: 'adamw', weightDecay: 0.1 },
    { kind: 'rmsprop', decay: 0.9 },
    { kind: 'sgd', momentum: 0.9 },
  ];
  for (const optimizer of optimizers)
    it(`after twenty steps of ${optimizer.kind}`, async () => {
      const { ours, theirs } = await both({ optimizer });
      const batch = randomBatch(12, 3, 5, 3, 3);
      for (let step = 0; step < 20; step++) {
        const a = ours.trainStep(batch, 0.01);
        const b = theirs.trainStep(batch, 0.01);
        assert.ok(Math.abs(a.loss - b.loss) < 2e-4 * a.loss, `step ${step}: ${a.loss}, tfjs ${b.loss}`);
        assert.ok(Math.abs(a.gradientNorm - b.gradientNorm) < 1e-3 * a.gradientNorm);
      }
    });

  it('with dropout: the masks are the same', async () => {
    const { ours, theirs } = await both({ shape: { ...base, head: [30, 20], dropout: 0.5 } });
    const batch = randomBatch(12, 3, 5, 3, 3);
    for (let step = 0; step < 5; step++) {
      const [a, b] = [ours.trainStep(batch, 0.05).loss, theirs.trainStep(batch, 0.05).loss];
      assert.ok(Math.abs(a - b) < 1e-5 * a, `step ${step}: ${a}, tfjs ${b}`);
    }
  });

  it('in what it predicts and attends to', async () => {
    for (const attention of kinds) {
      const shape = {
        ...base,
        packet: { ...base.packet, attention },
        session: { ...base.session, attention },
      };
      const { ours, theirs } = await both({ shape });
      const batch = randomBatch(9, 3, 5, 3, 8);
      const [a, b] = [ours.attend(batch), theirs.attend(batch)];
      for (const key of ['tokenWeights', 'packetWeights', 'tokenScores', 'packetScores'] as const)
        a[key].forEach((value, i) => {
          const other = b[key][i]!;
          const same = Number.isNaN(value) ? Number.isNaN(other) : Math.abs(value - other) < 1e-5;
          assert.ok(same, `${attention}: ${key}[${i}] is ${value}, tfjs ${other}`);
        });
      const predicted = new Float32Array(27);
      theirs.predict(batch, predicted);
      assert.ok(distance(a.probabilities.subarray(0, 27), predicted) < 1e-5);
    }
  });

  it('learns, frees its tensors, and says that its bits are not those of other machines', async () => {
    const { theirs, facts } = await both({ optimizer: { kind: 'adam' } });
    assert.equal(facts.exact, false);
    assert.match(facts.variant, /^(cpu|tensorflow) \d/);
    assert.match(facts.notes.join('\n'), /not bit-exact/);
    const batch = randomBatch(12, 3, 5, 3, 3);
    const first = theirs.trainStep(batch, 0.02).loss;
    const tensors = tf.memory().numTensors;
    let last = first;
    for (let step = 0; step < 30; step++) last = theirs.trainStep(batch, 0.02).loss;
    assert.ok(last < first / 2, `loss ${first} → ${last}`);
    assert.equal(tf.memory().numTensors, tensors);
  });

  it('computes a step of the GRU as it is published', () => {
    // One unit, so that every number can be checked with a pocket calculator: r = σ(0.1 + 0.5 · 0.4) and so on.
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const [x, U, bias, h] = [[0.1, -0.2, 0.3], [0.4, 0.6, -0.7], 0.25, 0.5] as const;
    const r = sigmoid(x[0] + h * U[0]);
    const z = sigmoid(x[1] + h * U[1]);
    const n = Math.tanh(x[2] + r * (h * U[2] + bias));
    const expected = (1 - z) * n + z * h;
    const shape: NetworkShape = {
      ...base,
      vocabulary: 2,
      maxPackets: 1,
      maxTokens: 2,
      classes: 2,
      packet: { units: 1, layers: 1, attention: 'none' },
      session: { units: 1, layers: 1, attention: 'none' },
      head: [],
    };
    // Token 0 leads to the state h: z = 0 and n = h. Token 1 has the inputs x.
    const values: Readonly<Record<string, readonly number[]>> = {
      'packet.0.input': [-50, -50, Math.atanh(h), ...x],
      'packet.0.bias': [0, 0, 0],
      'packet.0.recurrent': [...U],
      'packet.0.recurrent_bias': [bias],
      // The session encoder reads the vector v and outputs tanh(v).
      'session.0.input': [0, 0, 1],
      'session.0.bias': [-50, -50, 0],
      'session.0.recurrent': [0, 0, 0],
      'session.0.recurrent_bias': [0],
      'output.weight': [1, 0],
      'output.bias': [0, 0],
    };
    const parameters = initialize(shape, 1);
    for (const { name, data } of parameters) data.set(values[name]!);
    const batch = randomBatch(1, 1, 2, 2, 1);
    batch.packets[0] = 1;
    batch.lengths[0] = 2;
    batch.tokens.set([0, 1]);
    batch.labels[0] = 0;
    const logit = Math.tanh(expected);
    const loss = Math.log(1 + Math.exp(-logit));
    const found = tfjs.lossAndGradients(tf, { shape, parameters }, batch);
    assert.ok(Math.abs(found.loss - loss) < 1e-6, `${found.loss}, by hand ${loss}`);
    const ours = createNetwork(kernels, shape, parameters, training(1)).lossAndGradients(batch);
    assert.ok(Math.abs(ours.loss - loss) < 1e-6, `${ours.loss}, by hand ${loss}`);
  });
});
