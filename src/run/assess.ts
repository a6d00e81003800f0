/** What is found beside the evaluation itself, once the model is what it will be. */
import { type Baseline, type BaselineRun, baselineTable, runBaselines } from '../baseline/index.ts';
import { type SeedContext, seedPrefix } from './context.ts';
import type { Tested } from './test.ts';

/** What evaluation.json holds beside the evaluation. */
export interface Findings {
  /** null where the spec wants none. */
  readonly baselines: readonly Baseline[] | null;
}

export interface Assessed {
  readonly findings: Findings;
  /** What the baselines made of every test session. */
  readonly judged: BaselineRun | null;
}

/**
 * Assesses a tested model. Nothing of it enters the result hash.
 *
 * @throws Interrupted
 */
export async function assess(context: SeedContext, tested: Tested): Promise<Assessed> {
  const { watch } = context;
  return watch.time('assessment', async () => {
    const judged = await judge(context, tested);
    return {
      findings: { baselines: judged === null ? null : baselineTable(judged, tested.kinds) },
      judged,
    };
  });
}

async function judge(context: SeedContext, tested: Tested): Promise<BaselineRun | null> {
  const { prepared, plan, seed, reporter, interruption } = context;
  if (prepared.resolved.spec.evaluation.baselines === false) return null;
  const judged = await runBaselines({
    present: plan.present,
    presentTest: plan.presentTest,
    train: prepared.split.train,
    test: prepared.split.test,
    seed,
    progress(what) {
      interruption.check();
      reporter.status(() => seedPrefix(context) + what);
    },
  });
  reporter.clear();
  const { kinds } = tested.predicted;
  const different = kinds.findIndex((kind, i) => kind !== judged.kinds[i]);
  if (different >= 0)
    throw new Error(`test session ${different} was presented to the baselines as another kind`);
  return judged;
}
