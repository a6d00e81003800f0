/** The ladder and the matrix of what networks rely on, from metrics alone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Metrics } from '../../src/evaluation/index.ts';
import { formatLadder, formatReliances, ladderCsv } from '../../src/report/index.ts';
import { convergenceOf, type Group, groupOf, relianceOf } from '../../src/sweep/index.ts';
import { spec, sweep, temporaryFolder, writeSpec } from '../run/sample.ts';

/** Ten seeds whose accuracy is around a value, by tests. */
function cell(name: string, own: number, under: Readonly<Record<string, number>> = {}): Group {
  const noise = [0.01, -0.01, 0.02, -0.02, 0.005, -0.005, 0.015, -0.015, 0, 0.003];
  const runs = noise.map((by, i): [number, Metrics] => {
    const rates = (ending: string, value: number) =>
      ['accuracy', 'anomalousAccuracy', 'recall', 'falsePositiveRate', 'detected swap', 'detected turn'].map(
        (metric) => [metric + ending, metric === 'detected turn' ? 0.9 : value + by] as const,
      );
    // Some of what a presentation does differs from seed to seed, too.
    const presented = Object.entries(under).flatMap(([presentation, value]) =>
      rates(` under ${presentation}`, value === own ? own : value + by * by),
    );
    return [i + 1, Object.fromEntries([...rates('', own), ...presented])];
  });
  return groupOf(name, name.slice(0, 4), new Map(runs));
}

const groups = [
  cell('corrected', 0.9, { corrected: 0.9, 'stale-mac': 0.85 }),
  cell('stale MAC', 0.94, { corrected: 0.7, 'stale-mac': 0.94 }),
  cell('look-ahead', 0.9001, { corrected: 0.9, 'stale-mac': 0.9 }),
];

describe('the ladder', () => {
  it('tests its primary metric with the correction of Holm for all rungs', () => {
    const text = formatLadder(groups, []);
    const [head, first, second] = text.split('\n');
    assert.match(head!, /^ +seeds +accuracy +inflated by +95% interval +p +Holm$/);
    assert.match(first!, /^corrected +10 +90\.03%$/);
    // Of ten pairs of equal signs: 2 / 1024, and twice that for two rungs.
    assert.match(second!, /^stale MAC +10 +94\.03% +\+4\.00 +.* 0\.002 +0\.004$/);
    assert.equal(text.match(/Holm$/gm)!.length, 1);
    assert.match(text, /Explored beside it, without correction/);
  });

  it('has the matrix of accuracy, and of the kind that most of it changes', () => {
    const text = formatLadder(groups, []);
    assert.match(text, /^Accuracy: trained as the row says, the same weights tested as the column says$/m);
    assert.match(text, /^Called anomalous of swap: /m);
    assert.doesNotMatch(text, /^Called anomalous of turn: /m);
    assert.match(text, /^stale MAC +94\.03% +70\.0% +94\.03%$/m);
    assert.match(text, /^ +−23\.98 \(.*\)\* +the same$/m);
    assert.doesNotMatch(formatLadder([cell('a', 0.9), cell('b', 0.8)], []), /trained as the row says/);
  });

  it('as CSV has a line for each rung against the first, and for each presentation against its own test', () => {
    const lines = ladderCsv(groups).trimEnd().split('\n');
    assert.equal(
      lines[0],
      'rung,spec,metric,presentation,seeds,mean,against,pairs,difference,low,high,p,holm',
    );
    // Four metrics of three rungs; six metrics of three rungs under two presentations.
    assert.equal(lines.length, 1 + 4 * 3 + 5 * 3 * 2 + 3 * 2);
    const cellsOf = (begin: string) => lines.find((line) => line.startsWith(begin))!.split(',');
    const inflation = cellsOf('stale MAC,stal,accuracy,,');
    assert.deepEqual(inflation.slice(6, 8), ['corrected', '10']);
    assert.equal(Number(inflation[12]), 4 / 1024);
    const reliance = cellsOf('stale MAC,stal,accuracy,corrected,');
    assert.equal(reliance[6], 'own test');
    assert.ok(Math.abs(Number(reliance[8]) + 0.24) < 0.01);
    // Four cells of the matrix can differ from their row's own test.
    assert.equal(Number(reliance[12]), 8 / 1024);
    assert.equal(cellsOf('stale MAC,stal,recall,corrected,')[12], '');
  });
});

describe('a matrix of what networks rely on', () => {
  it('is paired by seed: what a seed has by itself is in both', () => {
    const [, stale] = relianceOf(groups, 'accuracy');
    const { mean, change } = stale!.under.get('corrected')!;
    assert.ok(Math.abs(mean! - 0.7004) < 1e-4);
    assert.equal(change!.n, 10);
    assert.ok(change!.high! < -0.2);
    assert.deepEqual(stale!.under.get('stale-mac')!.change!.mean, 0);
  });

  it('has holes where a seed or a presentation is missing, and is not there without any', () => {
    const [row] = relianceOf([cell('a', 0.9), ...groups], 'accuracy');
    assert.deepEqual(row!.under.get('corrected'), { mean: null, change: null });
    assert.match(formatReliances([cell('a', 0.9), ...groups]), /^a +90\.03% +–/m);
    assert.equal(formatReliances([cell('a', 0.9)]), '');
    assert.equal(formatReliances(groups).match(/trained as the row says/g)!.length, 2);
  });
});

describe('the convergence of runs', () => {
  const folder = temporaryFolder();

  it('is the rule, the epochs that it kept, and how many runs it did not end', async () => {
    const training = {
      ...spec.training,
      ...{ epochs: 9, optimizer: { learningRate: 0.3 }, validation: 0.25, earlyStopping: { patience: 2 } },
    };
    const path = writeSpec(folder, {
      training,
      ...{ evaluation: { baselines: false }, seeds: 3 },
      sweep: { cases: [{}, { 'training.earlyStopping': null, 'training.epochs': 2 }] },
    });
    const { runs } = await sweep(path, join(folder, 'out'));
    const [found, ...others] = convergenceOf(runs.map((run) => run.folder));
    assert.deepEqual(others, []);
    assert.deepEqual([found!.rule.patience, found!.validation, found!.most, found!.runs], [2, 0.25, 9, 3]);
    assert.ok(found!.kept.least >= 1 && found!.kept.greatest <= 9);
    assert.ok(found!.unfinished <= 3);
    const text = formatLadder(groups, [found!]);
    assert.match(
      text,
      /Trained until the validation loss \(25\.0% of the training sessions, the last in time\) was no better for 2 epochs, 9 at\s+most, and tested with the weights of its best epoch: epochs \d … \d, \d on average of 3 runs; (none|\d) reached the maximum\./,
    );
  });
});
