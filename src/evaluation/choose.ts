/** Which test sessions are dumped with their attention. */
import { type Fault, FaultError } from '../fault/index.ts';
import { permutation, stream } from '../random/index.ts';

/** The part `attention` of a spec. */
export interface AttentionOptions {
  /** Sessions of each group; "named" ignores it. */
  readonly sessions: number;
  /**
   * `per-kind`: some of each actual class. `hits-and-misses`: of each actual class some that were predicted right and some
   * that were not. `named`: those in `ids`.
   */
  readonly choose: 'per-kind' | 'hits-and-misses' | 'named';
  /** Ids of sessions: indices in the session table. */
  readonly ids?: readonly number[];
}

/**
 * Positions in the test set, ascending, each once. Those of a group are drawn by the stream "attention" of the seed: the
 * first in time would all be of one hour. A group with fewer sessions than asked for gives what it has.
 *
 * @param labels [N] actual classes in test order
 * @param predictions [N] predicted classes
 * @param sessions [N] ids of the test sessions; only "named" reads it
 * @throws FaultError when a named session is not in the test set.
 */
export function chooseSessions(
  options: AttentionOptions,
  labels: Uint8Array,
  predictions: Uint8Array,
  sessions: Uint32Array,
  seed: number,
): number[] {
  if (labels.length !== predictions.length || labels.length !== sessions.length) {
    const lengths = `${labels.length} labels, ${predictions.length} predictions, ${sessions.length} sessions`;
    throw new RangeError(`attention sessions: got ${lengths}, expected as many of each`);
  }
  if (options.choose === 'named') return namedSessions(options.ids ?? [], sessions);
  const taken = new Map<number, number>();
  const chosen: number[] = [];
  for (const i of permutation(labels.length, stream(seed, 'attention'))) {
    const hit = options.choose === 'hits-and-misses' && labels[i] === predictions[i];
    const group = 2 * labels[i]! + (hit ? 1 : 0);
    const count = taken.get(group) ?? 0;
    if (count >= options.sessions) continue;
    taken.set(group, count + 1);
    chosen.push(i);
  }
  return chosen.sort((a, b) => a - b);
}

function namedSessions(ids: readonly number[], sessions: Uint32Array): number[] {
  const positions = new Map(Array.from(sessions, (id, position) => [id, position]));
  const faults: Fault[] = [];
  const chosen = new Set<number>();
  ids.forEach((id, i) => {
    const position = positions.get(id);
    if (position !== undefined) chosen.add(position);
    else {
      faults.push({
        place: `/attention/ids/${i}`,
        problem: `session ${id} is not in the test set`,
        cure: testSetRange(sessions),
      });
    }
  });
  if (faults.length > 0) throw new FaultError(faults);
  return [...chosen].sort((a, b) => a - b);
}

function testSetRange(sessions: Uint32Array): string {
  if (sessions.length === 0) return 'the test set is empty';
  let least = sessions[0]!;
  let most = sessions[0]!;
  for (const id of sessions) {
    if (id < least) least = id;
    if (id > most) most = id;
  }
  return `name sessions from ${least} to ${most}; \`sessionlab explain\` and \`sessionlab inspect\` show ids`;
}
