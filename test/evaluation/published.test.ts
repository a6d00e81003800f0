import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparePublished, evaluateMatrix } from '../../src/evaluation/index.ts';
import { difference, rate } from '../../src/statistics/interval.ts';
import fc from '../support/fast-check.ts';

/** The article's matrix of ISCX day 3. */
const article = [
  [92455, 46],
  [1608, 8346],
];

const close = (actual: number | null, expected: number, within: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);

describe('what others published', () => {
  const ours = evaluateMatrix(article, ['normal', 'anomalous']);

  it('has the rates that follow from its counts, under their right names', () => {
    const { figures } = comparePublished(ours, { source: 'x', matrix: article });
    const theirs = (name: string) => figures.find((figure) => figure.name === name)!.theirs.value;
    // By hand from the counts: 8346/9954, 46/92501, 46/8392, 8346/8392, 100801/102455.
    close(theirs('recall'), 0.838457, 1e-6);
    close(theirs('falsePositiveRate'), 0.000497292, 1e-9);
    close(theirs('falseDiscoveryRate'), 0.00548141, 1e-8);
    close(theirs('precision'), 0.99451859, 1e-8);
    close(theirs('accuracy'), 0.983856, 1e-6);
    close(theirs('mcc'), 0.905, 5e-4);
    close(theirs('f1'), 0.91, 5e-4);
  });

  it('differs from itself by nothing, with an interval around it', () => {
    for (const { difference: d } of comparePublished(ours, { source: 'x', matrix: article }).figures) {
      assert.equal(d.value, 0);
      assert.ok(d.low! < 0 && d.high! > 0);
    }
  });

  it('is compared by normal and anomalous where our classes are kinds', () => {
    const kinds = evaluateMatrix(
      [
        [8, 1, 1],
        [2, 5, 3],
        [0, 0, 10],
      ],
      ['normal', 'a', 'b'],
    );
    const { matrices, figures } = comparePublished(kinds, { source: 'x', matrix: article });
    assert.deepEqual(matrices.ours, [
      [8, 2],
      [2, 18],
    ]);
    close(figures.find(({ name }) => name === 'accuracy')!.ours.value, 26 / 30, 1e-12);
  });

  it('may be single figures, which are compared with the task', () => {
    const { figures, matrices } = comparePublished(ours, {
      source: 'x',
      metrics: { accuracy: 0.936 },
      f1ByKind: { normal: 0.893, 'not-a-class': 0.5 },
    });
    assert.equal(matrices.theirs, null);
    assert.deepEqual(
      figures.map(({ name, theirs }) => [name, theirs]),
      [
        ['accuracy', { value: 0.936, low: null, high: null }],
        ['f1 of normal', { value: 0.893, low: null, high: null }],
      ],
    );
    close(figures[0]!.difference.value, 0.983856 - 0.936, 1e-6);
  });
});

describe('the interval of a difference', () => {
  it('is Newcombe’s for two proportions', () => {
    // R. G. Newcombe (1998), table II, method 10: 56/70 − 48/80.
    const { value, low, high } = difference(rate(56, 70), rate(48, 80));
    close(value, 0.2, 1e-12);
    close(low, 0.0524, 5e-5);
    close(high, 0.3339, 5e-5);
    // 9/10 − 3/10.
    const small = difference(rate(9, 10), rate(3, 10));
    close(small.low, 0.1705, 5e-5);
    close(small.high, 0.809, 5e-5);
  });

  it('turns round with the two', () => {
    const proportion = fc
      .tuple(fc.nat(50), fc.integer({ min: 1, max: 50 }))
      .map(([x, n]) => rate(Math.min(x, n), n));
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const [one, other] = [difference(a, b), difference(b, a)];
        close(one.low, -other.high!, 1e-12);
        close(one.high, -other.low!, 1e-12);
      }),
    );
  });

  it('is undefined where one of them is', () =>
    assert.deepEqual(difference(rate(0, 0), rate(1, 2)), { value: null, low: null, high: null }));
});
