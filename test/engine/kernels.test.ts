import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CELLS,
  type Kernels,
  nativeKernels,
  nativeVariants,
  type Plan,
  referenceKernels,
  type Weight,
} from '../../src/engine/index.ts';
import { createNetwork, initialize, type NetworkShape } from '../../src/network/index.ts';
import { type Stream, stream } from '../../src/random/index.ts';
import { createBatch } from '../../src/token/index.ts';
import { randomBatch } from '../support/batch.ts';
import fc from '../support/fast-check.ts';

const variants = nativeVariants();
const built = variants.length > 0;
const skip = !built && 'the native engine is not built here';
const reference = referenceKernels();
const engines = variants.flatMap((v) => [1, 3].map((threads) => nativeKernels(threads, v)));

/** Numbers of a network's size, with zeros of both signs and some large ones among them. */
function floats(n: number, source: Stream): Float32Array {
  return Float32Array.from({ length: n }, () => {
    const kind = source.below(20);
    if (kind === 0) return 0;
    if (kind === 1) return -0;
    return (source.uniform() * 2 - 1) * (kind === 2 ? 30 : 1);
  });
}

function assertSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  const a = new Uint32Array(actual.buffer, actual.byteOffset, actual.length);
  const e = new Uint32Array(expected.buffer, expected.byteOffset, expected.length);
  for (let i = 0; i < e.length; i++)
    if (a[i] !== e[i]) assert.fail(`${what}[${i}]: got ${actual[i]}, the reference gives ${expected[i]}`);
}

/** Runs one computation on the reference and on every native variant; its arrays must agree in every bit. */
function agree(what: string, compute: (kernels: Kernels) => readonly Float32Array[]): void {
  const expected = compute(reference);
  for (const kernels of engines) {
    compute(kernels).forEach((array, i) => {
      assertSameBits(
        array,
        expected[i]!,
        `${kernels.variant}, ${kernels.threads} threads: ${what} output ${i}`,
      );
    });
  }
}

// 1, primes, and what is just below, at and above the widths of the register tiles.
const size = fc.oneof(
  fc.constantFrom(1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 53, 97),
  fc.integer({ min: 1, max: 60 }),
);
const attention = fc.constantFrom('none' as const, 'mean', 'tanh', 'additive', 'dot');
const initialState = fc.constantFrom('zero' as const, 'learned');
const level = fc.record({ units: size, layers: fc.integer({ min: 1, max: 2 }), attention, initialState });

const floatsOf = (x: Float64Array): Float32Array => new Float32Array(x.slice().buffer);

