import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { articleShape } from '../../src/bench/article.ts';
import type { NetworkShape } from '../../src/network/index.ts';
import { tailOf } from '../../src/services/index.ts';
import { createBatch } from '../../src/token/index.ts';
import fc from '../support/fast-check.ts';
import { comparePeers, type PeerOutcome, type RunningPeer, relative } from './comparison.ts';
import { type Expected, openSource } from './material.ts';
import { type PeerChannel, startPeer } from './peer-channel.ts';
import { cleanEnvironment } from './program.ts';
import type { Mode } from './protocol.ts';
import { formatReport, type PeersReport, ratioToBest, shareOfPeak } from './report.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './safetensors.ts';
import { workOf } from './work.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-peers-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('tensors for programs in other languages', () => {
  it('are safetensors, byte for byte', () => {
    const file = encodeSafetensors([
      { name: 'a', shape: [2], data: Int32Array.of(1, -2) },
      { name: 'b', shape: [1, 1], data: Float32Array.of(1.5) },
    ]);
    const header =
      '{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]}}';
    const text = header.padEnd(Math.ceil(header.length / 8) * 8);
    const expected = Buffer.concat([
      Buffer.from([text.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(text),
      Buffer.from('01000000feffffff0000c03f', 'hex'),
    ]);
    assert.deepEqual(Buffer.from(file), expected);
  });

  it('come back as they were', () => {
    const tensor = fc.oneof(
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })).map((v) => Int32Array.from(v)),
      fc.array(fc.float()).map((v) => Float32Array.from(v)),
    );
    const lists = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), data: tensor }), {
      selector: ({ name }) => name,
    });
    fc.assert(
      fc.property(lists, (list) => {
        const tensors: NamedTensor[] = list
          .filter(({ name }) => name !== '__metadata__')
          .map(({ name, data }) => ({ name, shape: [data.length], data }));
        const found = decodeSafetensors(encodeSafetensors(tensors));
        assert.equal(found.size, tensors.length);
        for (const t of tensors) assert.deepEqual(found.get(t.name), t);
      }),
    );
  });

  it('are refused when they do not fit their shape, or the file is cut short', () => {
    const tensor = { name: 'a', shape: [2], data: Float32Array.of(1, 2) };
    assert.throws(
      () => encodeSafetensors([{ ...tensor, shape: [3] }]),
      /shape \[3\] has 3 elements, the data 2/,
    );
    assert.throws(() => encodeSafetensors([tensor, tensor]), /there twice/);
    const file = encodeSafetensors([tensor]);
    assert.throws(() => decodeSafetensors(file.subarray(0, file.length - 1)), /a is cut short/);
    assert.throws(() => decodeSafetensors(file.subarray(0, 20)), /in a file of 20/);
  });
});

describe('the sessions of the benchmark', async () => {
  const source = await openSource(folder, []);
  const batch = (from: number, size: number) =>
    source.present(createBatch(size, articleShape.maxPackets, articleShape.maxTokens), from, size);

  it('are the same however they are cut into batches', () => {
    const whole = batch(0, 60);
    for (const from of [0, 20, 40]) {
      const part = batch(from, 20);
      const rows = 20 * 8 * 44;
      assert.deepEqual(part.tokens, whole.tokens.subarray((from / 20) * rows, (from / 20 + 1) * rows));
      assert.deepEqual(part.labels, whole.labels.subarray(from, from + 20));
    }
  });

  it('are morphed: all four kinds occur', () => {
    assert.deepEqual([...new Set(batch(0, 128).labels)].sort(), [0, 1, 2, 3]);
  });
});

describe('the work of a session', () => {
  const shape: NetworkShape = {
    ...articleShape,
    maxPackets: 2,
    maxTokens: 3,
    classes: 5,
    packet: { ...articleShape.packet, units: 10 },
    session: { ...articleShape.session, units: 7 },
    head: [4],
  };
  /** Two sessions of these packets each. */
  const batch = (packets: readonly (readonly number[])[]) => {
    const b = createBatch(2, 2, 3);
    b.size = 2;
    b.packets.fill(2);
    packets.forEach((tokens, row) => {
      b.tokens.set(tokens, row * 3);
      b.lengths[row] = tokens.length;
    });
    return b;
  };
  const rest = 2 * (4 * 3 * 10 * 7 + 2 * 3 * 7 * 7 + 2 * (7 * 4 + 4 * 5)) + 4 * 7 * 4;

  it('is that of every token where nothing is shared', () => {
    const different = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ];
    const { share, computed, dense } = workOf(shape, batch(different), 2);
    const forward = 2 * 8 * 3 * 10 * 10 + 4 * 10 * 12 + rest;
    assert.equal(share, 1);
    assert.deepEqual(computed, { infer: forward / 2, train: (3 * forward) / 2 });
    assert.deepEqual(dense, computed);
  });

  it('is that of each prefix once where packets share them, siblings together on the way back', () => {
    const alike = [
      [1, 2, 3],
      [1, 2, 4],
      [1, 2, 3],
      [1, 5],
    ];
    // States 1, 12, 15, 123, 124: four follow one, two are followed.
    const { share, computed } = workOf(shape, batch(alike), 2);
    const forward = (steps: number) => 2 * steps * 3 * 10 * 10 + 4 * 10 * 5 + rest;
    assert.equal(share, 5 / 11);
    assert.deepEqual(computed, { infer: forward(4) / 2, train: (forward(4) + 2 * forward(2)) / 2 });
  });
});

