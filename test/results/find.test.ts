import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { evaluateText } from '../../src/command/evaluate.ts';
import { FaultError } from '../../src/fault/index.ts';
import { explain } from '../../src/report/explain.ts';
import { formatComparison } from '../../src/report/index.ts';
import { findFinished, findRun, findRuns, readFinished, type StoredRecord } from '../../src/results/index.ts';
import { compareGroups, readGroups } from '../../src/sweep/index.ts';
import { exportFolders } from '../../src/tracking/index.ts';
import { previous } from './sample.ts';

const HASH = 'c09f7ee13cb6';
const root = mkdtempSync(join(tmpdir(), 'sessionlab-find-'));
after(() => rmSync(root, { recursive: true, force: true }));
let number = 0;
let results = '';
let run = '';
beforeEach(() => {
  results = join(root, String(number++));
  run = join(results, 'previous', HASH, '1');
  cpSync(join(previous, 'previous'), join(results, 'previous'), { recursive: true });
});

const options = { results };
const view = { color: 'none', width: 100 } as const;
const message = (error: unknown): string => {
  assert.ok(error instanceof FaultError, String(error));
  return error.message;
};

/** What each command says of all the runs in `results`: how many it shows, or what it refuses. */
async function answers(name: string) {
  const asked = { ...options, results };
  const tell = async (work: () => unknown): Promise<string> => {
    try {
      return String(await work());
    } catch (error) {
      return message(error);
    }
  };
  return {
    compare: await tell(() =>
      compareGroups(readGroups(findFinished(name, results))).reduce(
        (sum, { seeds }) => sum + seeds.length,
        0,
      ),
    ),
    explain: await tell(() => explain(name === 'all' ? 'latest' : name, asked, view) && 'shown'),
    evaluate: await tell(
      async () =>
        (await evaluateText(name === 'all' ? 'latest' : name, { ...asked, threshold: 'f1' })) && 'shown',
    ),
    mlflow: await tell(async () => {
      const finished = findRuns(name, results).filter(({ state }) => state === 'finished');
      const to = join(root, `export-${number++}`);
      const { runs, faults } = await exportFolders(finished, to, { experiment: null });
      if (faults.length > 0) throw faults[0]!;
      return runs;
    }),
    status: await tell(() => (readFinished(run) === undefined ? 'none' : 'done')),
  };
}

