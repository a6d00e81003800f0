import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { evaluateMatrix } from '../../src/evaluation/index.ts';
import { findRuns } from '../../src/results/index.ts';
import { isWorkedOn, lockRun, unlockRun } from '../../src/sweep/run-lock.ts';
import { exportFolders } from '../../src/tracking/index.ts';
import { contentDigest, pointsThere, positionOf } from '../../src/tracking/mlflow/content.ts';
import { limits } from '../../src/tracking/mlflow/limits.ts';
import { noteOf } from '../../src/tracking/mlflow/note.ts';
import { specParams } from '../../src/tracking/mlflow/params.ts';
import { readFinishedRun, readKilledRun } from '../../src/tracking/mlflow/read-run.ts';
import fc from '../support/fast-check.ts';
import { copyRun, realRun } from './material.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-content-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let real: string;
before(async () => {
  real = await realRun(folder);
});

const point = fc.record({
  key: fc.constantFrom('train/loss', 'test/f1'),
  value: fc.double({ noNaN: true }),
  timestamp: fc.integer({ min: 1, max: 2 ** 45 }),
  step: fc.nat(),
});

describe('the position in the points of a run', () => {
  it('is found again in the same points and more, and in no others', () => {
    fc.assert(
      fc.property(fc.array(point), fc.array(point), (points, more) => {
        assert.equal(pointsThere(positionOf(points), [...points, ...more]), points.length);
        if (points.length === 0) return;
        assert.equal(pointsThere(positionOf(points), points.slice(1)), null);
        const last = points.at(-1)!;
        assert.equal(
          pointsThere(positionOf(points), [...points.slice(0, -1), { ...last, step: last.step + 1 }]),
          null,
        );
      }),
    );
  });

  it('is nothing where there is none, and no place where it is nonsense', () => {
    assert.equal(pointsThere(undefined, []), 0);
    for (const bad of ['', 'x', '1:', '-1:00', '9:00']) assert.equal(pointsThere(bad, []), null, bad);
  });
});

describe('the content of a run', () => {
  it('is the same each time the folder is read', async () => {
    const [a, b] = [await readFinishedRun(real), await readFinishedRun(real)];
    assert.equal(contentDigest(a.content), contentDigest(b.content));
  });

  it('is another as soon as one file is', async () => {
    const copy = copyRun(real, join(folder, 'changed'), { seed: 1 });
    const digest = async () => contentDigest((await readFinishedRun(copy)).content);
    const first = await digest();
    for (const name of ['predictions.csv', 'attention.jsonl', 'weights.safetensors']) {
      const whole = readFileSync(join(copy, name));
      if (name === 'attention.jsonl')
        writeFileSync(join(copy, name), whole.subarray(0, whole.lastIndexOf(0x0a, whole.length - 2) + 1));
      else writeFileSync(join(copy, name), Buffer.concat([whole, Buffer.from(' ')]));
      assert.notEqual(await digest(), first, name);
      writeFileSync(join(copy, name), whole);
      assert.equal(await digest(), first, name);
    }
  });

  it('keeps within the limits of MLflow, however many kinds there are', () => {
    const classes = Array.from(
      { length: 60 },
      (_, i) => `${i === 0 ? 'normal' : 'kind'}-${'x'.repeat(40)}-${i}`,
    );
    const matrix = classes.map((_, i) => classes.map((_, j) => (i === j ? 123_456 : 7)));
    const note = noteOf(evaluateMatrix(matrix, classes), 'ab'.repeat(32));
    assert.ok(note.length <= limits.tag);
    assert.match(note, /confusion matrix is in tables/i);
    const small = noteOf(
      evaluateMatrix(
        [
          [3, 1],
          [0, 4],
        ],
        ['normal', 'a|b'],
      ),
      'ab'.repeat(32),
    );
    assert.match(small, /\| a\\\|b \| 0 \| 4 \|/);
    assert.match(small, /\*\*87\.50%\*\* of 8 test sessions right/);
  });

  it('has few parameters, all short, whatever the spec holds', () => {
    const kinds = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`kind-${i}`, i]));
    const pairs = specParams({
      dataset: { captures: Array(500).fill('/data/a.pcap') },
      anomalies: { kinds },
      network: { head: [] },
    });
    assert.ok(pairs.length < 30);
    for (const [, value] of pairs) assert.ok(value.length > 0 && value.length <= 120);
    assert.deepEqual(
      pairs.find(([key]) => key === 'network.head'),
      ['network.head', 'none'],
    );
  });

  it('is refused with the place when a file is damaged', async () => {
    const copy = copyRun(real, join(folder, 'damaged'), { seed: 1 });
    for (const [name, text, message] of [
      ['evaluation.json', '{"classes":["a","b"],"matrix":[[1]]}', /evaluation\.json: is damaged/],
      ['run.json', '{', /run\.json: is damaged/],
      ['journal.jsonl', 'nonsense\n', /journal\.jsonl: line 1: is no JSON object/],
      ['journal.jsonl', '', /journal\.jsonl has no beginning/],
    ] as const) {
      const whole = readFileSync(join(copy, name));
      writeFileSync(join(copy, name), text);
      await assert.rejects(readFinishedRun(copy), message);
      writeFileSync(join(copy, name), whole);
    }
  });

  it('of a killed run is all whole lines of its journal', () => {
    const copy = copyRun(real, join(folder, 'cut'), { seed: 1 });
    const journal = readFileSync(join(copy, 'journal.jsonl'), 'utf8');
    writeFileSync(join(copy, 'journal.jsonl'), journal.slice(0, journal.indexOf('"step":3')));
    const run = readKilledRun(copy);
    assert.equal(run?.content.end?.status, 'KILLED');
    assert.deepEqual([...new Set(run?.content.points.map(({ step }) => step))], [1, 2]);
  });
});

