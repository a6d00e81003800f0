import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nativeVariants } from '../../src/engine/index.ts';
import { asProbabilities } from '../../src/training/index.ts';
import { divergenceOf } from '../../src/training/surprise.ts';
import { run, spec, temporaryFolder, writeSpec } from './sample.ts';

const folder = temporaryFolder();
const network = { ...spec.network, decoder: { units: 6 } };
const json = (at: string, file: string) => JSON.parse(readFileSync(join(at, file), 'utf8'));

async function runWith(name: string, changes: object, threads = 1) {
  const place = join(folder, name);
  const { runs, facts } = await run(writeSpec(place, changes), join(place, 'out'), { threads });
  return { ...runs[0]!, text: facts.join('') };
}

describe('a decoder beside the classifier', () => {
  it('has rows among the baselines, bits in the evaluation and nats in the journal, whatever computes it', async () => {
    const training = { ...spec.training, validation: 0.2 };
    const native = await runWith('beside', { network, training }, 2);
    const { decoder, baselines } = json(native.folder, 'evaluation.json');
    assert.deepEqual(
      baselines.slice(-2).map(({ name }: { name: string }) => name),
      ['decoder', 'network-or-decoder'],
    );
    assert.equal(decoder.source, 'validation');
    assert.ok(decoder.bitsPerToken > 0 && decoder.bitsPerToken < 8.1, decoder.bitsPerToken);
    const head = readFileSync(join(native.folder, 'predictions.csv'), 'utf8').split('\n')[0]!;
    assert.match(head, /,score_decoder,score_network-or-decoder,surprising_packet,/);
    const steps = readFileSync(join(native.folder, 'journal.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"step"') && line.includes('"nats"'));
    assert.equal(steps.length, 2 * Math.ceil(json(native.folder, 'run.json').sessions.training / 16));
    assert.match(native.text, /Decoder: \d\.\d\d bits a token of \d+ normal sessions of validation/);
    if (nativeVariants().length === 0) return;
    const reference = await runWith('reference', { network, training, engine: 'reference' });
    assert.equal(reference.resultHash, native.resultHash);
  });

  it('says where what is usual comes from sessions that trained', async () => {
    const { folder: at, text } = await runWith('trained', { network, evaluation: { baselines: false } });
    assert.equal(json(at, 'evaluation.json').decoder.source, 'training');
    assert.match(text, /that trained, which flatters: set training\.validation/);
  });
});

describe('latent vectors', () => {
  it('are drawn the same by any engine, and said to have collapsed where they tell nothing', async () => {
    const latent = { units: 3, annealing: 1, prefixDropout: 0.2 };
    const told = { ...spec.network, decoder: { units: 6, latent } };
    const evaluation = { baselines: false };
    const native = await runWith('latent', { network: told, evaluation }, 2);
    const found = json(native.folder, 'evaluation.json').decoder.latent;
    assert.equal(found.units, 3);
    // Of three units at most three are active, and four are needed.
    assert.ok(found.collapsed && found.active <= 3 && found.divergence >= 0);
    assert.match(native.text, /latent vectors collapsed: \d of 3 units are active/);
    const lines = readFileSync(join(native.folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
    const steps = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'step');
    assert.ok(steps.every(({ divergence }) => divergence >= 0));
    if (nativeVariants().length === 0) return;
    const reference = await runWith('latent-reference', { network: told, evaluation, engine: 'reference' });
    assert.equal(reference.resultHash, native.resultHash);
  });

  it('are measured by hand: a posterior that is the prior has no divergence', () => {
    // Two sessions of two units: means, then deviations.
    const posterior = Float32Array.of(0, 0, 1, 1, 1, 0, 1, 0.5);
    assert.equal(divergenceOf(posterior, 0, 2), 0);
    const expected = 0.5 * 1 + 0.5 * (0.25 - 1) - Math.log(0.5);
    assert.ok(Math.abs(divergenceOf(posterior, 1, 2) - expected) < 1e-12);
  });
});

describe('the task "generate"', () => {
  it('trains on sessions as captured, and calls those anomalous that the decoder finds least usual', async () => {
    const training = { ...spec.training, validation: 0.2, earlyStopping: { patience: 1, minDelta: 100 } };
    const run = await runWith('alone', { task: 'generate', network, training });
    const record = json(run.folder, 'run.json');
    const trained = Object.values(record.morphs.training.kinds) as { drawn: number }[];
    assert.ok(trained.every(({ drawn }) => drawn === 0));
    assert.ok(Object.values(record.morphs.test.kinds).some((kind) => (kind as { drawn: number }).drawn > 0));
    const { classes, baselines, decoder } = json(run.folder, 'evaluation.json');
    assert.deepEqual(classes, ['normal', 'anomalous']);
    assert.ok(!baselines.some(({ name }: { name: string }) => name === 'decoder'), 'it is the network');
    assert.ok(decoder.threshold > 0);
    const lines = readFileSync(join(run.folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
    const validation = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'validation');
    assert.ok(
      validation.every(({ loss }) => loss > 0 && loss < Math.log(258)),
      'nats a token',
    );
    const table = readFileSync(join(run.folder, 'predictions.csv'), 'utf8').trimEnd().split('\n');
    const rows = table.slice(1).map((line) => line.split(','));
    for (const line of readFileSync(join(run.folder, 'attention.jsonl'), 'utf8').trimEnd().split('\n')) {
      const { position, predicted, probabilities } = JSON.parse(line);
      const row = rows[position]!;
      assert.deepEqual([row[8], ...row.slice(9, 11).map(Number)], [predicted, ...probabilities]);
    }
    const step = lines.map((line) => JSON.parse(line)).find(({ type }) => type === 'step');
    assert.equal(step.loss, step.nats);
  });

  it('needs a decoder, no weights of classes, and stops by the loss', async () => {
    const training = {
      ...{ ...spec.training, validation: 0.2, classWeights: 'balanced' },
      earlyStopping: { patience: 1, metric: 'accuracy' },
    };
    await assert.rejects(runWith('wrong', { task: 'generate', training }), (error: Error) => {
      for (const fault of [
        /\/network\/decoder: is missing, but the task "generate"/,
        /\/training\/classWeights: weighs classes/,
        /\/training\/earlyStopping\/metric: got "accuracy", must be "loss"/,
      ])
        assert.match(error.message, fault);
      return true;
    });
  });

  it('gives a session at the threshold one half, and ranks all others by their scores', () => {
    const usual = {
      ...{ sessions: 1, nats: 0, threshold: 4 },
      ...{ mean: new Float64Array(), deviation: new Float64Array() },
    };
    const p = asProbabilities({ scores: Float64Array.of(4, 0, 12, 1) }, usual);
    assert.deepEqual([...p], [0.5, 0.5, 1, 0, 0.25, 0.75, Math.fround(0.8), Math.fround(0.2)]);
  });
});