describe('all commands have one answer to which folders are runs', () => {
  it('a finished run is one, and a folder that is none changes nothing', async () => {
    const one = { compare: '1', explain: 'shown', evaluate: 'shown', mlflow: '1', status: 'done' };
    assert.deepEqual(await answers('all'), one);
    // Foreign folders, the notes of runs that failed, locks, and a file.
    mkdirSync(join(results, 'thesis', 'chapter', '1'), { recursive: true });
    writeFileSync(join(results, 'thesis', 'chapter', '1', 'main.tex'), '');
    for (const hidden of ['.failed', '.locks']) {
      mkdirSync(join(results, 'previous', hidden));
      writeFileSync(join(results, 'previous', hidden, `${HASH}-2.json`), '{}');
      cpSync(run, join(results, 'previous', hidden, '3'), { recursive: true });
    }
    writeFileSync(join(results, 'previous', HASH, '2'), '');
    assert.deepEqual(await answers('all'), one);
  });

  it('a run that is not finished is none, even with all of its files: only MLflow is told of it', async () => {
    renameSync(run, `${run}.partial-99999999`);
    const told = await answers('all');
    const { compare, explain: explained, evaluate } = told;
    for (const text of [compare, explained, evaluate])
      assert.match(text, /there is no finished run in it, but 1 that (are|is) not/);
    assert.deepEqual([told.mlflow, told.status], ['0', 'none']);
    assert.deepEqual(
      findRuns('all', results).map(({ state }) => state),
      ['killed'],
    );
    assert.deepEqual(
      findRuns(
        'all',
        results,
        (experiment, name) => name === `${HASH}-1` && basename(experiment) === 'previous',
      ).map(({ state }) => state),
      ['going on'],
    );
  });

  it('of an experiment that is called like a word for runs is not guessed at, and found with a stroke', () => {
    for (const [word, find] of [
      ['all', findRuns],
      ['latest', findRun],
    ] as const) {
      cpSync(join(previous, 'previous'), join(results, word), { recursive: true });
      assert.throws(
        () => find(word, results),
        (error) => message(error).includes(`say "${word}/" for the experiment, "${results}" for`),
      );
      const found = find(`${word}/`, results);
      assert.deepEqual(
        [found].flat().map((of) => relative(results, typeof of === 'string' ? of : of.path)),
        [join(word, HASH, '1')],
      );
      assert.equal([find(results, 'results')].flat().length, 1 + (word === 'all' ? 1 : 0));
      rmSync(join(results, word), { recursive: true });
    }
  });

  it('a repetition that found something else is a run of its own', async () => {
    const beside = `${run}.differs-0123456789ab`;
    cpSync(run, beside, { recursive: true });
    const both = { compare: '2', explain: 'shown', evaluate: 'shown', mlflow: '2', status: 'done' };
    assert.deepEqual(await answers('all'), both);
    const groups = readGroups(findFinished('previous', results));
    const { source } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')).code;
    assert.deepEqual(
      groups.map(({ name, metrics }) => [name, [...metrics.keys()]]),
      [
        [groups[0]!.name, [1]],
        [`${groups[0]!.name} (code ${source.slice(0, 8)})`, [1]],
      ],
    );
    for (const [folder, time] of [
      [run, 1],
      [beside, 2],
    ] as const)
      utimesSync(join(folder, 'run.json'), time, time);
    assert.equal(findRun('latest', results), beside);
    assert.equal(findRun(run, results), run);
    assert.deepEqual(
      findFinished(`previous/${HASH}/1`, results).map((path) => relative(dirname(run), path)),
      ['1', '1.differs-0123456789ab'],
    );
  });

  it('runs on other data are shown beside, and never paired with the first', () => {
    const other = join(results, 'previous', 'd'.repeat(12), '1');
    cpSync(run, other, { recursive: true });
    const change = (edit: (record: StoredRecord) => object) => {
      const record = JSON.parse(readFileSync(join(other, 'run.json'), 'utf8'));
      writeFileSync(join(other, 'run.json'), JSON.stringify({ ...record, ...edit(record) }));
    };
    const compared = () => compareGroups(readGroups(findFinished('previous', results)));
    // The same capture by another name is the same data.
    change(({ data }) => ({
      specHash: 'd'.repeat(64),
      data: { ...data, files: data.files.map((file) => ({ ...file, path: '/mnt/office.pcap' })) },
    }));
    const [, same] = compared();
    assert.deepEqual([same!.otherData, same!.difference.accuracy?.mean], [false, 0]);
    change(({ data }) => ({
      data: { ...data, files: data.files.map((file) => ({ ...file, sha256: 'e'.repeat(64) })) },
    }));
    const [first, second] = compared();
    assert.deepEqual([first!.otherData, second!.otherData], [false, true]);
    assert.ok(Object.values(second!.difference).every((spread) => spread === null));
    assert.equal(second!.metrics.accuracy?.mean, first!.metrics.accuracy?.mean);
    assert.match(second!.name, / \(data [0-9a-f]{8}\)$/);
    assert.match(
      formatComparison([first!, second!]),
      /\nOther data than .*: .*\(data [0-9a-f]{8}\)\. A seed stands for other sessions there: nothing is paired/,
    );
  });

  for (const [what, change, problem] of [
    ['cut', (text: string) => text.slice(0, 1000), /run\.json:? is damaged: it is no JSON/],
    ['no JSON', () => 'nonsense', /run\.json:? is damaged: it is no JSON/],
    ['no object', () => '[]', /run\.json:? is damaged: \/: got \[\], expected an object/],
    [
      'of wrong types',
      (text: string) => text.replace('"seed": 1,', '"seed": "1",'),
      /run\.json:? is damaged: \/seed: got "1", expected a whole number/,
    ],
    [
      'without its result hash',
      (text: string) => text.replace('"resultHash"', '"resulthash"'),
      /run\.json:? is damaged: \/resultHash: missing, expected a text/,
    ],
  ] as const) {
    it(`a run whose run.json is ${what} is refused by all, with what is wrong`, async () => {
      writeFileSync(join(run, 'run.json'), change(readFileSync(join(run, 'run.json'), 'utf8')));
      for (const [command, text] of Object.entries(await answers('all')))
        assert.match(text, problem, `${command}: ${text}`);
    });
  }
});

describe('a run of the previous version', () => {
  it('still opens in explain, compare, evaluate and mlflow', async () => {
    const asked = { results: previous };
    assert.equal(findRun('latest', previous), join(previous, 'previous', HASH, '1'));
    assert.match(explain('previous', asked, view), /^Session \d+ {2}(tcp|udp)/);
    const [compared] = compareGroups(readGroups(findFinished('previous', previous)));
    assert.deepEqual(compared?.seeds, [1]);
    assert.equal(compared?.metrics.accuracy?.mean, 0.8);
    const text = await evaluateText('previous', { ...asked, threshold: 'f1' });
    assert.match(text, /accuracy +of the kind +80\.0%/);
    const to = join(root, 'previous-tree');
    const { runs, points, faults } = await exportFolders(findRuns('all', previous), to, { experiment: null });
    assert.deepEqual([runs, faults], [1, []]);
    assert.ok(points > 50, String(points));
  });
});