describe('the runs that a name means', () => {
  it('are all, those of an experiment, of a spec, or of a seed with its differing repetitions', () => {
    const results = join(folder, 'names');
    for (const seed of [1, 2]) copyRun(real, results, { seed, experiment: 'office' });
    copyRun(real, results, { seed: 1, experiment: 'home', specHash: 'ab'.repeat(32) });
    const differing = `${join(results, 'home', 'abababababab', '1')}.differs-0123456789ab`;
    mkdirSync(differing);
    for (const name of readdirSync(join(results, 'home', 'abababababab', '1')))
      writeFileSync(join(differing, name), readFileSync(join(results, 'home', 'abababababab', '1', name)));
    const count = (name: string) => findRuns(name, results, () => false).length;
    assert.deepEqual(
      [count('all'), count('office'), count('home'), count('home/abab'), count('home/abab/1')],
      [4, 2, 2, 2, 2],
    );
    assert.equal(count(join(results, 'office')), 2);
    assert.throws(() => count('offce'), /got a name that no run in .* has.*did you mean "office"/);
    assert.throws(
      () => findRuns('all', join(folder, 'nowhere')),
      /there is no such folder; run an experiment first/,
    );
  });

  it('are told apart by whether somebody holds their lock, on whatever machine', async () => {
    const results = join(folder, 'alive');
    const experiment = join(results, 'e');
    for (const [cell, pid] of [
      ['0123456789ab', 99_999_999],
      ['ba9876543210', process.pid],
    ]) {
      const path = join(experiment, String(cell), `1.partial-${pid}`);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'journal.jsonl'), '');
    }
    // That of the number that no process here has is worked on elsewhere.
    const lock = await lockRun(experiment, { specHash: '0123456789ab', seed: 1 });
    assert.ok(!('heldBy' in lock));
    const states = () => findRuns('all', results, isWorkedOn).map(({ state }) => state);
    assert.deepEqual(states(), ['going on', 'killed']);
    unlockRun(experiment, lock, false);
    assert.deepEqual(states(), ['killed', 'killed']);
  });
});

describe('an export', () => {
  it('is the same tree each time, whole or not at all, and never over something', async () => {
    const results = join(folder, 'exported');
    for (const seed of [1, 2]) copyRun(real, results, { seed });
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    const options = { experiment: null };
    const result = await exportFolders(
      findRuns('all', results, () => false),
      a,
      options,
    );
    assert.deepEqual([result.runs, result.faults], [2, []]);
    await exportFolders(
      findRuns('all', results, () => false),
      b,
      options,
    );
    const files = (root: string) => (readdirSync(root, { recursive: true }) as string[]).sort();
    assert.deepEqual(files(a), files(b));
    for (const name of files(a).filter((name) => name.endsWith('meta.yaml')))
      assert.equal(readFileSync(join(a, name), 'utf8'), readFileSync(join(b, name), 'utf8'));
    await assert.rejects(
      exportFolders(
        findRuns('all', results, () => false),
        a,
        options,
      ),
      /there is something in this folder; name another one/,
    );
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.partial')),
      [],
    );
  });

  it('leaves out a run that cannot be read, and says so', async () => {
    const results = join(folder, 'one-bad');
    copyRun(real, results, { seed: 1 });
    rmSync(join(copyRun(real, results, { seed: 2 }), 'spec.json'));
    const { runs, faults } = await exportFolders(
      findRuns('all', results, () => false),
      join(folder, 'c'),
      {
        experiment: null,
      },
    );
    assert.equal(runs, 1);
    assert.match(faults[0]!.message, /spec\.json: cannot be read \(ENOENT\)/);
    assert.ok(existsSync(join(folder, 'c')));
  });
});
