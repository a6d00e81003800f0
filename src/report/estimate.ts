/** An estimate as text. */

import type { SweepEstimate } from '../sweep/index.ts';
import { formatBytes, formatCount, formatDuration } from '../text/index.ts';

/** A line. */
export function formatEstimate({
  runs,
  milliseconds,
  memory,
  workers,
  kinds,
  measured,
}: SweepEstimate): string {
  const how =
    measured === kinds ? 'each kind of cell measured' : `${measured} of ${kinds} kinds of cells measured`;
  const with_ = workers === 1 ? '' : ` with ${workers} workers`;
  return `estimate    ${formatCount(runs)} runs take about ${formatDuration(milliseconds)}${with_}, each process up to ${formatBytes(memory)} (${how})\n`;
}
