/** The native engine: C++ kernels, loaded at run time, for the best variant this machine has. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { checkBatch, type Kernels, type Plan, type Steps, weightsOf } from '../plan.ts';
import { decoderGradient } from '../reference/decoder.ts';
import { flatBatch, flatPlan } from './calls.ts';

type Handle = { readonly __engine: unique symbol };
type Floats = readonly Float32Array[];
type FlatBatch = ReturnType<typeof flatBatch>;

/** What the addon exports. */
interface Addon {
  create(variant: string, threads: number): Handle;
  variants(): string[];
  /** f32 FMA rate of one thread with independent chains in registers, GFLOP/s. */
  measurePeak(variant: string): number;
  createSteps(engine: Handle, plan: Int32Array): Handle;
  infer(
    steps: Handle,
    ...args: [
      values: Floats,
      ...FlatBatch,
      logits: Float32Array,
      attention: Floats | null,
      surprise: Float32Array | null,
      meanwhile: (() => void) | null,
    ]
  ): void;
  train(
    steps: Handle,
    ...args: [
      values: Floats,
      ...FlatBatch,
      logits: Float32Array,
      losses: Float64Array,
      gradients: Floats,
      masks: readonly (Float32Array | null)[],
      classWeights: Float64Array | null,
      nats: Float64Array,
      decoderGradient: number,
      meanwhile: (() => void) | null,
    ]
  ): void;
  sumOfSquares(engine: Handle, x: Float32Array): number;
  adam(engine: Handle, ...args: readonly (Float32Array | number)[]): void;
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
  return load()?.measurePeak(variant) ?? 0;
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
  const engine = a.create(chosen, threads);
  return {
    engine: 'native',
    variant: chosen,
    threads,
    createSteps: (plan, capacity) => createSteps(a, engine, plan, capacity),
    sumOfSquares: (x) => a.sumOfSquares(engine, x),
    adam(p, g, m, v, { scale, beta1, beta2, epsilon, rate, correction }) {
      a.adam(engine, p, g, m, v, scale, beta1, beta2, epsilon, rate, correction);
    },
  };
}

function createSteps(a: Addon, engine: Handle, plan: Plan, capacity: number): Steps {
  const handle = a.createSteps(engine, flatPlan(plan, capacity));
  const weights = weightsOf(plan);
  const values = weights.map(({ value }) => value);
  const gradients = weights.map(({ gradient }) => gradient);
  const masks = plan.head.map(({ mask }) => mask);
  const classWeights = plan.classWeights && Float64Array.from(plan.classWeights);
  const logits = new Float32Array(capacity * plan.head.at(-1)!.units);
  const losses = new Float64Array(capacity);
  const nats = new Float64Array(capacity);
  return {
    logits,
    losses,
    nats,
    train(batch, meanwhile) {
      checkBatch(plan, capacity, batch);
      nats.fill(0);
      a.train(
        handle,
        values,
        ...flatBatch(batch),
        logits,
        losses,
        gradients,
        masks,
        classWeights,
        nats,
        decoderGradient(plan, batch),
        meanwhile ?? null,
      );
    },
    infer(batch, attention, meanwhile, surprise) {
      checkBatch(plan, capacity, batch);
      const written = attention && [
        attention.tokenScores,
        attention.tokenWeights,
        attention.packetScores,
        attention.packetWeights,
      ];
      a.infer(handle, values, ...flatBatch(batch), logits, written, surprise ?? null, meanwhile ?? null);
    },
  };
}
