/** Where to get captures that are not there. */

import { ExitCode, FaultError } from '../fault/index.ts';
import type { ResolvedDataset } from './dataset.ts';

/** The faults of captures that were not found, with the data set's own word on where they come from as the cure. */
export function withSource(error: FaultError, dataset: ResolvedDataset): FaultError {
  if (dataset.kind !== 'captures' || dataset.source === undefined || error.exitCode !== ExitCode.data)
    return error;
  const { source } = dataset;
  return new FaultError(
    error.faults.map((fault) => ({ ...fault, cure: source })),
    error.exitCode,
  );
}
