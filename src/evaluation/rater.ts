/** Rates of a confusion matrix: from its counts alone or, with the interval that respects clusters, from its sessions. */
import {
  type Clustering,
  clusteredRate,
  clusterSums,
  type Estimate,
  intervalBy,
  jackknife,
  type Rate,
  rate,
  widest,
  wilsonWithVariance,
} from '../statistics/index.ts';
import { coefficient, matthews } from './correlation.ts';
import { anomalousMatrix, type ConfusionMatrix } from './matrix.ts';

/** Some cells of a confusion matrix. */
export type Cells = (actual: number, predicted: number) => boolean;

export interface Rater {
  /** The share of hits among the sessions in some cells. */
  rate(of: Cells, hits: Cells): Rate;
  /** Matthews' coefficient of all classes, or of normal against all others. */
  matthews(binary: boolean): Estimate;
}

/** From counts: sessions are taken as independent of each other. */
export function matrixRater(matrix: ConfusionMatrix): Rater {
  return {
    rate(of, hits) {
      let [numerator, denominator] = [0, 0];
      matrix.forEach((row, i) => {
        row.forEach((count, j) => {
          if (!of(i, j)) return;
          denominator += count;
          if (hits(i, j)) numerator += count;
        });
      });
      return rate(numerator, denominator);
    },
    matthews: (binary) => matthews(binary ? anomalousMatrix(matrix) : matrix),
  };
}

/**
 * From sessions, with their clusters.
 *
 * @param labels [N]: actual classes
 * @param predicted [N]: predicted classes
 * @param C classes
 */
export function sessionRater(
  matrix: ConfusionMatrix,
  labels: Uint8Array,
  predicted: Uint8Array,
  clusterings: readonly Clustering[],
): Rater {
  const C = matrix.length;
  const N = labels.length;
  const cellOf = Uint16Array.from(labels, (label, i) => label * C + predicted[i]!);
  const marked = (cells: Cells): Uint8Array => {
    const table = Uint8Array.from({ length: C * C }, (_, k) => (cells(Math.floor(k / C), k % C) ? 1 : 0));
    return Uint8Array.from(cellOf, (cell) => table[cell]!);
  };
  return {
    rate: (of, hits) => clusteredRate(marked(hits), marked(of), clusterings),
    matthews(binary) {
      const own = matthews(binary ? anomalousMatrix(matrix) : matrix);
      const { value } = own;
      if (value === null) return own;
      const as = (list: Uint8Array) => (binary ? list.map((k) => Math.min(k, 1)) : list);
      const [actual, called] = [as(labels), as(predicted)];
      const right = actual.map((k, i) => (k === called[i] ? 1 : 0));
      return widest(own, N, clusterings, (clustering) => {
        const weights = clusterSums(clustering, new Uint8Array(N).fill(1));
        const rights = clusterSums(clustering, right);
        const wrongs = weights.map((w, g) => w - rights[g]!);
        const without = withoutCluster(clustering, actual, called, binary ? 2 : C);
        const knife = jackknife(value, without, weights, [rights, wrongs]);
        return intervalBy(clustering.by, knife, (variance, clusters, quantile) => {
          const p = Math.min(1, Math.max(0, (1 + value) / 2));
          const half = wilsonWithVariance(p, variance / 4, clusters, quantile);
          return { low: 2 * half.low! - 1, high: 2 * half.high! - 1 };
        });
      });
    },
  };
}

/** Matthews' coefficient without one cluster at a time. */
function withoutCluster(
  { clusterOf, count }: Clustering,
  actual: Uint8Array,
  called: Uint8Array,
  C: number,
): (g: number) => number {
  const members: number[][] = Array.from({ length: count }, () => []);
  const [rows, columns] = [new Float64Array(C), new Float64Array(C)];
  let right = 0;
  clusterOf.forEach((g, i) => {
    members[g]!.push(i);
    rows[actual[i]!]!++;
    columns[called[i]!]!++;
    if (actual[i] === called[i]) right++;
  });
  return (g) => {
    const [t, p] = [rows.slice(), columns.slice()];
    let left = right;
    for (const i of members[g]!) {
      t[actual[i]!]!--;
      p[called[i]!]!--;
      if (actual[i] === called[i]) left--;
    }
    return coefficient(t, p, left) ?? Number.NaN;
  };
}
