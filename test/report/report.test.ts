import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { band } from '../../src/report/figures/bands.ts';
import { reportOf } from '../../src/report/index.ts';
import { bestOf } from '../../src/report/paper/tables.ts';
import { groupOf } from '../../src/sweep/index.ts';
import { run, spec, temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';
import { copyOf } from './material.ts';

const folder = temporaryFolder();
const results = join(folder, 'results');
const out = join(folder, 'report');
let real: string;

before(async () => {
  const { runs } = await run(writeSpec(join(folder, 'spec'), {}), join(folder, 'real'));
  real = runs[0]!.folder;
});

const listOf = (path: string) => (readdirSync(path, { recursive: true }) as string[]).sort();

describe('sessionlab report, of a run', () => {
  before(async () => {
    const { status, stderr, stdout } = await sessionlab(['report', real, '--out', out]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /figures, .* tables, .* files/);
  });

  it('makes the figures, the tables, the page and an index of them', () => {
    const index = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const figures = index.figures.map(({ name }: { name: string }) => name);
    for (const name of [
      'confusion-matrix',
      'roc',
      'precision-recall',
      'det',
      'accuracy-by-epoch',
      'reliability',
    ])
      assert.ok(figures.includes(name), name);
    assert.ok(figures.some((name: string) => name.startsWith('attention-')));
    const { resultHash } = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
    for (const part of [...index.figures, ...index.tables]) assert.deepEqual(part.madeFrom, [resultHash]);
    assert.deepEqual(
      index.files.map(({ path }: { path: string }) => path).sort(),
      listOf(out).filter((path) => /\./.test(path) && path !== 'report.json'),
    );
  });

  it('every figure carries the hash that it was made from, and nothing of the machine or the time', () => {
    const { resultHash } = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
    for (const name of listOf(join(out, 'figures'))) {
      const text = readFileSync(join(out, 'figures', name)).toString('latin1');
      assert.ok(text.includes(resultHash), name);
      assert.doesNotMatch(text, /CreationDate|ModDate/);
      assert.ok(!text.includes(folder), name);
    }
  });

  it('is as wide as a column; letters are letters of a font that it has', () => {
    const svg = readFileSync(join(out, 'figures', 'accuracy-by-epoch.svg'), 'utf8');
    const [, width] = /^<svg [^>]* width="([\d.]+)mm"/.exec(svg)!;
    assert.ok(Number(width) <= 88.91, width);
    assert.match(svg, /@font-face\{font-family:"DejaVu Sans";[^}]*src:url\(data:font\/woff2;base64,/);
    assert.match(svg, /<text[^>]*>epoch<\/text>/);
    const pdf = readFileSync(join(out, 'figures', 'accuracy-by-epoch.pdf')).toString('latin1');
    assert.match(pdf, /\/FontFile[23]? /);
    assert.match(pdf, /DejaVuSans/);
    assert.doesNotMatch(pdf, /\/Subtype \/Image/);
    const [, points] = /\/MediaBox \[0 0 ([\d.]+)/.exec(pdf)!;
    assert.ok(Number(points) <= 252.01, points);
  });

  it('has tables in LaTeX, Markdown and CSV', () => {
    const read = (name: string) => readFileSync(join(out, 'tables', name), 'utf8');
    assert.match(read('results.tex'), /\\toprule\n {4} & seeds & accuracy & MCC/);
    assert.match(read('results.tex'), /\d\\% &/);
    assert.match(read('results.md'), /\| small \| 1 \|/);
    const [head, row] = read('results.csv').split('\n');
    assert.equal(head, 'name,seeds,accuracy,MCC,recall,FPR,precision,F1,ROC AUC');
    const { evaluation } = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
    assert.equal(Number(row!.split(',')[2]), evaluation.accuracy);
  });

  it('has a card of the data, of the network and of what it takes to do it again', () => {
    const cards = readFileSync(join(out, 'cards.md'), 'utf8');
    const { data, resultHash } = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
    for (const text of [
      '## Data card',
      '## Model card',
      '## Artefact appendix',
      data.files[0].sha256,
      resultHash,
    ])
      assert.ok(cards.includes(text), text);
    assert.ok(!cards.includes(folder));
  });

  it('gives the same bytes again: --check says what is other, missing or of no report, and nothing else', async () => {
    appendFileSync(join(out, 'tables', 'results.tex'), ' ');
    rmSync(join(out, 'figures', 'roc.pdf'));
    writeFileSync(join(out, 'figures', 'mine.pdf'), '');
    const { status, stderr } = await sessionlab(['report', real, '--out', out, '--check']);
    assert.equal(status, 1);
    assert.match(stderr, /results\.tex: is not what these results give/);
    assert.match(stderr, /roc\.pdf: is missing/);
    assert.match(stderr, /mine\.pdf: is not of this report/);
    assert.equal(stderr.trim().split('\n').length, 3);
  });

  it('does not write over what is there unless it is forced', async () => {
    const { status, stderr } = await sessionlab(['report', real, '--out', out]);
    assert.equal(status, 2);
    assert.match(stderr, /there is something in this folder; name another, or replace it with --force/);
  });

  it('makes what is asked for alone, and names a format that there is not', async () => {
    const few = join(folder, 'few');
    assert.equal((await sessionlab(['report', real, '--out', few, '--format', 'csv,html'])).status, 0);
    assert.deepEqual([...new Set(listOf(few).map((path) => path.replace(/^.*\./, '.')))].sort(), [
      '.csv',
      '.html',
      '.json',
      'tables',
    ]);
    const again = await sessionlab(['report', real, '--out', few, '--format', 'csv,html', '--check']);
    assert.deepEqual([again.status, again.stderr], [0, '']);
    const { status, stderr } = await sessionlab(['report', real, '--out', few, '--format', 'pfd']);
    assert.equal(status, 2);
    assert.match(stderr, /--format: got "pfd".*did you mean "pdf"/);
  });

  it('the page needs nothing but itself', () => {
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    assert.doesNotMatch(page.replace(/xmlns(:xlink)?="[^"]*"/g, ''), /https?:\/\//);
    assert.doesNotMatch(page, /<link|<img|@import|src="/);
    assert.ok(!page.includes(folder));
    for (const text of ['<section id="audit">', 'Every check, with its reason'])
      assert.ok(page.includes(text), text);
  });
});

describe('sessionlab report, of a sweep', () => {
  const cells = ['aa', 'bb'];
  before(() => {
    for (const [i, cell] of cells.entries())
      for (const seed of [1, 2])
        copyOf(real, results, cell, {
          seed,
          changes: { training: { ...spec.training, epochs: 2 + i } },
          better: 0.01 * i * seed,
        });
  });

  it('has curves with bands, differences and a table that marks nothing that is not told from chance', async () => {
    const sweep = join(folder, 'sweep');
    const ended = await sessionlab([
      'report',
      join(results, 'copies'),
      '--out',
      sweep,
      '--format',
      'svg,md,html',
    ]);
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(ended.stderr.replace(/^note: 4 runs have no hashes.*\n/, ''), '');
    const { figures } = JSON.parse(readFileSync(join(sweep, 'report.json'), 'utf8'));
    const ablation = figures.find(({ name }: { name: string }) => name === 'ablation');
    assert.match(
      ablation.caption,
      /Accuracy of each cell less that of “training.epochs=2”, paired by seed \(2 pairs\)/,
    );
    assert.equal(ablation.madeFrom.length, 4);
    const roc = readFileSync(join(sweep, 'figures', 'roc.svg'), 'utf8');
    assert.match(roc, />training.epochs=3<\/text>/);
    const table = readFileSync(join(sweep, 'tables', 'results.md'), 'utf8');
    assert.doesNotMatch(table, /\*\*/);
    assert.match(table, /None is marked as the best/);
    assert.ok(existsSync(join(sweep, 'figures', 'confusion-matrix-1-training-epochs-2.svg')));
  });

  it('does not depend on when its runs were made', async () => {
    const hashes = async () =>
      (await reportOf([[join(results, 'copies', 'aa', '1'), join(results, 'copies', 'bb', '1')]])).tables;
    const first = await hashes();
    utimesSync(join(results, 'copies', 'aa', '1', 'run.json'), 1, 1);
    assert.deepEqual(await hashes(), first);
  });
});

describe('the best of a table', () => {
  const group = (name: string, values: readonly number[]) =>
    groupOf(name, name, new Map(values.map((accuracy, seed) => [seed, { accuracy, loss: 1 - accuracy }])));
  const low = Array.from({ length: 8 }, (_, i) => 0.8 + 0.001 * i);
  const high = low.map((x) => x + 0.05);

  it('is marked where it is told from every other, with Holm’s correction', () => {
    const groups = [
      group('low', low),
      group('high', high),
      group(
        'lower',
        low.map((x) => x - 0.01),
      ),
    ];
    assert.equal(bestOf({ groups }, 'accuracy'), 1);
    assert.equal(bestOf({ groups }, 'loss', true), 1);
  });
  it('is not marked where a tie, chance or too few seeds leave it open', () => {
    assert.equal(
      bestOf({ groups: [group('low', low), group('high', high), group('same', high)] }, 'accuracy'),
      null,
    );
    assert.equal(bestOf({ groups: [group('a', [0.8, 0.81]), group('b', [0.9, 0.91])] }, 'accuracy'), null);
    assert.equal(bestOf({ groups: [group('alone', high)] }, 'accuracy'), null);
  });
});

describe('a band over seeds', () => {
  const corners = (...points: readonly (readonly [number, number])[]) =>
    points.map(([falsePositives, truePositives]) => ({ falsePositives, truePositives }));
  // 10 anomalous and 10 normal sessions.
  const good = corners([0, 8], [2, 10], [10, 10]);
  const bad = corners([0, 2], [5, 6], [10, 10]);

  it('goes from the least to the greatest recall at each false positive rate, the mean between them', () => {
    const points = band('roc', [good, bad]);
    const at = (x: number) => points.find((point) => Math.abs(point.x - x) < 1e-9)!;
    assert.deepEqual([at(0).low, at(0).high, at(0).mean], [0.2, 0.8, 0.5]);
    assert.deepEqual([at(0.5).low, at(0.5).high, at(0.5).mean], [0.6, 1, 0.8]);
    assert.deepEqual([at(1).low, at(1).high], [1, 1]);
  });

  it('interpolates precision by counts', () => {
    const points = band('precision-recall', [bad]);
    const at = (x: number) => points.find((point) => Math.abs(point.x - x) < 1e-9)!;
    // 4 of 10: halfway from (0, 2) to (5, 6), 2.5 false positives.
    assert.ok(Math.abs(at(0.4).mean - 4 / 6.5) < 1e-12);
    assert.equal(at(0.2).mean, 1);
  });
});
