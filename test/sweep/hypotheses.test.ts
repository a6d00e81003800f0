import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparisonCsv, formatComparison, formatPower } from '../../src/report/index.ts';
import {
  compareGroups,
  earlierSpread,
  type Group,
  groupOf,
  type Hypothesis,
  powerOf,
  testHypotheses,
} from '../../src/sweep/index.ts';

/** A cell with the accuracy of each seed. */
const cell = (name: string, accuracies: readonly number[], hypotheses?: readonly Hypothesis[]): Group => ({
  ...groupOf(name, name, new Map(accuracies.map((accuracy, i) => [i + 1, { accuracy, mcc: 0.5 }]))),
  ...(hypotheses === undefined ? {} : { hypotheses }),
});

const about = (name: string, expect: Hypothesis['expect'], more: Partial<Hypothesis> = {}): Hypothesis => ({
  ...{ metric: 'accuracy', cell: name, expect },
  ...more,
});

/** Eight seeds; the second cell is better by two points in every seed, the third by next to nothing. */
const BASE = [0.9, 0.91, 0.88, 0.93, 0.9, 0.92, 0.89, 0.9];
const better = BASE.map((x, i) => x + 0.02 + 0.001 * (i % 3));
const same = BASE.map((x, i) => x + (i % 2 === 0 ? 0.001 : -0.001));

const hypotheses = [
  about('better', 'greater'),
  about('same', 'equivalent', { margin: 0.01 }),
  about('same', 'differs', { against: 'better' }),
  about('better', 'less'),
  about('never run', 'differs'),
];
const groups = [
  cell('base', BASE, hypotheses),
  cell('better', better, hypotheses),
  cell('same', same, hypotheses),
];

describe('hypotheses', () => {
  const tested = testHypotheses(groups);

  it('are tested in their direction, each once, with Holm’s adjustment for those that can be', () => {
    assert.equal(tested.length, 5);
    const [greater, equivalent, differs, less, never] = tested;
    // Eight differences of one sign: 1 of 2⁸, or 2 of them.
    assert.deepEqual([greater!.p, equivalent!.p, differs!.p, less!.p], [1 / 256, 1 / 256, 2 / 256, 1]);
    assert.deepEqual(
      [greater!.adjusted, equivalent!.adjusted, differs!.adjusted, less!.adjusted],
      [4 / 256, 4 / 256, 4 / 256, 1],
    );
    assert.equal(differs!.against, 'better');
    assert.deepEqual([never!.p, never!.adjusted, never!.why], [null, null, 'no run of "never run"']);
  });

  it('are said apart from what is exploratory', () => {
    const text = formatComparison(compareGroups(groups), tested);
    assert.match(text, /\nHypotheses that the spec declares, with Holm's adjustment for 4\n/);
    assert.match(
      text,
      /\n {2}better +base +accuracy +greater +\+2\.0\d +\+\S+ … \+\S+ +0\.004 +0\.016 +shown \(8 pairs\)\n/,
    );
    assert.match(text, /\n {2}same +base +accuracy +within ±1\.00 .* shown \(8 pairs\)\n/);
    assert.match(text, /\n {2}better +base +accuracy +less .* 1\.000 +1\.000 +not shown \(8 pairs\)\n/);
    assert.match(text, /\n {2}never run +base +accuracy +differs +– +no run of "never run" +not tested\n/);
    assert.match(text, /\nall but the hypotheses is exploratory: no p is adjusted for the others\n/);
    assert.match(
      formatComparison(compareGroups([cell('a', BASE), cell('b', better)])),
      /\nexploratory: the spec declares no hypotheses/,
    );
    const csv = comparisonCsv(compareGroups(groups), tested);
    assert.match(csv, /^better,better,accuracy,.*,greater,0\.015625$/m);
    assert.match(csv, /^better,better,mcc,.*,exploratory,$/m);
  });

  it('of a large p show nothing, least of all that there is no difference', () => {
    const [one] = testHypotheses([cell('base', BASE, [about('same', 'differs')]), cell('same', same)]);
    assert.ok(one!.p! > 0.5, `${one!.p}`);
    assert.match(formatComparison(compareGroups(groups), [one!]), / not shown \(8 pairs\)\n/);
  });

  it('are none where none are declared, and not tested without a seed in common', () => {
    assert.deepEqual(testHypotheses([cell('a', BASE), cell('b', BASE)]), []);
    const other = groupOf('other', 'other', new Map([[99, { accuracy: 0.5 }]]));
    const [one] = testHypotheses([cell('base', BASE, [about('other', 'differs')]), other]);
    assert.equal(one!.why, 'no seed in common');
  });
});

describe('the number of seeds that a sweep takes', () => {
  it('is told by the pairs of earlier runs', () => {
    const spread = earlierSpread(groups, 'accuracy')!;
    // Two cells of eight pairs each.
    assert.deepEqual([spread.from, spread.pairs], ['pairs', 15]);
    assert.ok(spread.deviation > 0.0008 && spread.deviation < 0.0012, `${spread.deviation}`);
    const [half] = powerOf(spread, 1, [0.0005]);
    assert.ok(half!.needed.seeds > 30 && half!.needed.seeds < 45, `${half!.needed.seeds}`);
    const text = formatPower(spread, powerOf(spread, 4, [0.0005, 0.05]), 'accuracy', 4);
    assert.match(
      text,
      /^Seeds that show a difference of accuracy .* 80% at 5% \/ 4, as 4 hypotheses are tested\n/,
    );
    assert.match(text, /\n +\+0\.0500 +8 *\n/);
  });

  it('is told by seeds where nothing is paired, for too many rather than too few', () => {
    const spread = earlierSpread([cell('base', BASE)], 'accuracy')!;
    assert.equal(spread.from, 'seeds');
    assert.equal(spread.pairs, 8);
    assert.ok(spread.deviation > 0.02 && spread.deviation < 0.025, `${spread.deviation}`);
  });

  it('is not known without two seeds', () => {
    assert.equal(earlierSpread([cell('base', [0.9])], 'accuracy'), null);
    assert.equal(earlierSpread([], 'accuracy'), null);
    assert.match(formatPower(null, [], 'accuracy', 1), /nothing is known of how far accuracy scatters/);
  });
});
