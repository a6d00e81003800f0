import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Kernels } from '../../src/engine/index.ts';
import { CELLS, nativeKernels, nativeVariants, referenceKernels } from '../../src/engine/index.ts';
import {
  createNetwork,
  initialize,
  type NetworkShape,
  type TrainingChoices,
} from '../../src/network/index.ts';
import { stream } from '../../src/random/index.ts';
import { randomBatch } from '../support/batch.ts';
import fc from '../support/fast-check.ts';

const variants = nativeVariants();
const skip = variants.length === 0 && 'the native engine is not built here';
const kinds = ['none', 'mean', 'tanh', 'additive', 'dot'] as const;

const initialState = fc.constantFrom('zero' as const, 'learned');

const shapes: fc.Arbitrary<NetworkShape> = fc.record({
  vocabulary: fc.constant(258),
  maxPackets: fc.integer({ min: 1, max: 4 }),
  maxTokens: fc.integer({ min: 1, max: 7 }),
  classes: fc.integer({ min: 2, max: 5 }),
  cell: fc.constantFrom(...CELLS),
  packet: fc.record({
    units: fc.constantFrom(1, 2, 3, 5, 8, 11, 16, 17),
    layers: fc.integer({ min: 1, max: 2 }),
    attention: fc.constantFrom(...kinds),
    initialState,
  }),
  session: fc.record({
    units: fc.constantFrom(1, 3, 4, 7, 13, 16),
    layers: fc.integer({ min: 1, max: 2 }),
    attention: fc.constantFrom(...kinds),
    initialState,
  }),
  head: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
  activation: fc.constantFrom('tanh' as const, 'relu' as const),
  dropout: fc.constantFrom(0, 0.3),
  layerNorm: fc.boolean(),
  initializer: fc.constantFrom(
    { kind: 'normal' as const, deviation: 0.2 },
    { kind: 'glorot' as const },
    { kind: 'orthogonal' as const },
  ),
});

const training = (capacity: number): TrainingChoices => ({
  capacity,
  clipNorm: 1,
  optimizer: { kind: 'adam' },
  classWeights: null,
  seed: 1,
});

/** Hash of weights, probabilities and attention after three steps. */
function trained(kernels: Kernels, shape: NetworkShape, size: number, seed: number): string {
  const batch = randomBatch(size, shape.maxPackets, shape.maxTokens, shape.classes, seed);
  const model = createNetwork(kernels, shape, initialize(shape, seed), training(size));
  const hash = createHash('sha256');
  const feed = (x: Float32Array): void =>
    void hash.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  for (let step = 0; step < 3; step++) {
    const { loss, gradientNorm } = model.trainStep(batch, 0.01);
    hash.update(`${loss} ${gradientNorm}\n`);
  }
  for (const p of model.parameters) feed(p.data);
  const attention = model.attend(batch);
  for (const x of [attention.probabilities, attention.tokenWeights, attention.packetWeights]) feed(x);
  return hash.digest('hex');
}

describe('the network is the same to the last bit', { skip }, () => {
  it('on every variant and number of threads, for random shapes of every cell and attention', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 12 }), fc.nat({ max: 1000 }), (shape, size, seed) => {
        const expected = trained(referenceKernels(), shape, size, seed);
        for (const variant of variants)
          for (const threads of [1, 2])
            assert.equal(
              trained(nativeKernels(threads, variant), shape, size, seed),
              expected,
              `${variant} ${threads}`,
            );
      }),
      { numRuns: 60 },
    );
  });

  it('with 1, 2, 3, 8 and 64 threads, on batches of many blocks', () => {
    const shape: NetworkShape = {
      vocabulary: 258,
      maxPackets: 8,
      maxTokens: 20,
      classes: 4,
      cell: 'gru',
      packet: { units: 37, layers: 1, attention: 'tanh' },
      session: { units: 29, layers: 1, attention: 'tanh' },
      head: [17],
      activation: 'tanh',
      dropout: 0,
      layerNorm: false,
      initializer: { kind: 'normal', deviation: 0.2 },
    };
    const hashes = [1, 2, 3, 8, 64].map((threads) => trained(nativeKernels(threads), shape, 70, 5));
    assert.equal(new Set(hashes).size, 1, hashes.join('\n'));
  });
});

