import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { loadSpec, loadSweep } from '../../src/spec/index.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-extend-'));
after(() => rmSync(root, { recursive: true }));

function write(name: string, value: object): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
  return path;
}
const faultOf = async (path: string): Promise<string> => {
  const error = await loadSweep(path).then(
    () => assert.fail('no fault'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FaultError, String(error));
  return error.message.replaceAll(`${root}/`, '');
};

const base = {
  name: 'base',
  dataset: { synthetic: { seed: 2 } },
  network: { cell: 'lstm', packet: { units: 7 } },
  anomalies: { kinds: { 'ttl-shift': 1 } },
  training: { optimizer: { kind: 'sgd', learningRate: 0.5, momentum: 0.1 } },
};

describe('a spec that extends another', () => {
  it('has what the other says where it says nothing, field by field', async () => {
    write('base.json', base);
    const path = write('child.json', {
      extends: 'base.json',
      name: 'child',
      network: { packet: { layers: 2 } },
    });
    const { spec, hash } = await loadSpec(path);
    assert.equal(spec.name, 'child');
    assert.equal(spec.network.cell, 'lstm');
    assert.deepEqual(
      [spec.network.packet.units, spec.network.packet.layers, spec.training.optimizer.learningRate],
      [7, 2, 0.5],
    );
    assert.equal('extends' in spec, false);
    // As if it were written out.
    const whole = { ...base, network: { cell: 'lstm', packet: { units: 7, layers: 2 } } };
    assert.equal(hash, (await loadSpec(write('whole.json', whole))).hash);
  });

  it('takes data set, kinds, sweep and another kind of optimiser as a whole, and lists', async () => {
    write('base.json', { ...base, sweep: { 'network.cell': ['rnn', 'gru'] }, seeds: [1, 2] });
    const cells = await loadSweep(
      write('child.json', {
        extends: 'base.json',
        dataset: { synthetic: { sessions: 500 } },
        anomalies: { kinds: { 'syn-scan': 2 } },
        training: { optimizer: { kind: 'adam' } },
        sweep: { 'network.packet.units': [3] },
        seeds: [9],
      }),
    );
    const [{ spec } = assert.fail(), ...others] = cells;
    assert.deepEqual(others, []);
    assert.deepEqual(spec.anomalies.kinds, { 'syn-scan': 2 });
    assert.deepEqual(spec.training.optimizer, { kind: 'adam', learningRate: 0.001 });
    assert.deepEqual([spec.network.packet.units, spec.seeds], [3, [9]]);
    assert.ok(typeof spec.dataset === 'object' && 'synthetic' in spec.dataset);
    assert.equal(spec.dataset.synthetic.seed, 1);
  });

  it('finds the captures of the other beside the other', async () => {
    write('a/base.json', { ...base, dataset: { captures: ['x.pcap'] } });
    const { dataset } = await loadSpec(write('b/child.json', { extends: '../a/base.json' }));
    assert.ok(dataset.kind === 'captures');
    assert.equal(join(dataset.base, dataset.captures[0]!), join(root, 'a/x.pcap'));
  });

  it('may do so through several', async () => {
    write('base.json', base);
    write('middle.json', { extends: './base.json', training: { epochs: 3 } });
    const { spec } = await loadSpec(write('top.json', { extends: 'middle.json', training: { batch: 5 } }));
    assert.deepEqual([spec.training.epochs, spec.training.batch, spec.network.cell], [3, 5, 'lstm']);
  });

  it('says in which file a fault is', async () => {
    write('base.json', { ...base, training: { epochs: 0 } });
    const path = write('child.json', { extends: 'base.json', network: { packet: { units: -1 } } });
    assert.equal(
      await faultOf(path).then((text) =>
        text
          .split('\n')
          .map((line) => line.replace(/.*?(?=(base|child)\.json)/, ''))
          .sort()
          .join('\n'),
      ),
      'base.json: /training/epochs: got 0, must be ≥ 1\nchild.json: /network/packet/units: got -1, must be ≥ 1',
    );
  });

  it('is refused with its place where the other is not there, no path, or it itself', async () => {
    assert.match(
      await faultOf(write('lost.json', { extends: 'bse.json' })),
      /lost\.json: \/extends: .*bse\.json no such file, must be an experiment; did you mean .*base\.json\?$/,
    );
    for (const name of ['a'.repeat(300), 'a\0'])
      assert.match(
        await faultOf(write('nowhere.json', { extends: name })),
        /no such file, must be an experiment/,
      );
    assert.match(
      await faultOf(write('odd.json', { extends: 5 })),
      /odd\.json: \/extends: got 5, must be the path/,
    );
    write('one.json', { extends: 'two.json' });
    assert.match(
      await faultOf(write('two.json', { extends: 'one.json' })),
      /one\.json: \/extends: extends itself: .*two\.json extends .*one\.json extends .*two\.json; take/,
    );
    for (let i = 0; i < 12; i++) write(`deep${i}.json`, { extends: `deep${i + 1}.json` });
    assert.match(await faultOf(join(root, 'deep0.json')), /deep7\.json: \/extends: is the 9th spec in a row/);
  });
});

describe('seeds', () => {
  it('may be a number: so many, from 1', async () => {
    const { spec } = await loadSpec(write('seeds.json', { ...base, seeds: 4 }));
    assert.deepEqual(spec.seeds, [1, 2, 3, 4]);
    const { spec: set } = await loadSpec(join(root, 'seeds.json'), { set: ['seeds=2'] });
    assert.deepEqual(set.seeds, [1, 2]);
    for (const seeds of [0, 1001, 1.5, 'ten'])
      assert.match(await faultOf(write('seeds.json', { ...base, seeds })), /\/seeds: got /);
  });
});
