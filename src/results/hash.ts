/** The result hash: one text that stands for everything that a run found. */
import { createHash } from 'node:crypto';
import { littleEndian } from '../disk/index.ts';
import type { ConfusionMatrix } from '../evaluation/index.ts';
import type { Parameter } from '../network/index.ts';
import { canonicalJson } from '../spec/index.ts';

/** What a network made of N sessions, C classes. */
export interface Classified {
  /** [N]: actual classes. */
  readonly labels: Uint8Array;
  /** [N]: predicted classes. */
  readonly predicted: Uint8Array;
  /** [N, C] */
  readonly probabilities: Float32Array;
  /** [C, C]: rows actual, columns predicted. */
  readonly matrix: ConfusionMatrix;
}

/** The weights and what they made of the test sessions, and of these in other presentations by their names. */
export interface Result extends Classified {
  readonly parameters: readonly Parameter[];
  readonly presentations?: readonly (Classified & { readonly name: string })[];
}

/**
 * SHA-256 (hex) of: a line of canonical JSON with names and shapes of the parameters, N, C and the confusion counts; then
 * the weights, each parameter in order, f32 little endian; then labels, predicted classes, and probabilities (f32 little
 * endian); where there are other presentations, their names and confusion counts are in that line and their labels, classes and
 * probabilities follow in the order of the names. No time, path, machine, engine or number of threads enters it.
 */
export function resultHash({ parameters, presentations = [], ...tested }: Result): string {
  const { labels, matrix } = tested;
  const presented = presentations.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const header = {
    format: 1,
    parameters: parameters.map(({ name, shape }) => [name, ...shape]),
    sessions: labels.length,
    classes: matrix.length,
    matrix,
    ...(presented.length === 0
      ? {}
      : { presentations: presented.map((one) => ({ name: one.name, matrix: one.matrix })) }),
  };
  const hash = createHash('sha256').update(`${canonicalJson(header)}\n`);
  for (const { data } of parameters) hash.update(littleEndian(data));
  for (const one of [tested, ...presented])
    hash.update(one.labels).update(one.predicted).update(littleEndian(one.probabilities));
  return hash.digest('hex');
}
