/** Whether this machine computes what it should, and how fast it could. */
import { measurePeak, nativeKernels, nativeVariants, referenceKernels } from '../engine/index.ts';
import { checkVariant, forcedVariant, REFERENCE, SELF_TEST_HASH, selfTest } from '../network/index.ts';
import { type CodeVersion, codeVersion } from '../results/index.ts';
import { describeMachine, type Machine } from './machine.ts';
import { findOptionalPrograms, type OptionalProgram } from './optional-programs.ts';

export interface DiagnoseOptions {
  /** Only this variant; all when undefined. */
  readonly variant?: string;
  readonly threads: readonly number[];
  /** The hash that the self-test must give. */
  readonly expected?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface SelfTestResult {
  readonly variant: string;
  readonly threads: number;
  readonly hash: string;
  readonly ok: boolean;
  readonly milliseconds: number;
}

export interface Diagnosis {
  readonly code: CodeVersion;
  readonly machine: Machine;
  /** What SESSIONLAB_VARIANT says; null when it is not set. */
  readonly forced: string | null;
  /** GFLOP/s of f32 FMA of one thread, by variant. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly selfTest: {
    readonly expected: string;
    readonly ok: boolean;
    readonly results: readonly SelfTestResult[];
  };
  readonly services: readonly OptionalProgram[];
}

/**
 * Looks at everything: machine, engine, peaks, the self-test on every variant and number of threads, optional services.
 *
 * @throws FaultError when a variant is asked for that does not run here
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { env = process.env, expected = SELF_TEST_HASH } = options;
  const available = nativeVariants();
  const machine = describeMachine(env);
  if (options.variant !== undefined) checkVariant('--variant', options.variant, [...available, REFERENCE]);
  const tested = options.variant === undefined ? [...available, REFERENCE] : [options.variant];
  const peaks = Object.fromEntries(
    tested.filter((variant) => variant !== REFERENCE).map((variant) => [variant, measurePeak(variant)]),
  );
  const results = tested.flatMap((variant) =>
    (variant === REFERENCE ? [1] : options.threads).map((threads) => testOnce(variant, threads, expected)),
  );
  return {
    code: await codeVersion(),
    machine,
    forced: forcedVariant(env),
    peaks,
    selfTest: { expected, ok: results.every(({ ok }) => ok), results },
    services: await findOptionalPrograms(env),
  };
}

function testOnce(variant: string, threads: number, expected: string): SelfTestResult {
  const kernels = variant === REFERENCE ? referenceKernels() : nativeKernels(threads, variant);
  const start = performance.now();
  const hash = selfTest(kernels);
  const milliseconds = performance.now() - start;
  return { variant, threads, hash, ok: hash === expected, milliseconds };
}
