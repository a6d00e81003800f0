/** The audit of a run, of what it has. */
import { setImmediate } from 'node:timers/promises';
import { type Audit, makeAudit } from '../audit/index.ts';
import type { PresentationRecord } from '../evaluation/index.ts';
import type { Assessed, Tested } from './assess.ts';
import type { RunContext } from './context.ts';

/**
 * Asks what stands against the score of a tested model. Nothing of it enters the result hash.
 *
 * @throws Interrupted
 */
export function auditOf(
  { prepared, plan, stopwatch, interruption, observe, ofSeed }: RunContext,
  { presented, origins, predictions, evaluation }: Tested,
  { baselines }: Assessed,
  presentations: readonly PresentationRecord[],
): Promise<Audit> {
  const { resolved, sessions, split, watched, contacts, parts, synthetic, defects } = prepared;
  observe({ kind: 'working', ofSeed, on: 'auditing …' });
  return stopwatch.time('audit', () =>
    makeAudit({
      spec: resolved.spec,
      sessions,
      train: split.train,
      validation: split.validation,
      watched: watched.test,
      contacts,
      present: plan.presentTest,
      presented,
      predictions,
      evaluation,
      clusterings: origins.clusterings,
      baselines,
      presentations,
      otherNetwork: parts.length > 1,
      synthetic: synthetic !== null,
      defects,
      pause: async () => {
        await setImmediate();
        interruption.check();
      },
    }),
  );
}
