/** An audit in a few numbers, for journals and for MLflow. */
import type { Metrics } from '../evaluation/index.ts';
import type { Audit } from './audit.ts';

/** How much stands against the score, and the shares of the test sessions that training has, too. */
export function auditMetrics({ leaks, simple, open, checks }: Audit): Metrics {
  const shares = checks.flatMap(({ area, name, size }): readonly [string, number | null][] =>
    area === 'split' || area === 'labels' ? (size === null ? [] : [[`audit ${name}`, size.value]]) : [],
  );
  return { auditLeaks: leaks, auditSimple: simple, auditOpen: open, ...Object.fromEntries(shares) };
}
