/** Presented sessions as one table: a row a session, a column a token. */

import { timeText } from '../evaluation/index.ts';
import { csvLine } from '../text/index.ts';
import type { Presentation } from './presentation.ts';

type Cell = number | string | null;

/** A column with what a row has there; null where there is no such token. */
export interface Column {
  readonly name: string;
  readonly type: 'INT32' | 'STRING';
  readonly cell: (i: number) => Cell;
}

/** Facts of the sessions: what predictions are joined by, and what is to be predicted. */
export function sessionColumns(shown: Presentation): readonly Column[] {
  const { session, start, protocol, initiator, responder, packets, kinds, kind, classes, label } = shown;
  const text = (name: string, cell: (i: number) => string): Column => ({ name, type: 'STRING', cell });
  const number = (name: string, cell: (i: number) => number): Column => ({ name, type: 'INT32', cell });
  return [
    number('session', (i) => session[i]!),
    text('start', (i) => timeText(Number(start[i]! / 1_000_000_000n), Number(start[i]! % 1_000_000_000n))),
    text('protocol', (i) => (protocol[i] === 6 ? 'tcp' : 'udp')),
    text('initiator', (i) => initiator[i]!),
    text('responder', (i) => responder[i]!),
    number('packets', (i) => packets[i]!),
    text('kind', (i) => kinds[kind[i]!]!),
    text('label', (i) => classes[label[i]!]!),
  ];
}

/** `p0_t0` … : token t of packet p, as the network is shown it: a byte, 256 for END, 257 for a hidden one. */
export function tokenColumns({ P, T, tokens, lengths }: Presentation): readonly Column[] {
  return Array.from({ length: P * T }, (_, place) => {
    const [p, t] = [Math.floor(place / T), place % T];
    const cell = (i: number) => (t < lengths[i * P + p]! ? tokens[i * P * T + place]! : null);
    return { name: `p${p}_t${t}`, type: 'INT32', cell } as const;
  });
}

/** The lines of a table with these columns. */
export function* tableLines(columns: readonly Column[], rows: number): Generator<string, void, void> {
  yield csvLine(columns.map(({ name }) => name));
  for (let i = 0; i < rows; i++) yield csvLine(columns.map(({ cell }) => cell(i) ?? ''));
}
