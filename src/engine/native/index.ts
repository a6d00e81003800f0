/** The native engine: C++ kernels, loaded at run time, for the best variant this machine has. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { checkBatch, type Kernels, type Plan, type Steps } from '../plan.ts';
import { flatPlan, flatSteps, type Numbers } from './calls.ts';

type Handle = { readonly __engine: unique symbol };

/** What the addon exports. */
interface Addon {
  /** Names of the variants that this machine can run, best first; their numbers are their places. */
  variants(): string[];
  create(variant: number, threads: number): Handle;
  /** f32 FMA rate of one thread with independent chains in registers, GFLOP/s. */
  measurePeak(variant: number): number;
  createSteps(engine: Handle, plan: Int32Array): Handle;
  runStep(steps: Handle, arrays: readonly (Numbers | null)[], meanwhile: (() => void) | null): void;
  sumOfSquares(engine: Handle, x: Float32Array): number;
  adam(
    engine: Handle,
    p: Float32Array,
    g: Float32Array,
    m: Float32Array,
    v: Float32Array,
    constants: Float32Array,
  ): void;
}

const built = (name: string): string => fileURLToPath(new URL(`./build/${name}`, import.meta.url));
let addon: Addon | undefined;

function load(): Addon | undefined {
  const path = built('sessionlab.node');
  if (addon === undefined && existsSync(path)) addon = createRequire(import.meta.url)(path) as Addon;
  return addon;
}

/** Variants that this machine can run, best first; none when the engine is not built. */
export function nativeVariants(): readonly string[] {
  return load()?.variants() ?? [];
}

/** The compiler that built the engine, or undefined. */
export function nativeCompiler(): string | undefined {
  if (load() === undefined || !existsSync(built('stamp.json'))) return undefined;
  return (JSON.parse(readFileSync(built('stamp.json'), 'utf8')) as { compiler: string }).compiler;
}

/** GFLOP/s of f32 FMA that one thread reaches with this variant, measured now, for about 0.2 s. */
export function measurePeak(variant: string): number {
  const place = nativeVariants().indexOf(variant);
  return place < 0 ? 0 : load()!.measurePeak(place);
}

/**
 * The native kernels on this many threads.
 *
 * @param variant one of nativeVariants(); the best when not given.
 * @throws RangeError when the engine is not built or the machine lacks the variant.
 */
export function nativeKernels(threads: number, variant?: string): Kernels {
  const a = load();
  if (a === undefined) throw new RangeError('the native engine is not built');
  const available = a.variants();
  const chosen = variant ?? available[0] ?? 'portable';
  if (!available.includes(chosen))
    throw new RangeError(`engine variant: got ${chosen}, this machine runs ${available.join(', ')}`);
  const engine = a.create(available.indexOf(chosen), threads);
  return {
    engine: 'native',
    variant: chosen,
    threads,
    createSteps: (plan, capacity) => createSteps(a, engine, plan, capacity),
    sumOfSquares: (x) => a.sumOfSquares(engine, x),
    adam(p, g, m, v, { scale, beta1, beta2, epsilon, rate, correction }) {
      a.adam(engine, p, g, m, v, Float32Array.of(scale, beta1, beta2, epsilon, rate, correction));
    },
  };
}

function createSteps(a: Addon, engine: Handle, plan: Plan, capacity: number): Steps {
  const handle = a.createSteps(engine, flatPlan(plan, capacity));
  const logits = new Float32Array(capacity * plan.head.at(-1)!.units);
  const losses = new Float64Array(capacity);
  const nats = new Float64Array(capacity);
  const divergences = new Float64Array(capacity);
  const arrays = flatSteps(plan, { logits, losses, nats, divergences });
  return {
    logits,
    losses,
    nats,
    divergences,
    train(batch, meanwhile, latent) {
      checkBatch(plan, capacity, batch);
      a.runStep(handle, arrays.train(batch, latent), meanwhile ?? null);
    },
    infer(batch, attention, meanwhile, decoding) {
      checkBatch(plan, capacity, batch);
      a.runStep(handle, arrays.infer(batch, attention, decoding), meanwhile ?? null);
    },
  };
}
