/** What a seed decides: everything that is drawn in a run, or a part of it. */
import type { ResolvedSpec } from './compile.ts';
import type { ExperimentSpec } from './schema.ts';
import { VARIED_BY_DEFAULT, type Varied } from './varied.ts';

/** The seed of what does not vary. */
const FIXED = 1;

/** The seed that something is drawn by in the run of a seed: that seed, or 1 where it does not vary. */
export function seedFor(
  { vary = VARIED_BY_DEFAULT }: Pick<ExperimentSpec, 'vary'>,
  what: Exclude<Varied, 'split' | 'data'>,
  seed: number,
): number {
  return vary.includes(what) ? seed : FIXED;
}

/** Whether runs of different seeds have different sessions, or other sides of them. */
export const variesSessions = ({ vary = [] }: Pick<ExperimentSpec, 'vary'>): boolean =>
  vary.includes('split') || vary.includes('data');

/** Seeds of a protocol or a recipe that belong to runs next to each other are so far apart. */
const STRIDE = 1_000_003;
/** Runs whose strides stay among whole numbers. */
const MOST = 1_000_000_000;

/** The spec as the run of a seed reads its data: for seed 1 with the seeds that stand in it, for others with their own. */
export function drawnFor(resolved: ResolvedSpec, seed: number): ResolvedSpec {
  const { spec, dataset, testDataset } = resolved;
  if (!variesSessions(spec)) return resolved;
  const moved = (own: number): number => own + STRIDE * ((seed - FIXED) % MOST);
  const { protocol, vary } = spec;
  const split = vary!.includes('split') && 'seed' in protocol;
  const draw = <D extends ResolvedSpec['testDataset']>(of: D): D =>
    vary!.includes('data') && of?.kind === 'synthetic'
      ? { ...of, recipe: { ...of.recipe, seed: moved(of.recipe.seed) } }
      : of;
  return {
    ...resolved,
    spec: split ? { ...spec, protocol: { ...protocol, seed: moved(protocol.seed) } } : spec,
    dataset: draw(dataset),
    testDataset: draw(testDataset),
  };
}
