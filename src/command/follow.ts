/** Runs that are followed in MLflow while they go on. */
import type { RunOptions } from '../run/index.ts';
import { followIfConfigured } from '../tracking/index.ts';

/**
 * Follows each run where a server is configured.
 *
 * @param say told once of each trouble, and of its end
 */
export const followInMlflow =
  (say: (line: string) => void): NonNullable<RunOptions['follow']> =>
  ({ tracking, ...run }) =>
    followIfConfigured({ ...run, say }, tracking);
