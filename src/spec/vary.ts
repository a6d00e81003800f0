/** What a seed decides: everything that is drawn in a run, or a part of it. */
import type { ResolvedDataset } from './dataset.ts';
import type { ExperimentSpec } from './schema.ts';
import type { Varied } from './varied.ts';

/** What it decides where the spec says nothing. */
const BY_DEFAULT: readonly Varied[] = ['weights', 'order', 'training-morphs', 'test-morphs'];

/** The seed of what does not vary. */
const FIXED = 1;

/** Whether this is what varies where a spec says nothing. */
export const isDefaultVary = (vary: readonly string[]): boolean =>
  vary.length === BY_DEFAULT.length && BY_DEFAULT.every((one) => vary.includes(one));

/** The seed that something is drawn by in the run of a seed: that seed, or 1 where it does not vary. */
export function seedFor(
  { vary = BY_DEFAULT }: Pick<ExperimentSpec, 'vary'>,
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

/** What of a resolved spec a seed can change. */
interface Drawn {
  readonly spec: ExperimentSpec;
  readonly dataset: ResolvedDataset;
  readonly testDataset: ResolvedDataset | null;
}

/** The spec as the run of a seed reads its data: for seed 1 with the seeds that stand in it, for others with their own. */
export function drawnFor<R extends Drawn>(resolved: R, seed: number): R {
  const { spec, dataset, testDataset } = resolved;
  if (!variesSessions(spec)) return resolved;
  const moved = (own: number): number => own + STRIDE * ((seed - FIXED) % MOST);
  const { protocol, vary } = spec;
  const split = vary!.includes('split') && 'seed' in protocol;
  const draw = <D extends ResolvedDataset | null>(of: D): D =>
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
