/** Which variant of the engine computes, and whether one that is asked for can. */
import { nativeVariants } from '../engine/index.ts';
import { FaultError, suggest } from '../fault/index.ts';

/** The reference engine, in the place of a variant. */
export const REFERENCE = 'typescript';

/** How to get the native engine. */
export const BUILD_HINT =
  'install a C++ compiler (Debian, Ubuntu: apt-get install g++; macOS: xcode-select --install) and run npm start, which builds it';

/** What SESSIONLAB_VARIANT says; null when it is not set. */
export function forcedVariant(env: NodeJS.ProcessEnv): string | null {
  const { SESSIONLAB_VARIANT: forced = '' } = env;
  return forced === '' ? null : forced;
}

/**
 * The variant that models compute with.
 *
 * @throws FaultError when SESSIONLAB_VARIANT names one that does not run here
 */
export function usedVariant(env: NodeJS.ProcessEnv): string {
  const available = nativeVariants();
  const forced = forcedVariant(env);
  if (forced !== null) checkVariant('SESSIONLAB_VARIANT', forced, available);
  return forced ?? available[0] ?? REFERENCE;
}

/** @throws FaultError when a variant that was named at this place is not available */
export function checkVariant(place: string, variant: string, available: readonly string[]): void {
  if (available.includes(variant)) return;
  const named = `got ${JSON.stringify(variant)}`;
  if (nativeVariants().length === 0)
    throw new FaultError({
      place,
      problem: `${named}, but the native engine is not built`,
      cure: BUILD_HINT,
    });
  const near = suggest(variant, available);
  throw new FaultError({
    place,
    problem: `${named}, this machine runs ${available.join(', ')}`,
    cure: near === undefined ? 'leave it out for the best' : `did you mean "${near}"?`,
  });
}
