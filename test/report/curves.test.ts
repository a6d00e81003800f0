import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { corners, evaluate, operatingPoints } from '../../src/evaluation/index.ts';
import { probit } from '../../src/numeric/index.ts';
import { parseCurve } from '../../src/report/figures/illustrate.ts';
import {
  detFigure,
  precisionRecallFigure,
  reliabilityFigure,
  renderSvg,
  rocFigure,
} from '../../src/report/figures/index.ts';
import { curveLines } from '../../src/results/tables.ts';
import fc from '../support/fast-check.ts';

/** Sixty sessions whose scores overlap. */
const normal = Array.from({ length: 60 }, (_, i) => ((i * 7) % 32) / 64 + (i % 2 === 0 ? 0.3 : 0.1));
const predictions = {
  labels: Uint8Array.from({ length: 60 }, (_, i) => i % 2),
  probabilities: Float32Array.from(normal.flatMap((p) => [p, 1 - p])),
  classes: ['normal', 'x'],
};
const points = operatingPoints(predictions);
const evaluation = evaluate(predictions);

describe('the table of curves', () => {
  const lines = [...curveLines(points)];

  it('begins where nothing is called anomalous, and ends where everything is', () => {
    assert.equal(lines[1], ',0,0,0,0,1,\n');
    assert.match(lines.at(-1)!, /,30,30,1,1,0,0\.5\n$/);
    assert.equal(lines.length, corners(points).length + 2);
  });

  it('reads back as the corners', () => {
    const counts = corners(points).map(({ truePositives, falsePositives }) => ({
      truePositives,
      falsePositives,
    }));
    assert.deepEqual(parseCurve(lines.join(''), 'curves.csv').slice(1), counts);
  });

  it('has shares that follow from its counts, or nothing where they are 0/0', () => {
    for (const line of lines.slice(2)) {
      const [, tp, fp, recall, fpr, fnr, precision] = line.trim().split(',').map(Number);
      assert.deepEqual(
        [recall, fpr, fnr, precision],
        [tp! / 30, fp! / 30, (30 - tp!) / 30, tp! / (tp! + fp!)],
      );
    }
    const without = operatingPoints({ ...predictions, labels: new Uint8Array(60) });
    assert.match([...curveLines(without)].at(-1)!, /,0,60,,1,,0\n$/);
  });

  it('that is damaged is refused with the line', () => {
    const text = lines.join('');
    assert.throws(
      () => parseCurve(text.replace(/,30,30,/, ',30,x,'), 'curves.csv'),
      new RegExp(`curves\\.csv: line ${lines.length}: got .*expected counts`),
    );
    assert.throws(() => parseCurve('a,b\n1,2\n', 'curves.csv'), /line 2: got "1,2"/);
  });
});

describe('the figures of curves', () => {
  const texts = async (figure: Parameters<typeof renderSvg>[0]) => {
    const svg = await renderSvg(figure);
    return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
  };

  it('say what they show, by how many sessions, and the same each time', async () => {
    for (const [figure, words] of [
      [rocFigure(points, evaluation), ['ROC curve', 'false positive rate', 'recall']],
      [precisionRecallFigure(points, evaluation), ['Precision and recall', 'recall', 'precision']],
      [detFigure(points, evaluation), ['missed anomalies', '1%', '50%', '99.9%']],
      [reliabilityFigure(evaluation), ['Reliability', 'share anomalous']],
    ] as const) {
      const found = await texts(figure);
      for (const word of words) assert.ok(found.includes(word), `${word} in ${found.join(' | ')}`);
      assert.ok(found.some((text) => /(30 anomalous and 30 normal|60) test sessions/.test(text)));
      assert.equal(await renderSvg(figure), await renderSvg(figure));
    }
  });

  it('draw precision between two corners as the counts go, not in a straight line', () => {
    const [from, to] = [
      { truePositives: 10, falsePositives: 0 },
      { truePositives: 20, falsePositives: 20 },
    ];
    const { layer } = precisionRecallFigure([from, to], evaluation) as unknown as {
      layer: { data: { values: { x: number; y: number }[] } }[];
    };
    const middle = layer[1]!.data.values.find(({ x }) => Math.abs(x - 0.75) < 1e-9);
    assert.equal(middle!.y, 15 / 25);
  });
});

describe('the quantile function of the normal distribution', () => {
  it('has the values of tables', () => {
    // Abramowitz and Stegun, 1964, table 26.5 and 26.6.
    for (const [p, z] of [
      [0.5, 0],
      [0.975, 1.959963985],
      [0.99, 2.326347874],
      [0.999, 3.090232306],
      [0.0001, -3.719016485],
    ] as const)
      assert.ok(Math.abs(probit(p) - z) < 5e-9, `${p}: ${probit(p)}`);
  });

  it('rises, and is odd about one half', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 0.4999, noNaN: true }), (p) => {
        assert.ok(Math.abs(probit(p) + probit(1 - p)) < 1e-6);
        assert.ok(probit(p) < probit(p + 0.0001));
      }),
    );
  });
});
