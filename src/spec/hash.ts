/** The hash that names what a spec asks for. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import type { ResolvedDataset } from './dataset.ts';
import type { ExperimentSpec } from './schema.ts';

/**
 * SHA-256 (hex) of the canonical JSON of a resolved spec, without what cannot change a result:
 *
 * - `$schema`, `name` and `description` are for people (the name is the folder above the hash's);
 * - `sweep` says what other specs there are;
 * - `seeds` say how many runs there are; each has its own place below the hash;
 * - the engines native and reference give the same bits, so that they share a hash; tfjs does not and has its own;
 * - the name of a data set stands for what is in it: a synthetic one for its recipe, captures for their contents.
 *
 * @param dataHashes SHA-256 of every capture in the order in which they are read. Without them the paths, as the spec
 *   has them, stand for the captures.
 * @param canonical canonicalJson, or what gives the same
 */
export function hashSpec(
  spec: ExperimentSpec,
  dataset: ResolvedDataset,
  dataHashes?: readonly string[],
  canonical: (value: unknown) => string = canonicalJson,
): string {
  const {
    $schema: _schema,
    extends: _extends,
    name: _name,
    description: _description,
    seeds: _seeds,
    sweep: _sweep,
    engine,
    evaluation: { baselines, threshold, ...evaluation },
    ...rest
  } = spec;
  const essence = {
    ...rest,
    // Fields that came later: what they stand for where they are missing has no place in the hash.
    evaluation: {
      ...evaluation,
      ...(baselines === false ? { baselines } : {}),
      ...(threshold === undefined || threshold === 'f1' ? {} : { threshold }),
    },
    dataset: essenceOf(dataset, dataHashes),
    ...(engine === 'tfjs' ? { engine } : {}),
  };
  return createHash('sha256').update(canonical(essence)).digest('hex');
}

function essenceOf(dataset: ResolvedDataset, dataHashes: readonly string[] | undefined): object {
  if (dataset.kind === 'synthetic') return { synthetic: dataset.recipe };
  return dataHashes === undefined ? { captures: dataset.captures } : { contents: dataHashes };
}