describe('the network', () => {
  const shape: NetworkShape = {
    vocabulary: 258,
    maxPackets: 3,
    maxTokens: 6,
    classes: 3,
    cell: 'gru',
    packet: { units: 6, layers: 1, attention: 'tanh' },
    session: { units: 5, layers: 1, attention: 'tanh' },
    head: [4],
    activation: 'tanh',
    dropout: 0,
    layerNorm: false,
    initializer: { kind: 'normal', deviation: 0.5 },
  };

  for (const cell of CELLS) {
    for (const attention of kinds) {
      it(`has the gradients of its loss: ${cell}, ${attention}`, () => {
        const s: NetworkShape = {
          ...shape,
          cell,
          packet: { ...shape.packet, layers: 2, attention },
          session: { ...shape.session, attention },
        };
        const batch = randomBatch(5, s.maxPackets, s.maxTokens, s.classes, 11);
        const parameters = initialize(s, 2);
        const model = createNetwork(referenceKernels(), s, parameters, { ...training(5), clipNorm: null });
        model.lossAndGradients(batch);
        const source = stream(1, 'coordinates');
        const all = model.gradients.all.map((p) => ({ ...p, exact: p.gradient.slice() }));
        for (const { name, value, exact } of all) {
          // The steepest coordinate and a random one, by fourth-order differences of the f32 loss.
          let steepest = 0;
          exact.forEach((g, i) => {
            if (Math.abs(g) > Math.abs(exact[steepest]!)) steepest = i;
          });
          for (const i of [steepest, source.below(exact.length)]) {
            const kept = value[i]!;
            const step = 1 / 64;
            const at = (x: number): number => {
              value[i] = x;
              return model.lossAndGradients(batch).loss;
            };
            const [near, far] = [1, 2].map((k) => at(kept + k * step) - at(kept - k * step));
            value[i] = kept;
            const slope = (8 * near! - far!) / (12 * step);
            assert.ok(
              Math.abs(slope - exact[i]!) < 2e-4 + 0.01 * Math.abs(exact[i]!),
              `${name}[${i}]: gradient ${exact[i]}, slope ${slope}`,
            );
          }
        }
      });
    }
  }

  it('begins in zero with a learned state that was not yet learned, and learns it', () => {
    for (const cell of CELLS) {
      const zero: NetworkShape = { ...shape, cell };
      const learned: NetworkShape = {
        ...zero,
        packet: { ...shape.packet, initialState: 'learned' },
        session: { ...shape.session, initialState: 'learned' },
      };
      const batch = randomBatch(9, 3, 6, 3, 4);
      const [a, b] = [zero, learned].map((s) => {
        const model = createNetwork(referenceKernels(), s, initialize(s, 1), training(9));
        const out = new Float32Array(27);
        model.predict(batch, out);
        return { model, out };
      });
      assert.deepEqual(b!.out, a!.out);
      const states = b!.model.parameters.filter(({ name }) => name.endsWith('initial_state'));
      const rows = cell === 'lstm' ? [2] : [];
      assert.deepEqual(
        states.map(({ name, shape: size }) => [name, ...size]),
        [
          ['packet.0.initial_state', ...rows, 6],
          ['session.0.initial_state', ...rows, 5],
        ],
      );
      b!.model.trainStep(batch, 0.01);
      for (const { data } of states) assert.ok(data.every((value) => value !== 0));
    }
  });

  it('gives a session the same bits alone and within a batch', () => {
    const batch = randomBatch(9, 3, 6, 3, 4);
    const model = createNetwork(referenceKernels(), shape, initialize(shape, 1), training(9));
    const together = new Float32Array(27);
    model.predict(batch, together);
    for (let b = 0; b < 9; b++) {
      const alone = randomBatch(1, 3, 6, 3, 4);
      alone.packets.set(batch.packets.subarray(b, b + 1));
      alone.lengths.set(batch.lengths.subarray(b * 3, b * 3 + 3));
      alone.tokens.set(batch.tokens.subarray(b * 18, b * 18 + 18));
      const out = new Float32Array(3);
      model.predict(alone, out);
      assert.deepEqual(out, together.slice(b * 3, b * 3 + 3));
    }
  });

  it('never reads what is masked', () => {
    const batch = randomBatch(6, 3, 6, 3, 8);
    const model = createNetwork(referenceKernels(), shape, initialize(shape, 1), training(6));
    const [before, after] = [new Float32Array(18), new Float32Array(18)];
    model.predict(batch, before);
    for (let row = 0; row < 18; row++)
      for (let t = batch.lengths[row]!; t < 6; t++) batch.tokens[row * 6 + t] = 65_535;
    model.predict(batch, after);
    assert.deepEqual(after, before);
  });

  it('has attention weights that add up to 1 over what is real and are 0 elsewhere', () => {
    const batch = randomBatch(7, 3, 6, 3, 9);
    for (const attention of kinds) {
      const s = {
        ...shape,
        packet: { ...shape.packet, attention },
        session: { ...shape.session, attention },
      };
      const model = createNetwork(referenceKernels(), s, initialize(s, 1), training(7));
      const { tokenWeights, packetWeights, tokenScores } = model.attend(batch);
      for (let b = 0; b < 7; b++) {
        const packets = packetWeights.subarray(b * 3, b * 3 + 3);
        assert.ok(Math.abs(packets.reduce((x, y) => x + y) - 1) < 1e-6);
        for (let p = 0; p < 3; p++) {
          const row = b * 3 + p;
          const weights = tokenWeights.subarray(row * 6, row * 6 + 6);
          const real = batch.lengths[row]!;
          assert.ok(Math.abs(weights.reduce((x, y) => x + y) - (p < batch.packets[b]! ? 1 : 0)) < 1e-6);
          weights.forEach((w, t) => {
            assert.ok(t < real || w === 0);
            const scored = attention !== 'none' && attention !== 'mean' && t < real;
            assert.equal(!Number.isNaN(tokenScores[row * 6 + t]!), scored);
          });
        }
      }
    }
  });

  it('learns: the loss of a batch falls below a tenth', () => {
    const batch = randomBatch(8, 3, 6, 3, 3);
    const model = createNetwork(referenceKernels(), shape, initialize(shape, 1), training(8));
    const first = model.trainStep(batch, 0.02).loss;
    let last = first;
    for (let step = 0; step < 120; step++) last = model.trainStep(batch, 0.02).loss;
    assert.ok(last < first / 10, `${first} → ${last}`);
  });
});

describe('the schema of specs', () => {
  it('offers the cells of the engine', () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../src/spec/experiment.schema.json', import.meta.url), 'utf8'),
    );
    assert.deepEqual(schema.properties.network.properties.cell.enum, CELLS);
  });
});
