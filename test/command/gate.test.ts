import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { normal, stream } from '../../src/random/index.ts';
import { formatExpectation } from '../../src/report/index.ts';
import {
  checkExpectation,
  type Expectation,
  expectationExitCode,
  type RunFacts,
} from '../../src/sweep/index.ts';
import { temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const folder = temporaryFolder();
const gate = (...args: readonly string[]) => sessionlab(['gate', 'results', ...args], { cwd: folder });
const file = join(folder, 'spec.expected');
const read = () => JSON.parse(readFileSync(file, 'utf8')) as Expectation;
const change = (make: (run: RunFacts) => RunFacts, margins = {}): void =>
  writeFileSync(file, JSON.stringify({ ...read(), margins, runs: read().runs.map(make) }));

describe('sessionlab gate results', () => {
  before(() => void writeSpec(folder, { seeds: [1, 2] }));

  it('says how to begin where nothing is expected yet, before anything runs', async () => {
    const { status, stderr, stdout } = await gate('spec.json');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(
      stderr,
      /^spec\.expected: there is no file of what is expected; write it with --write, look at it and commit it\n$/,
    );
  });

  it('passes where every result is what is expected, and fails where one is not', async () => {
    const written = await gate('spec.json', '--write');
    assert.equal(written.status, 0, written.stderr);
    assert.match(written.stdout, /spec\.expected: 2 runs expected from now on/);
    assert.deepEqual(
      read().runs.map(({ seed }) => seed),
      [1, 2],
    );
    const passed = await gate('spec.json', '--markdown', 'summary/gate.md');
    assert.equal(passed.status, 0);
    assert.match(passed.stdout, /^spec\.json: passed: 2 runs with the result that is expected\n$/m);
    assert.match(readFileSync(join(folder, 'summary/gate.md'), 'utf8'), /^### Results of spec\.json: passed/);
    change((run) => (run.seed === 2 ? { ...run, resultHash: 'a'.repeat(64) } : run));
    const failed = await gate('spec.json');
    assert.equal(failed.status, 1);
    assert.match(
      failed.stdout,
      /failed: 1 run with the result that is expected, 1 with another\n {2}seed 2: the result hash is [0-9a-f]{12}, expected aaaaaaaaaaaa\n/,
    );
  });

  it('holds a change that is meant against margins, and keeps them', async () => {
    assert.equal((await gate('spec.json', '--write', '--margin', 'accuracy=0.5')).status, 0);
    assert.deepEqual(read().margins, { accuracy: 0.5 });
    await gate('spec.json', '--write', '--margin', 'mcc=2');
    assert.deepEqual(read().margins, { accuracy: 0.5, mcc: 2 });
    change((run) => ({ ...run, resultHash: 'b'.repeat(64) }), { accuracy: 0.5 });
    const same = await gate('spec.json', '--json');
    assert.equal(same.status, 0);
    const [{ changed, margins }] = JSON.parse(same.stdout) as [ReturnType<typeof checkExpectation>];
    assert.deepEqual(
      [changed.length, margins[0]!.verdict, margins[0]!.seeds, margins[0]!.better],
      [2, 'no worse', 2, 0],
    );
  });

  it('passes nothing that was not run', async () => {
    const more: Expectation = { ...read(), runs: [...read().runs, { ...read().runs[0]!, seed: 3 }] };
    writeFileSync(file, JSON.stringify(more));
    const { status, stdout } = await gate('spec.json');
    assert.equal(status, 2);
    assert.match(stdout, /seed 3: expected, and not there/);
    assert.equal(expectationExitCode(checkExpectation({ ...more, runs: [] }, [])), 2);
  });

  it('refuses what cannot be', async () => {
    writeFileSync(
      join(folder, 'bad.expected'),
      '{"format":"sessionlab-expected-1","margins":{"accuracy":0},"runs":[]}',
    );
    const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [['spec.json', '--margin', 'accuracy=1'], /^--margin: margins are those of the file/],
      [['spec.json', '--write', '--margin', 'accuracy'], /^--margin: got "accuracy", must be METRIC=NUMBER/],
      [
        ['spec.json', '--write', '--margin', 'acuracy=1'],
        /no run has a metric "acuracy".*did you mean "accuracy"\?/,
      ],
      [['spec.json', 'spec.json', '--expect', 'x'], /^--expect: names one file for 2 specs/],
      [['spec.json', '--expect', 'bad.expected'], /^bad\.expected: .*margins/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await gate(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, message);
    }
  });
});

describe('a change of results against a margin', () => {
  const runs = (values: readonly number[], hash: string): readonly RunFacts[] =>
    values.map((accuracy, seed) => ({
      cell: 'a',
      seed,
      resultHash: hash.repeat(64),
      metrics: { accuracy, falsePositiveRate: accuracy },
    }));
  const check = (
    before: readonly number[],
    after: readonly number[],
    margins: Readonly<Record<string, number>>,
  ) =>
    checkExpectation({ format: 'sessionlab-expected-1', margins, runs: runs(before, 'a') }, runs(after, 'b'));
  const before = Array.from({ length: 10 }, (_, i) => 0.9 + 0.002 * normal(stream(1, 'before', i)));
  const moved = (by: number, spread: number): readonly number[] =>
    before.map((x, i) => x + by + spread * normal(stream(1, 'after', i)));

  it('is no worse, worse or undecided, in the direction of the metric', () => {
    const verdict = (by: number, spread: number, metric = 'accuracy') =>
      check(before, moved(by, spread), { [metric]: 0.005 }).margins[0]!.verdict;
    assert.deepEqual(
      [verdict(0.01, 0.001), verdict(0, 0.001), verdict(-0.002, 0.001)],
      ['no worse', 'no worse', 'no worse'],
    );
    assert.deepEqual([verdict(-0.02, 0.001), verdict(0.02, 0.001, 'falsePositiveRate')], ['worse', 'worse']);
    assert.equal(verdict(-0.02, 0.001, 'falsePositiveRate'), 'no worse');
    assert.equal(verdict(0, 0.05), 'undecided');
  });

  it('says how many more seeds would tell', () => {
    const after = before.map((x, i) => x + (i % 2 === 0 ? 0.02 : -0.02));
    const found = check(before, after, { accuracy: 0.005 });
    assert.equal(expectationExitCode(found), 2);
    const [margin] = found.margins;
    // Guenther's number for s/effect of about 4 at a power of 90%: (1.96 + 1.28)² · 4² and two more.
    assert.ok(margin!.needed!.seeds > 60 && margin!.needed!.seeds < 400, `${margin!.needed!.seeds}`);
    assert.match(
      formatExpectation('x.json', found),
      /accuracy +undecided \[[−+][\d.]+ … [−+][\d.]+\] over 10 seeds, allowed are 0\.5 points: \d+ more seeds would tell/,
    );
    // Of one pair nothing is known but the spread of earlier runs.
    const one = checkExpectation(
      { format: 'sessionlab-expected-1', margins: { accuracy: 0.005 }, runs: runs(before, 'a') },
      runs([0.9], 'b'),
    );
    assert.ok(one.margins[0]!.needed!.seeds >= 6);
    assert.equal(expectationExitCode(one), 2);
  });

  it('lets what is worse by the margin through in few of a hundred changes', () => {
    let through = 0;
    for (let trial = 0; trial < 300; trial++) {
      const after = before.map((x, i) => x - 0.005 + 0.004 * normal(stream(2, 'trial', trial, i)));
      if (check(before, after, { accuracy: 0.005 }).margins[0]!.verdict === 'no worse') through++;
    }
    assert.ok(through <= 300 * 0.025 + 3 * Math.sqrt(300 * 0.025), `${through}`);
  });
});

describe('what is committed as expected', () => {
  const at = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

  it('of the smallest runs of every cell is what they give here', async () => {
    const { status, stdout, stderr } = await gate(at('test/gate/platform.json'), '--out', 'platform');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /passed: 4 runs with the result that is expected/);
  });

  it('of the quickstart is what its own test and the README say', () => {
    const { runs } = JSON.parse(readFileSync(at('experiments/quickstart.expected'), 'utf8')) as Expectation;
    const hash = runs[0]!.resultHash;
    for (const name of ['README.md', 'test/run/quickstart.test.ts'])
      assert.ok(readFileSync(at(name), 'utf8').includes(hash), name);
  });
});
