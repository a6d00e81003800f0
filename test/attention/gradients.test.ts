import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPLETE, createIntegrator } from '../../src/attention/gradients.ts';
import { CELLS, referenceKernels } from '../../src/engine/index.ts';
import { chooseKernels, createNetwork, initialize, type NetworkShape } from '../../src/network/index.ts';
import { createBatch, Token, VOCABULARY } from '../../src/token/index.ts';
import { createPresenter, presentAll } from '../../src/training/index.ts';
import { randomBatch } from '../support/batch.ts';
import { optionsOf, presentOptions, sessionsOf, weightsOf } from './network.ts';

const attentions = ['tanh', 'additive', 'dot', 'mean', 'none'] as const;

function shapeOf(n: number): NetworkShape {
  return {
    vocabulary: VOCABULARY,
    maxPackets: 3,
    maxTokens: 7,
    classes: 3,
    cell: CELLS[n % CELLS.length]!,
    packet: { units: 6, layers: 1 + (n % 2), attention: attentions[n % 5]! },
    session: { units: 5, layers: 1, attention: attentions[(n + 2) % 5]! },
    head: [4],
    activation: 'tanh',
    dropout: 0.3,
    layerNorm: n % 3 === 0,
    initializer: { kind: 'normal', deviation: 0.4 },
  };
}

describe('integrated gradients', () => {
  it('add up to what ln P rises by from a session of hidden bytes, for every cell and attention', () => {
    for (let n = 0; n < 10; n++) {
      const shape = shapeOf(n);
      const parameters = initialize(shape, n);
      const kernels = referenceKernels();
      const batch = randomBatch(4, 3, 7, 3, n);
      const { values, residual, difference } = createIntegrator(kernels, shape, parameters).attribute(
        batch,
        1,
        2,
      );
      assert.ok(residual <= COMPLETE, `${n}: ${residual}`);
      const sum = values.reduce((a, b) => a + b, 0);
      // The difference of the network as it is, not as the integrator has it.
      const ends = createBatch(2, 3, 7);
      ends.size = 2;
      for (let row = 0; row < 2; row++) {
        ends.packets[row] = batch.packets[1]!;
        ends.lengths.set(batch.lengths.subarray(3, 6), 3 * row);
        ends.tokens.set(batch.tokens.subarray(21, 42), 21 * row);
      }
      for (let i = 0; i < 21; i++) if (ends.tokens[i]! < 256) ends.tokens[i] = Token.hidden;
      const model = createNetwork(kernels, { ...shape, dropout: 0 }, parameters, {
        capacity: 2,
        clipNorm: null,
        optimizer: { kind: 'adam' },
        classWeights: null,
        seed: 1,
      });
      const p = new Float32Array(6);
      model.predict(ends, p);
      const rise = Math.log(p[5]! / p[2]!);
      assert.ok(Math.abs(difference - rise) < 1e-4, `${n}: ${difference}, ${rise}`);
      assert.ok(Math.abs(sum - rise) < 2e-3 * Math.max(1, Math.abs(rise)), `${n}: ${sum}, ${rise}`);
    }
  });

  it('give nothing to END, to hidden bytes and to what is no token', () => {
    const shape = shapeOf(0);
    const batch = randomBatch(2, 3, 7, 3, 5);
    const at = (p: number, t: number) => p * 7 + t;
    batch.tokens[at(0, 0)] = Token.hidden;
    const { values } = createIntegrator(referenceKernels(), shape, initialize(shape, 3)).attribute(
      batch,
      0,
      0,
    );
    for (let p = 0; p < 3; p++)
      for (let t = 0; t < 7; t++) {
        const length = p < batch.packets[0]! ? batch.lengths[p]! : 0;
        const token = batch.tokens[at(p, t)]!;
        const byte = t < length && token < 256;
        assert.equal(values[at(p, t)] !== 0, byte, `${p} ${t}: ${token} ${values[at(p, t)]}`);
      }
  });

  it('of the network made by hand are all on the two bytes that it decides by', async () => {
    const table = sessionsOf(40);
    const presented = await presentAll({
      presenter: createPresenter(presentOptions(table)),
      sessions: Uint32Array.from({ length: 40 }, (_, s) => s),
      seed: 1,
    });
    const { shape } = optionsOf(presented.maxTokens, 8);
    const { kernels } = chooseKernels('native', 1);
    const integrator = createIntegrator(kernels, shape, weightsOf('edited'));
    const s = presented.labels.indexOf(1);
    const batch = createBatch(1, presented.maxPackets, presented.maxTokens);
    batch.size = 1;
    presented.load(s, batch, 0);
    const { values, residual } = integrator.attribute(batch, 0, 1);
    assert.ok(residual <= COMPLETE);
    const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
    // The version of IP is byte 14 of a frame, the type of service 15.
    const both = Math.abs(values[14]!) + Math.abs(values[15]!);
    assert.ok(both > 0 && values[15]! > 0);
    const rest =
      values.subarray(0, presented.maxTokens).reduce((sum, value) => sum + Math.abs(value), 0) - both;
    assert.ok(rest < 1e-3 * size, `${rest} of ${size}`);
  });

  it('are refused where places would be more than tokens can name', () => {
    const shape = { ...shapeOf(0), maxPackets: 200, maxTokens: 100 };
    assert.throws(
      () => createIntegrator(referenceKernels(), shape, initialize(shape, 1)),
      /200 packets × 100 tokens, expected at most 13107 places/,
    );
  });
});
