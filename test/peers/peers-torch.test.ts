import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { articleModelOptions, articleShape } from '../../src/bench/article.ts';
import { chooseKernels, createNetwork, initialize, type NetworkShape } from '../../src/network/index.ts';
import { environmentIn } from '../../src/services/index.ts';
import { randomBatch } from '../support/batch.ts';
import { packageFolder, pythonFolder } from './python-env.ts';
import { writeSafetensors } from './safetensors.ts';

const environment = environmentIn(fileURLToPath(new URL('../../results/bench/python-env', import.meta.url)));
const missing = ['torch', 'safetensors'].filter((name) => packageFolder(environment, name) === null);
const skip =
  missing.length > 0 &&
  `npm run bench:peers has not built a Python environment with ${missing.join(' and ')} here`;
const program = join(pythonFolder, 'torch_module.py');

describe('our weights in PyTorch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-torch-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('the module is 40 lines at most', () => {
    const text = readFileSync(program, 'utf8');
    const body = text.slice(text.indexOf('class Network'), text.indexOf('if __name__'));
    assert.ok(body.trim().split('\n').length <= 40);
  });

  for (const initialState of ['zero', 'learned'] as const)
    it(
      `Python's safetensors and PyTorch reproduce our logits to 1e-5, ${initialState} initial states`,
      {
        skip,
      },
      () => reproduces(initialState),
    );

  function reproduces(initialState: 'zero' | 'learned'): void {
    const { maxPackets: P, maxTokens: T, classes: C } = articleShape;
    const B = 24;
    const batch = randomBatch(B, P, T, C, 7);
    const shape: NetworkShape = {
      ...articleShape,
      packet: { ...articleShape.packet, initialState },
      session: { ...articleShape.session, initialState },
      initializer: { kind: 'glorot' },
    };
    const parameters = initialize(shape, 7).map((p) => ({
      ...p,
      // Biases start at 0: give every parameter something to be wrong about.
      data: p.data.map((value, i) => (value === 0 ? ((i % 7) - 3) / 20 : value)),
    }));
    const network = createNetwork(
      chooseKernels('native', 1).kernels,
      shape,
      parameters,
      articleModelOptions(1, B),
    );
    const logits = network.logits(batch).slice(0, B * C);

    const [weights, batches] = [join(folder, 'weights.safetensors'), join(folder, 'batches.safetensors')];
    writeSafetensors(weights, parameters);
    writeSafetensors(batches, [
      { name: 'tokens', shape: [B, P, T], data: Int32Array.from(batch.tokens) },
      { name: 'lengths', shape: [B, P], data: Int32Array.from(batch.lengths) },
      { name: 'packets', shape: [B], data: Int32Array.from(batch.packets) },
    ]);
    const output = execFileSync(environment.python, [program, weights, batches], { encoding: 'utf8' });
    const theirs = (JSON.parse(output) as number[][]).flat();
    assert.equal(theirs.length, B * C);
    const most = Math.max(...theirs.map((value, i) => Math.abs(value - logits[i]!)));
    assert.ok(most < 1e-5, `greatest difference ${most}`);
    assert.ok(new Set(logits).size > C, 'logits differ between sessions');
  }
});
