/**
 * Checkpoints: everything that the rest of a run depends on, in one file that is there whole or not at all.
 *
 *   sessionlab checkpoint 1 <SHA-256 of the rest, hex>\n<safetensors: weights, moments, best weights; the state in the metadata>
 *
 * Streams of random numbers need no state of their own: each is made anew from its name, of which epoch, step and session
 * are parts.
 */
import { readFileSync } from 'node:fs';
import { codeOf, sha256, writeWhole } from '../disk/index.ts';
import { FaultError } from '../fault/index.ts';
import type { Parameter } from '../network/index.ts';
import type { JournalPosition } from '../results/index.ts';
import { decodeSafetensors, encodeSafetensors } from '../results/index.ts';
import { canonicalJson, isObject } from '../spec/index.ts';
import { type LearningState, misfitOfState } from './checkpoint-state.ts';

/** Who may go on from a checkpoint: the same run by code that would have computed the same. */
export interface Identity {
  readonly specHash: string;
  readonly seed: number;
  /** Of the code that can change a result, see CodeFacts. */
  readonly code: string;
}

export interface CheckpointState {
  readonly learning: LearningState;
  readonly journal: JournalPosition;
  /** For provenance alone. */
  readonly clock: ClockState;
}

/** What of a run tells of time. */
export interface ClockState {
  readonly started: string;
  /** Milliseconds by what they were spent on. */
  readonly durations: Readonly<Record<string, number>>;
  /** When it went on, and after which step. */
  readonly continued: readonly { readonly step: number; readonly time: string }[];
}

export interface Checkpoint {
  readonly state: CheckpointState;
  readonly tensors: readonly Parameter[];
}

const MAGIC = 'sessionlab checkpoint 1 ';
const HEAD = MAGIC.length + 64 + 1;

/**
 * Writes a checkpoint in the place of the one before.
 *
 * @throws FaultError (machine) when it cannot be written; then the one before is still there
 */
export async function writeCheckpoint(
  path: string,
  identity: Identity,
  { state, tensors }: Checkpoint,
): Promise<void> {
  const metadata = { identity: canonicalJson(identity), state: JSON.stringify(state) };
  const body = [...encodeSafetensors({ parameters: tensors, metadata })];
  await writeWhole(path, [`${MAGIC}${sha256(...body)}\n`, ...body]);
}

/**
 * Reads a checkpoint.
 *
 * @returns null where there is none; why it is refused where it is damaged or of another run
 */
export function readCheckpoint(path: string, identity: Identity): Checkpoint | { refused: string } | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    return { refused: 'cannot be read' };
  }
  const head = bytes.toString('latin1', 0, HEAD);
  if (!head.startsWith(MAGIC)) return { refused: 'is no checkpoint of this version' };
  const body = bytes.subarray(HEAD);
  if (head !== `${MAGIC}${sha256(body)}\n`) return { refused: 'is damaged' };
  try {
    const { parameters: tensors, metadata } = decodeSafetensors(body, path);
    const found: unknown = JSON.parse(metadata.identity!);
    if (!isObject(found)) return { refused: 'is damaged' };
    if (found.code !== identity.code) return { refused: 'was made by another version of the code' };
    if (canonicalJson(found) !== canonicalJson(identity)) return { refused: 'is of another run' };
    const state: unknown = JSON.parse(metadata.state!);
    const problem = misfitOfState(state);
    return problem === null
      ? { state: state as CheckpointState, tensors }
      : { refused: `is damaged (${problem})` };
  } catch (error) {
    if (error instanceof FaultError || error instanceof SyntaxError) return { refused: 'is damaged' };
    throw error;
  }
}

/**
 * Writes the tensors of a checkpoint to those of a model, by name and shape.
 *
 * @returns false when they are not the same ones; then nothing was written
 */
export function writeTensors(from: readonly Parameter[], to: readonly Parameter[]): boolean {
  const byName = new Map(from.map((tensor) => [tensor.name, tensor]));
  const isSame = ({ name, shape, data }: Parameter): boolean => {
    const found = byName.get(name);
    return found?.data.length === data.length && found.shape.join() === shape.join();
  };
  if (byName.size !== to.length || !to.every(isSame)) return false;
  for (const { name, data } of to) data.set(byName.get(name)!.data);
  return true;
}
