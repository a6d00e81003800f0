/** The machine and the code: what a measurement can be compared with. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { nativeCompiler, nativeVariants } from '../engine/index.ts';
import { type Environment, usedVariant } from '../network/index.ts';

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
export function describeMachine(env: Environment): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    freeMemory: freemem(),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.versions.node,
    compiler: nativeCompiler() ?? null,
    variant: usedVariant(env),
    variants: nativeVariants(),
  };
}

/** The code that runs. */
export interface CodeVersion {
  readonly version: string;
  /** Null where there is no git checkout, or no git. */
  readonly commit: string | null;
  /** Files that differ from the commit, also new ones; null without a commit. */
  readonly changedFiles: number | null;
}

/** Version of the package, commit of the checkout. */
export function describeCode(): CodeVersion {
  const { version } = JSON.parse(readFileSync(`${projectFolder}package.json`, 'utf8')) as { version: string };
  // Not the repository of something that merely contains this folder.
  const top = git('rev-parse', '--show-prefix');
  const commit = top === '' ? git('rev-parse', 'HEAD') : null;
  const status = commit === null ? null : git('status', '--porcelain');
  return {
    version,
    commit,
    changedFiles: status === null ? null : status.split('\n').filter((line) => line !== '').length,
  };
}

function git(...args: readonly string[]): string | null {
  try {
    return execFileSync('git', ['-C', projectFolder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    }).trim();
  } catch {
    return null;
  }
}
