/** Tables as MLflow's UI opens them: JSON, an object with the columns and a list of rows (`orient="split"` of pandas). */
import type { Estimate, Evaluation } from '../../evaluation/index.ts';

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly data: readonly (readonly (string | number | null)[])[];
}

export function tablesOf(evaluation: Evaluation): readonly Table[] {
  const { classes, matrix, kinds } = evaluation;
  const rates = [
    'precision',
    'recall',
    'f1',
    'falsePositiveRate',
    'falseDiscoveryRate',
    'calledAnomalous',
  ] as const;
  const ends = (name: string) => [name, `${name} low`, `${name} high`];
  const numbers = ({ value, low, high }: Estimate) => [value, low, high];
  return [
    {
      name: 'confusion-matrix',
      columns: ['actual', ...classes],
      data: matrix.map((row, i) => [classes[i]!, ...row]),
    },
    {
      name: 'kinds',
      columns: ['kind', 'actual', 'predicted', ...rates.flatMap(ends)],
      data: kinds.map((kind) => [
        kind.name,
        kind.actual,
        kind.predicted,
        ...rates.flatMap((r) => numbers(kind[r])),
      ]),
    },
  ];
}