const expected: Expected = {
  losses: [{ sessions: 20, loss: 1.25 }],
  steps: { sessions: 20, learningRate: 1e-3, losses: [1.2, 1.1] },
};

/** Answers with these rates a batch size and writes down who was asked. */
function actor(id: string, rate: (batch: number) => number, log: string[], loss = 1.25): RunningPeer {
  const channel: PeerChannel = {
    ready: { ready: id, versions: { [id]: '1' } },
    check: async () => ({ losses: [loss], steps: [1.2, 1.1] }),
    measure: async (mode: Mode, batch: number, seconds: number) => {
      log.push(`${id} ${mode} ${batch}`);
      if (rate(batch) < 0) throw new Error('out of memory');
      return { sessions: rate(batch) * seconds, seconds };
    },
    end: async () => void log.push(`${id} ends`),
  };
  return { id, title: id, channel };
}

const quiet = { rounds: 2, seconds: 1, expected, say: () => undefined };

describe('the comparison', () => {
  it('times everybody in turn, each at its own best batch size', async () => {
    const log: string[] = [];
    const { outcomes, left } = await comparePeers(
      [actor('a', (batch) => batch, log), actor('b', (batch) => 1000 - batch, log)],
      quiet,
    );
    assert.deepEqual(left, []);
    assert.deepEqual(
      outcomes.map((o) => [o.id, o.train.batch, o.train.median]),
      [
        ['a', 256, 256],
        ['b', 20, 980],
      ],
    );
    const round = ['a train 256', 'b train 20', 'a infer 256', 'b infer 20'];
    assert.deepEqual(log.slice(-8), [...round, ...round]);
  });

  it('does not time who computes something else', async () => {
    const log: string[] = [];
    const { outcomes, left } = await comparePeers(
      [actor('a', () => 1, log), actor('b', () => 9, log, 1.2502)],
      quiet,
    );
    assert.deepEqual(
      outcomes.map(({ id }) => id),
      ['a'],
    );
    assert.match(left[0]!.reason, /another loss from the same weights: relative difference 1\.6e-4/);
    assert.ok(!log.some((line) => line.startsWith('b train')));
  });

  it('goes on without who fails', async () => {
    const log: string[] = [];
    const { outcomes, left } = await comparePeers(
      [actor('a', () => 1, log), actor('b', (batch) => (batch === 256 ? -1 : 1), log)],
      quiet,
    );
    assert.deepEqual(
      outcomes.map(({ id }) => id),
      ['a'],
    );
    assert.deepEqual(left, [{ id: 'b', title: 'b', reason: 'out of memory' }]);
    assert.ok(log.includes('b ends'));
  });

  it('takes what is no number for a difference', () => {
    assert.equal(relative([1, 2.2], [1, 2]), 0.10000000000000009);
    assert.equal(relative([Number.NaN, 2], [1, 2]), Number.POSITIVE_INFINITY);
    assert.equal(relative([1], [1, 2]), Number.POSITIVE_INFINITY);
  });
});

describe('the channel to a program', () => {
  const node = (code: string) => ({ program: process.execPath, args: ['-e', code] });

  it('says why a program ended', async () => {
    const dies = node("console.error('no module named x'); process.exit(3)");
    await assert.rejects(startPeer(dies, 1, folder), /it ended \(exit 3\): no module named x/);
    await assert.rejects(startPeer({ program: 'no-such-program', args: [] }, 1, folder), /ENOENT/);
  });

  it('gives it the threads and nothing else that steers', async () => {
    process.env.OPENBLAS_CORETYPE = 'Haswell';
    const echo = node(
      'const e = process.env; console.log(JSON.stringify({ready: [e.OMP_NUM_THREADS, e.OPENBLAS_CORETYPE].join(), versions: {}})); process.stdin.resume()',
    );
    const channel = await startPeer(echo, 2, folder);
    delete process.env.OPENBLAS_CORETYPE;
    assert.equal(channel.ready.ready, '2,');
    await channel.end();
  });

  it('passes on what it is told', () => {
    const env = cleanEnvironment({ A: 'b' });
    assert.equal(env.A, 'b');
    assert.equal(
      tailOf('x\nERROR: No matching distribution\n[notice] pip\n'),
      'ERROR: No matching distribution',
    );
  });
});

