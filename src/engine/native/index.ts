/** The native engine: C++ kernels, loaded at run time, for the best variant this machine has. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Kernels } from '../kernels.ts';
import { type Argument, calls, type Operation } from './calls.ts';

type Handle = { readonly __engine: unique symbol };

/** A kernel of the addon, on flat arguments. */
type FlatKernel<K extends Operation> = (
  handle: Handle,
  ...args: readonly Argument[]
) => ReturnType<Kernels[K]>;

/** What the addon exports. */
interface Addon {
  create(variant: string, threads: number): Handle;
  variants(): string[];
  /** f32 FMA rate of one thread with independent chains in registers, GFLOP/s. */
  measurePeak(variant: string): number;
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
  const h = a.create(chosen, threads);
  const kernel = <K extends Operation>(name: K) => {
    const call = (a as unknown as { readonly [N in K]: FlatKernel<N> })[name];
    return (...args: Parameters<Kernels[K]>): ReturnType<Kernels[K]> => call(h, ...calls[name](...args));
  };
  const names = Object.keys(calls) as Operation[];
  return {
    engine: 'native',
    variant: chosen,
    threads,
    ...(Object.fromEntries(names.map((name) => [name, kernel(name)])) as Pick<Kernels, Operation>),
  };
}
