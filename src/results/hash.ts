/** The result hash: one text that stands for everything that a run found. */
import { createHash } from 'node:crypto';
import { littleEndian } from '../disk/index.ts';
import type { ConfusionMatrix } from '../evaluation/index.ts';
import type { Parameter } from '../network/index.ts';
import { canonicalJson } from '../spec/index.ts';

/** N test sessions, C classes. */
export interface Result {
  readonly parameters: readonly Parameter[];
  /** [N]: actual classes. */
  readonly labels: Uint8Array;
  /** [N]: predicted classes. */
  readonly predicted: Uint8Array;
  /** [N, C] */
  readonly probabilities: Float32Array;
  /** [C, C]: rows actual, columns predicted. */
  readonly matrix: ConfusionMatrix;
}

/**
 * SHA-256 (hex) of: a line of canonical JSON with names and shapes of the parameters, N, C and the confusion counts; then
 * the weights, each parameter in order, f32 little endian; then labels, predicted classes, and probabilities (f32 little
 * endian). No time, path, machine, engine or number of threads enters it.
 */
export function resultHash({ parameters, labels, predicted, probabilities, matrix }: Result): string {
  const header = {
    format: 1,
    parameters: parameters.map(({ name, shape }) => [name, ...shape]),
    sessions: labels.length,
    classes: matrix.length,
    matrix,
  };
  const hash = createHash('sha256').update(`${canonicalJson(header)}\n`);
  for (const { data } of parameters) hash.update(littleEndian(data));
  hash.update(labels).update(predicted).update(littleEndian(probabilities));
  return hash.digest('hex');
}