describe('the table', () => {
  const outcome = (id: string, rate: number): PeerOutcome => {
    const rates = { batch: 128, median: rate, min: rate - 1, max: rate + 1, windows: [rate] };
    const calibration = [{ mode: 'train' as const, batch: 128, rate }];
    return {
      id,
      title: id,
      versions: { [id]: '1.2' },
      notes: [],
      difference: { loss: 1e-8, steps: 1e-6 },
      calibration,
      train: rates,
      infer: rates,
    };
  };
  const report: PeersReport = {
    format: 'sessionlab peers 1',
    date: '2018-03-05T09:00:00.000Z',
    machine: {
      cpu: 'Some CPU',
      cores: 2,
      memory: 1,
      freeMemory: 1,
      system: 'Linux 6 x64',
      node: '20.0.0',
      compiler: null,
      variant: 'avx2',
      variants: ['avx2'],
    },
    code: { version: '0.1.0', commit: null, changedFiles: null },
    threads: 2,
    rounds: 1,
    seconds: 1,
    material: {
      description: 'office',
      sessions: 2560,
      meanPackets: 6,
      meanTokens: 44,
      work: [
        {
          batch: 128,
          share: 0.5,
          computed: { train: 30e6, infer: 10e6 },
          dense: { train: 60e6, infer: 20e6 },
        },
      ],
    },
    peak: { variant: 'avx2', gflops: 100 },
    loadBefore: 0.1,
    outcomes: [outcome('sessionlab', 3000), outcome('JAX', 400), outcome('PyTorch', 500)],
    left: [{ id: 'keras', title: 'Keras', reason: 'no Python found' }],
  };

  it('compares with the best peer by medians', () => {
    assert.deepEqual(ratioToBest(report.outcomes, 'train'), { title: 'PyTorch', ratio: 6 });
    assert.equal(ratioToBest(report.outcomes.slice(0, 1), 'train'), null);
  });

  it('states the share of the peak, as computed and without shared prefixes', () => {
    const { computed, dense } = shareOfPeak(report, 'train')!;
    assert.deepEqual([computed, dense], [0.45, 0.9]);
    assert.equal(shareOfPeak({ ...report, peak: null }, 'train'), null);
    const text = formatReport(report);
    assert.match(
      text,
      /Training: 45% of the peak of 2 threads in products, 30\.0 MFLOP a session at batch 128/,
    );
    assert.match(text, /Inference: 15% .* 20\.0 MFLOP, it would be 30%/);
    assert.match(text, /100 GFLOP\/s of f32 FMA a thread \(avx2\)/);
    assert.match(text, /No GPU was measured/);
    assert.doesNotMatch(formatReport({ ...report, peak: null }), /GFLOP|MFLOP/);
  });

  it('names everybody, the machine, and who is missing and why', () => {
    const text = formatReport(report);
    assert.match(text, /\| JAX \| 400 \| 399–401 \| 128 \| 7\.50 \| 400 \|/);
    assert.match(text, /Some CPU, 2 cores, Linux 6 x64, Node 20\.0\.0; 2 threads/);
    assert.match(text, /- Keras: no Python found/);
    assert.match(text, /Training: 6\.00 times the best peer \(PyTorch\)/);
  });
});

describe('the Python environment', () => {
  const python = fileURLToPath(new URL('./python/', import.meta.url));
  const lines = (file: string): string[] =>
    readFileSync(join(python, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));

  it('is pinned to exact versions', () => {
    const pins = lines('constraints.txt');
    assert.ok(pins.length > 20);
    for (const pin of pins) assert.match(pin, /^[\w.-]+==[\w.]+$/);
    const pinned = new Set(pins.map((pin) => pin.split('==')[0]!.toLowerCase().replaceAll('_', '-')));
    const files = readdirSync(python).filter((name) => name.startsWith('requirements-'));
    assert.deepEqual(files.sort(), [
      'requirements-dpkt.txt',
      'requirements-jax.txt',
      'requirements-keras.txt',
      'requirements-pytorch.txt',
    ]);
    for (const file of files) {
      const [first, ...names] = lines(file);
      assert.equal(first, '-c constraints.txt');
      for (const name of names) assert.ok(pinned.has(name.split(';')[0]!), `${file}: ${name} is not pinned`);
    }
  });
});
