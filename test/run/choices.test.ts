import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nativeVariants } from '../../src/engine/index.ts';
import { parseJournal, verifyRun } from '../../src/results/index.ts';
import { evaluateTable } from '../../src/run/index.ts';
import { lossWeights } from '../../src/run/plan.ts';
import { run, spec, temporaryFolder, writeSpec } from './sample.ts';

const folder = temporaryFolder();
let count = 0;

/** Runs the small spec with these parts of it changed; returns its folder and result hash. */
async function runWith(
  changes: { readonly network?: object; readonly training?: object; readonly engine?: string },
  threads = 1,
) {
  const place = join(folder, String(++count));
  const network = { ...spec.network, ...changes.network };
  const training = { ...spec.training, ...changes.training };
  const engine = changes.engine ?? 'native';
  const path = writeSpec(place, { network, training, engine, evaluation: { baselines: false } });
  const { runs } = await run(path, join(place, 'out'), { threads });
  const [first] = runs;
  const { lines } = parseJournal(readFileSync(join(first!.folder, 'journal.jsonl'), 'utf8'), 'journal');
  return { ...first!, lines };
}

const choices: readonly (readonly [string, Parameters<typeof runWith>[0]])[] = [
  ['lstm', { network: { cell: 'lstm' } }],
  ['rnn', { network: { cell: 'rnn' } }],
  [
    'gru-reset-before, two layers',
    { network: { cell: 'gru-reset-before', packet: { units: 5, layers: 2 } } },
  ],
  [
    'dot and additive attention',
    { network: { packet: { units: 5, attention: 'dot' }, session: { units: 4, attention: 'additive' } } },
  ],
  ['dropout and layer normalisation', { network: { dropout: 0.3, layerNorm: true, activation: 'relu' } }],
  ['orthogonal weights', { network: { initializer: { kind: 'orthogonal' } } }],
  ['adamw', { training: { optimizer: { kind: 'adamw', learningRate: 0.01, weightDecay: 0.1 } } }],
  ['rmsprop', { training: { optimizer: { kind: 'rmsprop' } } }],
  ['sgd', { training: { optimizer: { kind: 'sgd' } } }],
  ['a cosine with warm-up', { training: { schedule: { kind: 'cosine', warmUp: 0.5 } } }],
  ['balanced classes', { training: { classWeights: 'balanced' } }],
  ['weights by class', { training: { classWeights: { normal: 0.5 } } }],
];

describe('a choice of the spec', () => {
  /** Of the runs with each choice on the native engine. */
  const natively = new Map<string, Awaited<ReturnType<typeof runWith>>>();

  it('changes the result, and is the same with any engine that is exact and any number of threads', async () => {
    const plain = await runWith({});
    const hashes = new Set([plain.resultHash]);
    for (const [name, changes] of choices) {
      const native = await runWith(changes, 2);
      const { resultHash } = native;
      natively.set(name, native);
      assert.ok(!hashes.has(resultHash), `${name} changes nothing`);
      hashes.add(resultHash);
      const reference = await runWith({ ...changes, engine: 'reference' });
      assert.equal(reference.resultHash, resultHash, name);
    }
    assert.ok(nativeVariants().length > 0 || hashes.size > 0);
  });

  it('is followed by the tfjs engine within rounding', async () => {
    for (const [name, changes] of choices) {
      const ours = natively.get(name) ?? (await runWith(changes));
      const theirs = await runWith({ ...changes, engine: 'tfjs' });
      const losses = [ours, theirs].map(({ lines }) =>
        lines.flatMap((l) => (l.type === 'epoch' ? [l.loss] : [])),
      );
      assert.ok(
        Math.abs(losses[0]![1]! - losses[1]![1]!) < 1e-3 * losses[0]![1]!,
        `${name}: ${losses.join(' | ')}`,
      );
    }
  });

  it('of the schedule is in the journal, step by step', async () => {
    const { lines } = await runWith({ training: { schedule: { kind: 'cosine', final: 0.5 } } });
    const rates = lines.flatMap((line) => (line.type === 'step' ? [line.learningRate] : []));
    assert.equal(rates.length, 6);
    assert.equal(rates[0], 0.01);
    assert.ok(Math.abs(rates[5]! - 0.005) < 1e-15);
  });

  it('of early stopping ends training, and keeps and tests the best epoch', async () => {
    const training = {
      epochs: 30,
      // Steps so large that it gets worse soon.
      optimizer: { learningRate: 0.5 },
      validation: 0.25,
      earlyStopping: { patience: 2 },
    };
    const { lines, folder: place } = await runWith({ training });
    const losses = lines.flatMap((line) => (line.type === 'validation' ? [line.loss] : []));
    const best = losses.indexOf(Math.min(...losses)) + 1;
    assert.ok(losses.length < 30);
    assert.equal(losses.length, best + 2);
    const record = JSON.parse(readFileSync(join(place, 'run.json'), 'utf8'));
    assert.equal(record.training.epochs, losses.length);
    assert.equal(record.training.keptEpoch, best);
    assert.equal(record.training.validation.loss, losses[best - 1]);
    assert.deepEqual(record.sessions.training + record.sessions.validation + record.sessions.test, 60);
    assert.equal(record.sessions.validation, 12);
    const test = lines.find((line) => line.type === 'test');
    assert.equal(test?.type === 'test' && test.epoch, best);
  });
});

