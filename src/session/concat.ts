/** Several tables of sessions as one. */
import { ExitCode, FaultError } from '../fault/index.ts';
import type { SessionTable } from './table.ts';

/**
 * The sessions of all tables, one table after the other: session s of table t becomes session s + Σ counts before t.
 *
 * @throws FaultError (machine) when there are more header bytes than 32 bits can count
 */
export function concatSessions(tables: readonly SessionTable[]): SessionTable {
  if (tables.length === 1) return tables[0]!;
  const bytes = tables.reduce((sum, { header }) => sum + header.length, 0);
  if (bytes > 0xffffffff)
    throw new FaultError(
      {
        place: 'captures',
        problem: `${bytes} header bytes to keep, at most ${0xffffffff} are possible`,
        cure: 'use fewer days or lower sessions.maxPackets',
      },
      ExitCode.machine,
    );
  const all = <K extends keyof SessionTable>(key: K) => tables.map((table) => table[key]);
  return {
    count: tables.reduce((sum, { count }) => sum + count, 0),
    firstRow: joinStarts(all('firstRow')),
    packetsSeen: join(all('packetsSeen'), Uint32Array),
    protocol: join(all('protocol'), Uint8Array),
    headerStart: joinStarts(all('headerStart')),
    header: join(all('header'), Uint8Array),
    link: join(all('link'), Uint8Array),
    network: join(all('network'), Uint16Array),
    transport: join(all('transport'), Uint16Array),
    fromInitiator: join(all('fromInitiator'), Uint8Array),
    seconds: join(all('seconds'), Float64Array),
    nanoseconds: join(all('nanoseconds'), Uint32Array),
    originalLength: join(all('originalLength'), Uint32Array),
  };
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function join<C extends Column>(parts: readonly C[], type: new (length: number) => C): C {
  const whole = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** [N + 1] each: where things start, and where the last one ends. */
function joinStarts(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, { length }) => sum + length - 1, 0) + 1);
  let at = 0;
  let base = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) whole[at + i] = base + part[i]!;
    at += part.length - 1;
    base = whole[at]!;
  }
  return whole;
}
