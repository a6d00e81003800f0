/** Reads a capture and holds everything that is said of it against itself. */
import assert from 'node:assert/strict';
import { type CaptureReading, Fragment, type Packet, readCaptures } from '../../src/capture/index.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { assembleSessions } from '../../src/session/index.ts';
import type { FuzzCase } from './mutate.ts';

/** What came of a case. */
export interface Outcome {
  /** null where the file was refused. */
  readonly records: number | null;
  /** null where none were made. */
  readonly sessions: number | null;
}

type Reading = Pick<FuzzCase, 'tunnels' | 'maxPackets' | 'idleTimeout'> &
  Partial<Pick<FuzzCase, 'key' | 'duplicates'>>;

/**
 * Reads the file of a case through windows of 64 bytes and, where `assemble`, once more through usual ones to sessions:
 * that takes several times as long.
 *
 * @throws what is wrong: an error that is no fault of the data, or numbers that do not add up
 */
export async function check(path: string, fuzzed: Reading, assemble: boolean): Promise<Outcome> {
  const { tunnels } = fuzzed;
  let handed = 0;
  const sink = {
    add(packet: Packet) {
      handed++;
      checkPacket(packet);
    },
  };
  const reading = await orRefused(readCaptures([path], sink, { tunnels, chunkBytes: 64 }));
  if (reading !== null) {
    assert.equal(handed, reading.decoded);
    assert.equal(handed + totalOf(reading.leftOut), reading.packets);
    assert.equal(reading.files[0]!.packets, reading.packets);
  }
  const sessions = assemble ? await checkSessions(path, fuzzed, reading) : null;
  return { records: reading?.packets ?? null, sessions };
}

const totalOf = (list: readonly { readonly packets: number }[]): number =>
  list.reduce((sum, { packets }) => sum + packets, 0);

function checkPacket({
  network,
  transport,
  headerEnd,
  captured,
  nanoseconds,
  seconds,
  fragment,
}: Packet): void {
  assert.ok(nanoseconds >= 0 && nanoseconds < 1e9 && Number.isFinite(seconds));
  assert.ok(headerEnd <= captured && headerEnd <= 65_535);
  assert.ok(network + 20 <= headerEnd);
  if (fragment !== Fragment.later) assert.ok(network + 20 <= transport && transport + 8 <= headerEnd);
}

async function checkSessions(
  path: string,
  { tunnels, maxPackets, idleTimeout, key = 'endpoints', duplicates = 'keep' }: Reading,
  reading: CaptureReading | null,
): Promise<number> {
  const options = {
    protocols: ['tcp', 'udp'],
    idleTimeout,
    minPackets: 1,
    maxPackets,
    tunnels,
    key,
    duplicates,
  } as const;
  const result = await orRefused(assembleSessions([path], options));
  assert.equal(result === null, reading === null);
  if (result === null || reading === null) return 0;
  const { sessions: table, account } = result;
  // The window through which a file is read never matters.
  assert.equal(reading.packets, account.packets);
  assert.deepEqual(reading.warnings, account.warnings.slice(0, reading.warnings.length));
  assert.deepEqual([reading.firstTime, reading.lastTime], [account.firstTime, account.lastTime]);
  assert.equal(account.keptPackets + totalOf(account.leftOut), account.packets);
  assert.equal(
    table.packetsSeen.reduce((sum, n) => sum + n, 0),
    account.keptPackets,
  );
  // Later fragments have no headers of their own.
  assert.ok(totalOf(account.headerLengths) <= account.keptPackets);
  const rows = table.firstRow[table.count]!;
  assert.equal(table.link.length, rows);
  assert.equal(table.headerStart[rows], table.header.length);
  for (let s = 0; s < table.count; s++) {
    const kept = table.firstRow[s + 1]! - table.firstRow[s]!;
    assert.ok(kept >= 1 && kept <= Math.min(maxPackets, table.packetsSeen[s]!));
  }
  for (let row = 0; row < rows; row++) {
    const length = table.headerStart[row + 1]! - table.headerStart[row]!;
    const [network, transport] = [table.network[row]!, table.transport[row]!];
    assert.ok(network + 20 <= transport && transport + 8 <= length && length <= 65_535);
  }
  return table.count;
}

async function orRefused<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    assert.equal(error.exitCode, ExitCode.data);
    assert.ok(error.faults.every(({ problem, cure }) => problem !== '' && cure !== undefined));
    return null;
  }
}
