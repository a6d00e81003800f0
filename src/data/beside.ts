/** Attacks of another data set beside the normal sessions of the one that trains, as captured or among its hosts. */
import { createTransplant } from '../anomaly/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import type { SessionTable, Sides } from '../session/index.ts';
import type { Read } from './read.ts';
import type { Note, Truth } from './side-labels.ts';

/** Of the data set that trains what is normal, of the other one its attacks. */
export function attacksBeside(
  test: Uint32Array,
  { kindOf }: Truth,
  [, second = []]: Read['parts'],
  note: Note,
): Uint32Array {
  const others = second[0]?.from ?? 0;
  const attacks = test.filter((session) => session >= others && kindOf[session]! > 0);
  const normal = test.filter((session) => session < others && kindOf[session] === 0);
  const all = test.filter((session) => session < others).length;
  note('test', 'an attack of the data set that trains: only those of the other one test', all, normal.length);
  note('test', `normal, of ${second[0]?.dataset}: only its attacks test`, test.length - all, attacks.length);
  return concat(normal, attacks);
}

/**
 * The test with the attacks of the other data set among hosts of the one that trains, in the time of its test.
 *
 * @throws FaultError when no attack can be moved
 */
export function transplanted(
  sessions: SessionTable,
  [, second = []]: Read['parts'],
  { train, test }: Sides,
  note: Note,
): { readonly table: SessionTable; readonly test: Uint32Array } {
  const others = second[0]?.from ?? 0;
  const { refusal, move } = createTransplant(sessions, train);
  const own = test.filter((session) => session < others);
  const refused = new Map<string, number>();
  const moved = test.filter((session) => {
    if (session < others) return false;
    const why = refusal(session);
    if (why !== null) refused.set(why, (refused.get(why) ?? 0) + 1);
    return why === null;
  });
  for (const [why, count] of refused) note('test', `cannot be transplanted: ${why}`, count, 0);
  if (moved.length === 0 || own.length === 0)
    throw new FaultError(
      {
        place: 'test.attacks',
        problem:
          own.length === 0
            ? 'no normal session of the data set that trains is left to test beside the attacks'
            : `no attack of ${second[0]?.dataset} can be transplanted${[...refused].map(([why, count]) => `; ${count} × ${why}`).join('')}`,
        cure: 'use more data, or attacks over the IP version of the network that trains',
      },
      ExitCode.data,
    );
  const { firstRow, seconds } = sessions;
  const starts = Array.from(own, (session) => seconds[firstRow[session]!]!);
  const extreme = (of: (a: number, b: number) => number): number => starts.reduce((a, b) => of(a, b));
  return { table: move(moved, extreme(Math.min), extreme(Math.max)), test: concat(own, moved) };
}

/** Both, one after the other. */
export const concat = (a: Uint32Array, b: Uint32Array): Uint32Array => {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};
