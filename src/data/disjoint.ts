/** Keeps training and test apart: in time, by endpoints, by hosts. */
import { endsKey, type SessionTable, type Shared } from '../session/index.ts';

/**
 * Training sessions that are over well before testing begins.
 *
 * @param gap seconds between the last kept packet of a training session and the first packet of all test sessions
 */
export function purgeBefore(
  sessions: SessionTable,
  train: Uint32Array,
  test: Uint32Array,
  gap: number,
): Uint32Array {
  const { firstRow, seconds, nanoseconds } = sessions;
  const time = (row: number): number => seconds[row]! + nanoseconds[row]! / 1e9;
  let border = Number.POSITIVE_INFINITY;
  for (const session of test) border = Math.min(border, time(firstRow[session]!));
  return train.filter((session) => {
    for (let row = firstRow[session]!; row < firstRow[session + 1]!; row++)
      if (time(row) >= border - gap) return false;
    return true;
  });
}

/** Test sessions of which training has no other with the same endpoints, or hosts, in either direction. */
export function withoutShared(
  sessions: SessionTable,
  train: Uint32Array,
  test: Uint32Array,
  shared: Shared,
): Uint32Array {
  const trained = new Set<string>();
  for (const session of train) trained.add(endsKey(sessions, session, shared));
  return test.filter((session) => !trained.has(endsKey(sessions, session, shared)));
}
