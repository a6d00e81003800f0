import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findRuns } from '../../src/results/index.ts';
import { exportFolders } from '../../src/tracking/index.ts';
import { contentDigest } from '../../src/tracking/mlflow/content.ts';
import { readSweep, type SweepRow, sweepContent } from '../../src/tracking/mlflow/read-sweep.ts';
import { copyRun, realRun } from './material.ts';

const place = { name: 'office', hash: 'ab'.repeat(32), cell: 'a', changes: {} };
const row = (cell: string, seed: number, finished: number, accuracy: number | null): SweepRow => ({
  cell,
  seed,
  started: finished - 5,
  finished,
  scores: { accuracy, mcc: 0.5 },
});
const rows = [row('b', 1, 30, 0.5), row('a', 2, 20, 0.75), row('a', 1, 10, 0.25), row('c|d', 1, 40, null)];

async function tableOf(content: ReturnType<typeof sweepContent>) {
  const { open } = await content.files[0]!.upload();
  return JSON.parse(String(open())) as { columns: string[]; data: (string | number | null)[][] };
}

describe('the parent of a sweep', () => {
  it('has a table of the cells with the means over their seeds: worked out by hand', async () => {
    const { columns, data } = await tableOf(sweepContent(place, rows, false));
    assert.deepEqual(columns, [
      'cell',
      'seeds',
      'accuracy',
      'mcc',
      'recall',
      'falsePositiveRate',
      'precision',
      'f1',
    ]);
    assert.deepEqual(data, [
      ['a', 2, 0.5, 0.5, null, null, null, null],
      ['b', 1, 0.5, 0.5, null, null, null, null],
      ['c|d', 1, null, 0.5, null, null, null, null],
    ]);
  });

  it('has the cells in the order of the plan, and what each adds to the first, paired by seed: worked out by hand', async () => {
    const planned = [
      ...[0.5, 0.75].map((accuracy, i) => ({ ...row('z', i + 1, i, accuracy), index: 0 })),
      ...[0.75, 0.75, 0.1].map((accuracy, i) => ({ ...row('b', i + 1, i, accuracy), index: 1 })),
      { ...row('a', 9, 9, 0.5), index: 2 },
    ];
    const content = sweepContent(place, planned, false);
    assert.deepEqual(
      (await tableOf(content)).data.map(([cell]) => cell),
      ['z', 'b', 'a'],
    );
    const { open } = await content.files[1]!.upload();
    const { columns, data } = JSON.parse(String(open())) as { columns: string[]; data: unknown[][] };
    assert.deepEqual(columns.slice(0, 5), ['cell', 'score', 'against', 'pairs', 'difference']);
    // 0.25 and 0: mean 0.125, t of one degree of freedom 12.706204736, standard error 0.125.
    assert.deepEqual(data[0]!.slice(0, 5), ['b', 'accuracy', 'z', 2, 0.125]);
    assert.ok(Math.abs((data[0]![5] as number) - (0.125 - 12.70620473617 * 0.125)) < 1e-9);
    assert.equal(data[0]![7], 1);
    assert.deepEqual(data[6], ['a', 'accuracy', 'z', 0, null, null, null, null]);
  });

  it('is the same in whatever order its runs are found, and grows by points at its end', () => {
    const whole = sweepContent(place, rows, false);
    assert.equal(contentDigest(sweepContent(place, rows.toReversed(), false)), contentDigest(whole));
    assert.deepEqual(
      whole.points.map(({ value, timestamp }) => [value, timestamp]),
      [
        [1, 10],
        [2, 20],
        [3, 30],
        [4, 40],
      ],
    );
    const early = sweepContent(place, rows.slice(0, 3), true);
    assert.deepEqual(early.points, whole.points.slice(0, 3));
    assert.deepEqual([early.end, whole.end], [null, { status: 'FINISHED', time: 40 }]);
  });

  it('has a note that shows bars as bars, and that no tag is too short for', () => {
    assert.match(sweepContent(place, rows, false).note!, /^\| c\\\|d \| 1 \| – \| 0\.5000 \|/m);
    const many = Array.from({ length: 1000 }, (_, i) => row(`network.packet.units=${i}`, 1, i, 0.5));
    const note = sweepContent(place, many, false).note!;
    assert.ok(note.length <= 8000, `${note.length}`);
    assert.match(note, /\n\n\d+ more\. All cells are in tables\/cells\.json\.\n$/);
  });
});

describe('runs that say of what sweep they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-sweep-'));
  const results = join(folder, 'results');
  before(async () => {
    const real = await realRun(folder);
    for (const [cell, specHash] of [
      ['x=1', '01'.repeat(32)],
      ['x=2', '02'.repeat(32)],
    ] as const)
      for (const seed of [1, 2]) {
        const path = join(copyRun(real, results, { seed, specHash, experiment: 'office' }), 'run.json');
        const record = JSON.parse(readFileSync(path, 'utf8')) as object;
        writeFileSync(path, JSON.stringify({ ...record, sweep: { ...place, cell } }));
      }
    copyRun(real, results, { seed: 1, specHash: '03'.repeat(32), experiment: 'office' });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are found by their records, and no others', () => {
    assert.deepEqual(
      readSweep(join(results, 'office'), place.hash).map(({ cell, seed }) => [cell, seed]),
      [
        ['x=1', 1],
        ['x=1', 2],
        ['x=2', 1],
        ['x=2', 2],
      ],
    );
    assert.deepEqual(readSweep(join(results, 'office'), 'cd'.repeat(32)), []);
    assert.deepEqual(readSweep(join(results, 'nothing'), place.hash), []);
  });

  it('are exported below their cell, and that below the sweep', async () => {
    const tree = join(folder, 'tree');
    const folders = findRuns('all', results, () => false);
    const { runs, faults } = await exportFolders(folders, tree, { experiment: null });
    assert.deepEqual([runs, faults], [5, []]);
    const [experiment] = readdirSync(tree).filter((name) => /^\d+$/.test(name));
    const at = join(tree, experiment!);
    const tag = (run: string, name: string) => {
      try {
        return readFileSync(join(at, run, 'tags', name), 'utf8');
      } catch {
        return null;
      }
    };
    const ids = readdirSync(at).filter((name) => /^[0-9a-f]{32}$/.test(name));
    const kinds = new Map(ids.map((id) => [id, tag(id, 'sessionlab.key')!.split('/')[0]]));
    const parents = ids.map((id) => {
      const parent = tag(id, 'mlflow.parentRunId');
      const kind = ['sweep', 'cell'].includes(kinds.get(id)!) ? kinds.get(id) : 'run';
      return `${kind} below ${parent === null ? 'nothing' : kinds.get(parent)}`;
    });
    assert.deepEqual(parents.sort(), [
      'cell below nothing',
      'cell below sweep',
      'cell below sweep',
      ...Array.from({ length: 5 }, () => 'run below cell'),
      'sweep below nothing',
    ]);
  });
});