describe('kinds of the test alone', () => {
  it('are what test sessions become, and training never sees', async () => {
    const place = join(folder, 'testKinds');
    const anomalies = { normal: 0.5, kinds: { 'ip-direction-switch': 1 }, testKinds: { 'ttl-shift': 1 } };
    const { runs, facts } = await run(writeSpec(place, { anomalies, task: 'anomalous' }), join(place, 'out'));
    const record = JSON.parse(readFileSync(join(runs[0]!.folder, 'run.json'), 'utf8'));
    assert.deepEqual(Object.keys(record.morphs.training.kinds), ['ip-direction-switch']);
    assert.deepEqual(Object.keys(record.morphs.test.kinds), ['ttl-shift']);
    const { detection } = JSON.parse(readFileSync(join(runs[0]!.folder, 'evaluation.json'), 'utf8'));
    assert.deepEqual(
      detection.map(({ kind }: { kind: string }) => kind),
      ['normal', 'ttl-shift'],
    );
    assert.match(
      facts.join(''),
      /Detection by what was done to the session\n.*\n {2}normal .*\n {2}ttl-shift/,
    );
    assert.match(readFileSync(join(runs[0]!.folder, 'attention.jsonl'), 'utf8'), /"kind":"ttl-shift"/);
  });
});

describe('every kind on every test session', () => {
  it('is tested, kept and evaluated session by session, without another training', async () => {
    const place = join(folder, 'each');
    const of = (evaluation: object, name: string) =>
      run(writeSpec(join(place, name), { evaluation }), join(place, name, 'out'));
    const { runs } = await of({ draws: { each: 2 } }, 'each');
    const other = await of({}, 'drawn');
    const { folder: at, evaluation, detection } = runs[0]!;
    const record = JSON.parse(readFileSync(join(at, 'run.json'), 'utf8'));
    assert.equal(record.sessions.test, 12);
    const [normal, ...kinds] = detection;
    assert.equal(normal!.called.denominator, 12);
    for (const { kind, called } of kinds) {
      const { applied } = record.morphs.test.kinds[kind];
      assert.deepEqual([called.denominator, applied % 2], [applied, 0], kind);
    }
    assert.equal(
      evaluation.sessions,
      detection.reduce((sum, { called }) => sum + called.denominator, 0),
    );
    // What is there of one session is no evidence of another.
    assert.ok(
      evaluation.accuracy.clustered!.intervals.some(
        ({ by, clusters }) => by === 'session' && clusters === 12,
      ),
      'by session',
    );
    const found = await evaluateTable(join(at, 'predictions.csv'), null, 'f1');
    assert.deepEqual(JSON.parse(JSON.stringify(found.evaluation)), JSON.parse(JSON.stringify(evaluation)));
    const { state } = await verifyRun(at);
    assert.equal(state, 'verified');
    const weights = (place: string) => readFileSync(join(place, 'weights.safetensors')).subarray(-400);
    assert.deepEqual(weights(at), weights(other.runs[0]!.folder));
    // Attention is that of the sessions as they were tested.
    const shown = readFileSync(join(at, 'attention.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const rows = readFileSync(join(at, 'predictions.csv'), 'utf8').split('\n').slice(1);
    for (const { position, kind, session, predicted } of shown) {
      const cells = rows[position]!.split(',');
      assert.deepEqual([cells[0], cells[6], cells[8]], [String(session), kind, predicted]);
    }
  });
});

describe('class weights', () => {
  const anomalies = { normal: 0.5, kinds: { a: 1, b: 3 } } as never;

  it('that are balanced make every class count the same', () => {
    assert.deepEqual(lossWeights('balanced', ['normal', 'a', 'b'], { anomalies, task: 'kind' }), [
      1 / 1.5,
      1 / 0.375,
      1 / 1.125,
    ]);
    assert.deepEqual(
      lossWeights('balanced', ['normal', 'anomalous'], { anomalies, task: 'anomalous' }),
      [1, 1],
    );
  });

  it('are 1 where none is given, and none at all by default', () => {
    assert.deepEqual(lossWeights({ b: 2 }, ['normal', 'a', 'b'], { anomalies, task: 'kind' }), [1, 1, 2]);
    assert.equal(lossWeights(null, ['normal', 'a'], { anomalies, task: 'kind' }), null);
  });
});