describe('native kernels give the bits of the reference', { skip }, () => {
  it('logits, losses, every gradient and all attention of a step, at any width, with large weights and signed zeros', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CELLS),
        level,
        level,
        fc.array(size, { maxLength: 2 }),
        fc.boolean(),
        fc.constantFrom('tanh' as const, 'relu' as const),
        fc.constantFrom(1, 2, 5, 6, 11, 30),
        fc.nat(),
        (cell, packet, session, head, layerNorm, activation, sessions, seed) => {
          const shape: NetworkShape = {
            vocabulary: 258,
            maxPackets: 1 + (seed % 9),
            maxTokens: 1 + (seed % 5),
            classes: 3,
            cell,
            packet,
            session,
            head,
            activation,
            dropout: seed % 3 === 0 ? 0.4 : 0,
            layerNorm,
            initializer: { kind: 'glorot' },
            decoder:
              seed % 2 === 0
                ? {
                    ...{ units: 1 + (seed % 37), weight: 0.7 },
                    latent:
                      seed % 3 === 0
                        ? null
                        : { units: 1 + (seed % 18), freeNats: 0.05, prefixDropout: ((seed >> 1) % 2) * 0.4 },
                  }
                : null,
          };
          const parameters = initialize(shape, seed).map((p) => ({
            ...p,
            data: floats(p.data.length, stream(seed, p.name)).map((x) => x * 0.3),
          }));
          const batch = randomBatch(sessions, shape.maxPackets, shape.maxTokens, 3, seed);
          const choices = {
            capacity: sessions + (seed % 2),
            clipNorm: 1,
            optimizer: { kind: 'adam' as const },
            classWeights: seed % 2 === 0 ? [1, 0.5, 2] : null,
            seed,
          };
          agree(`${cell}, ${packet.units} and ${session.units} units`, (kernels) => {
            const model = createNetwork(kernels, shape, parameters, choices);
            const { loss, nats = 0, divergence = 0 } = model.lossAndGradients(batch);
            const gradients = model.gradients.all.map(({ gradient }) => gradient);
            const surprise = new Float32Array(sessions * shape.maxPackets * shape.maxTokens);
            const Z = model.latentUnits ?? 0;
            const posterior = new Float32Array(sessions * 2 * Z);
            const noise = floats(sessions * Z, stream(seed, 'noise'));
            model.decode?.(batch, { surprise, posterior, noise, withoutLatent: seed % 4 === 0 });
            const a = model.attend(batch);
            return [
              floatsOf(Float64Array.of(loss, nats, divergence)),
              surprise,
              posterior,
              ...gradients,
              a.probabilities,
              a.tokenScores,
              a.tokenWeights,
              a.packetScores,
              a.packetWeights,
            ];
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('a decoder of packets that are longer than a block of rows', () => {
    const shape: NetworkShape = {
      ...{ vocabulary: 258, maxPackets: 3, maxTokens: 101, classes: 2, cell: 'gru' },
      packet: { units: 9, layers: 1, attention: 'tanh' },
      session: { units: 7, layers: 1, attention: 'tanh' },
      ...{ head: [], activation: 'tanh', dropout: 0, layerNorm: false, initializer: { kind: 'glorot' } },
      decoder: { units: 10, weight: 1, latent: { units: 5, freeNats: 0, prefixDropout: 0.3 } },
    };
    const batch = randomBatch(9, 3, 101, 2, 4);
    const choices = {
      capacity: 9,
      clipNorm: 1,
      optimizer: { kind: 'adam' as const },
      classWeights: null,
      seed: 4,
    };
    agree('long packets', (kernels) => {
      const model = createNetwork(kernels, shape, initialize(shape, 4), choices);
      const { nats, divergence } = model.lossAndGradients(batch);
      const surprise = new Float32Array(9 * 3 * 101);
      model.decode!(batch, { surprise });
      const gradients = model.gradients.all.map(({ gradient }) => gradient);
      return [floatsOf(Float64Array.of(nats!, divergence!)), surprise, ...gradients];
    });
  });

  it('tanh on every size of number, infinities and NaN', () => {
    const s = stream(1, 'bits');
    const words = Uint32Array.from({ length: 2_048 }, () => s.below(2 ** 32));
    const x = new Float32Array(words.buffer);
    x.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0, 9, -9]);
    // The logits are the activations of a layer whose bias is x and whose weights are 0.
    const n = 128;
    const plan = smallPlan();
    const hidden = weight(n);
    const diagonal = weight(n * n);
    for (let i = 0; i < n; i++) diagonal.value[i * n + i] = 1;
    const through: Plan = {
      ...plan,
      head: [
        { ...plan.head[0]!, units: n, weight: weight(n), bias: hidden, activation: 'tanh' },
        { ...plan.head[0]!, units: n, weight: diagonal, bias: weight(n) },
      ],
    };
    const batch = randomBatch(1, 1, 1, 2, 1);
    agree('tanh', (kernels) => {
      const steps = kernels.createSteps(through, 1);
      const y = new Float32Array(x.length);
      for (let from = 0; from < x.length; from += n) {
        hidden.value.set(x.subarray(from, from + n));
        steps.infer(batch, null);
        y.set(steps.logits, from);
      }
      return [y];
    });
  });

  it('sums of squares and Adam', () => {
    for (const n of [1, 7, 8, 9, 100, 20_011]) {
      const s = stream(3, 'adam', n);
      const [p0, g, m0, v0] = [floats(n, s), floats(n, s), floats(n, s), floats(n, s).map((x) => x * x)];
      agree(`Adam on ${n}`, (kernels) => {
        const [p, m, v] = [p0.slice(), m0.slice(), v0.slice()];
        const norm = floatsOf(Float64Array.of(kernels.sumOfSquares(g)));
        for (let step = 0; step < 3; step++) kernels.adam(p, g, m, v, CONSTANTS);
        return [p, m, v, norm];
      });
    }
  });
});

const CONSTANTS = {
  scale: 0.7,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  rate: 0.003,
  correction: 1.4,
};

const weight = (n: number): Weight => ({ value: new Float32Array(n), gradient: new Float32Array(n) });

/** One unit everywhere, two classes, one packet of one token. */
function smallPlan(): Plan {
  const encoder = (inputs: number) => ({
    units: 1,
    layers: [
      { input: weight(inputs), bias: weight(1), recurrent: weight(1), recurrentBias: null, initial: null },
    ],
    attention: { kind: 'mean' as const },
  });
  return {
    vocabulary: 258,
    maxPackets: 1,
    maxTokens: 1,
    cell: 'rnn',
    packet: encoder(258),
    session: encoder(1),
    head: [{ units: 2, weight: weight(2), bias: weight(2), norm: null, activation: null, mask: null }],
    classWeights: null,
    decoder: null,
  };
}

describe('a step', { skip }, () => {
  it('calls what is to be done meanwhile once, and passes on what it throws, whole', () => {
    for (const kernels of [reference, ...engines]) {
      const steps = kernels.createSteps(smallPlan(), 40);
      const batch = randomBatch(40, 1, 1, 2, 1);
      let calls = 0;
      steps.train(batch, () => calls++);
      steps.infer(batch, null, () => calls++);
      assert.equal(calls, 2);
      const fail = (): never => {
        throw new Error('no more sessions');
      };
      assert.throws(() => steps.train(batch, fail), /no more sessions/);
      assert.throws(() => steps.infer(batch, null, fail), /no more sessions/);
      steps.train(batch);
    }
  });
});

describe('the native engine', { skip }, () => {
  it('refuses a step within a step of the same plan, and finishes the one that is under way', () => {
    for (const kernels of engines) {
      const steps = kernels.createSteps(smallPlan(), 40);
      const batch = randomBatch(40, 1, 1, 2, 1);
      assert.throws(() => steps.train(batch, () => steps.infer(batch, null)), /another step is under way/);
      assert.throws(() => steps.infer(batch, null, () => steps.train(batch)), /another step is under way/);
      steps.train(batch, () => void kernels.createSteps(smallPlan(), 40).infer(batch, null));
    }
  });
});

describe('the native engine refuses what does not fit', { skip }, () => {
  const kernels = built ? nativeKernels(1) : reference;
  const f = (n: number): Float32Array => new Float32Array(n);

  it('arrays that are too short, with both numbers', () => {
    const plan = smallPlan();
    const short = { ...plan, head: [{ ...plan.head[0]!, weight: weight(1) }] };
    assert.throws(() => kernels.createSteps(short, 1).infer(randomBatch(1, 1, 1, 2, 1), null), {
      name: 'TypeError',
      message: 'weights: got 1 elements, expected at least 2',
    });
    const unsummed = {
      ...plan,
      head: [{ ...plan.head[0]!, bias: { value: f(2), gradient: f(1) } }],
    };
    assert.throws(() => kernels.createSteps(unsummed, 1).train(randomBatch(1, 1, 1, 2, 1)), {
      name: 'TypeError',
      message: 'gradients: got 1 elements, expected at least 2',
    });
    const masked = { ...plan, head: [{ ...plan.head[0]!, mask: f(1) }] };
    assert.throws(() => kernels.createSteps(masked, 1).train(randomBatch(1, 1, 1, 2, 1)), {
      name: 'TypeError',
      message: 'mask: got 1 elements, expected at least 2',
    });
    assert.throws(
      () => kernels.createSteps({ ...plan, classWeights: [1] }, 1).train(randomBatch(1, 1, 1, 2, 1)),
      /classWeights: got 1 elements, expected at least 2/,
    );
    assert.throws(() => kernels.adam(f(8), f(8), f(7), f(8), CONSTANTS), {
      name: 'TypeError',
      message: 'm: got 7 elements, expected at least 8',
    });
  });

  it('arrays of another type', () => {
    const plan = smallPlan();
    const value = new Float64Array(2) as unknown as Float32Array;
    const wrong = { ...plan, head: [{ ...plan.head[0]!, bias: { value, gradient: f(2) } }] };
    assert.throws(() => kernels.createSteps(wrong, 1).infer(randomBatch(1, 1, 1, 2, 1), null), {
      name: 'TypeError',
      message: 'weights: expected a Float32Array',
    });
  });

  it('sizes that are no sizes', () => {
    const plan = smallPlan();
    assert.throws(() => kernels.createSteps(plan, 0), /plan: got 0 at 4, expected 1 to/);
    assert.throws(
      () => kernels.createSteps({ ...plan, packet: { ...plan.packet, units: 0 } }, 1),
      /plan: got 0 at 5, expected 1 to/,
    );
    assert.throws(
      () => kernels.createSteps({ ...plan, session: { ...plan.session, layers: [] } }, 1),
      /plan: got 0 at 10, expected 1 to/,
    );
    assert.throws(() => kernels.createSteps({ ...plan, maxPackets: 256 }, 1), /plan: got 256 at 2/);
  });

  it('batches that point outside', () => {
    const plan = smallPlan();
    const steps = kernels.createSteps(plan, 2);
    const run = (change: (batch: ReturnType<typeof createBatch>) => void): void => {
      const batch = randomBatch(2, 1, 1, 2, 1);
      change(batch);
      steps.train(batch);
    };
    run(() => {});
    assert.throws(() => run((b) => b.tokens.set([258], 1)), /batch: got 258 as a token, expected 0 to 257/);
    assert.throws(() => run((b) => b.packets.set([0], 1)), /batch: got 0 packets, expected 1 to 1/);
    assert.throws(() => run((b) => b.packets.set([2], 0)), /batch: got 2 packets, expected 1 to 1/);
    assert.throws(() => run((b) => b.lengths.set([0], 1)), /batch: got 0 tokens, expected 1 to 1/);
    assert.throws(() => run((b) => b.lengths.set([2], 1)), /batch: got 2 tokens, expected 1 to 1/);
    assert.throws(() => run((b) => b.labels.set([2], 1)), /batch: got 2 as a label, expected 0 to 1/);
    assert.throws(
      () => steps.train({ ...randomBatch(2, 1, 1, 2, 1), size: 3 }),
      /batch of 3 sessions, capacity is 2/,
    );
    assert.throws(
      () => steps.train({ ...randomBatch(2, 1, 1, 2, 1), size: 0 }),
      /batch of 0 sessions, capacity is 2/,
    );
    assert.throws(() => steps.train({ ...createBatch(1, 1, 1), size: 2 }), /packets: got 1 elements/);
    assert.throws(() => steps.train(randomBatch(1, 2, 1, 2, 1)), /batch of 2 packets × 1 tokens/);
  });

  it('variants that this machine does not have', () => {
    assert.throws(() => nativeKernels(1, 'avx1024'), /engine variant: got avx1024, this machine runs/);
  });
});
