/** The machine: what a measurement can be compared with. */
import { freemem, release, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { nativeCompiler, nativeVariants } from '../engine/index.ts';
import { usedVariant } from '../network/index.ts';
import { machineFacts } from '../results/index.ts';

/** The project's own folder, wherever it is called from. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

export interface Machine {
  readonly cpu: string;
  /** Threads that this process may use. */
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly freeMemory: number;
  /** `Linux 6.1.0 x64`. */
  readonly system: string;
  readonly node: string;
  /** What built the native engine; null when it is not built. */
  readonly compiler: string | null;
  /** What models compute with: a variant of the native engine, or `typescript`. */
  readonly variant: string;
  /** Variants of the native engine that run here, best first. */
  readonly variants: readonly string[];
}

/**
 * What there is, now.
 *
 * @throws FaultError when SESSIONLAB_VARIANT names a variant that does not run here
 */
export function describeMachine(env: NodeJS.ProcessEnv): Machine {
  const { cpu, cores, memory, node } = machineFacts();
  return {
    cpu,
    cores,
    memory,
    freeMemory: freemem(),
    system: `${type()} ${release()} ${process.arch}`,
    node,
    compiler: nativeCompiler() ?? null,
    variant: usedVariant(env),
    variants: nativeVariants(),
  };
}
