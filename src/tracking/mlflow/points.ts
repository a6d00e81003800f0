/** The lines of a journal as points of MLflow's metrics, with the step and the time of the journal. */
import type { JournalLine } from '../../results/index.ts';
import type { Metric } from './client.ts';
import { plainKey } from './content.ts';

/**
 * The points of a line. Steps are training steps everywhere, so that all curves have the same axis; `epoch/number` says
 * which epoch ended there. A rate that is undefined (null) gives no point.
 */
export function pointsOfLine(line: JournalLine): readonly Metric[] {
  const timestamp = timeOf(line);
  const points = (step: number, prefix: string, values: Readonly<Record<string, number | null>>): Metric[] =>
    Object.entries(values).flatMap(([name, value]) =>
      value === null ? [] : [{ key: `${prefix}/${plainKey(name)}`, value, timestamp, step }],
    );
  switch (line.type) {
    case 'step': {
      const { step, loss, accuracy, gradientNorm, learningRate } = line;
      return points(step, 'train', { loss, accuracy, gradientNorm, learningRate });
    }
    case 'epoch':
      return points(line.step, 'epoch', { number: line.epoch, loss: line.loss, accuracy: line.accuracy });
    case 'system':
      return points(line.step, 'system', { 'memory MB': line.memory / 1e6, 'CPU share': line.cpu });
    case 'validation':
      return points(line.step, 'validation', { loss: line.loss, accuracy: line.accuracy });
    case 'test':
      return points(line.step, 'test', line.metrics);
    case 'assessment':
      return points(line.step, 'assessment', line.metrics);
    default:
      return [];
  }
}

/** Milliseconds since 1970. */
export function timeOf({ time }: JournalLine): number {
  return Date.parse(time);
}

/** What a journal begins with identifies its run: a repetition begins at another time. */
export function runKey(begin: Extract<JournalLine, { type: 'begin' }>): string {
  return `${begin.specHash}/${begin.seed}/${begin.time}`;
}
