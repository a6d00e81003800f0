import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FileQueue } from '../../src/capture/file-queue.ts';
import { FaultError } from '../../src/fault/index.ts';
import fc from '../support/fast-check.ts';
import { frame, pcap, put, readAll, temporaryFolder } from './build.ts';

const folder = temporaryFolder();

/** A capture whose packets have these times, in seconds. */
function capture(name: string, seconds: readonly number[], fromPort = 1000): string {
  return put(folder, name, pcap(seconds.map((time) => ({ seconds: time, bytes: frame({ fromPort }) }))));
}

const order = (packets: readonly { file: number; record: number }[]) =>
  packets.map(({ file, record }) => `${file}.${record}`).join(' ');

describe('several files', () => {
  it('are read as one, ordered in time', async () => {
    const { packets, reading } = await readAll([
      capture('a', [1, 4, 5]),
      capture('b', [2, 3, 6]),
      capture('c', [7]),
    ]);
    assert.equal(order(packets), '0.1 1.1 1.2 0.2 0.3 1.3 2.1');
    assert.deepEqual(
      reading.files.map(({ packets }) => packets),
      [3, 3, 1],
    );
  });

  it('take their turns in the order of their names when times are equal', async () => {
    const { packets } = await readAll([capture('a', [1, 1, 2]), capture('b', [1, 2, 2])]);
    assert.equal(order(packets), '0.1 0.2 1.1 0.3 1.2 1.3');
  });

  it('keep the order of each capture even where its clock goes backwards', async () => {
    const { packets } = await readAll([capture('a', [5, 3, 9]), capture('b', [4, 6])]);
    assert.equal(order(packets), '1.1 0.1 0.2 1.2 0.3');
  });

  it('may be empty of packets', async () => {
    const { packets, reading } = await readAll([capture('a', []), capture('b', [1]), capture('c', [])]);
    assert.equal(order(packets), '1.1');
    assert.equal(reading.files.length, 3);
  });

  it('are all named when some are no captures, and none is read', async () => {
    let given = 0;
    const paths = [put(folder, 'x.txt', 'hello'), capture('a', [1]), put(folder, 'empty', '')];
    await assert.rejects(readAll(paths, { progress: () => given++ }), (error) => {
      assert.ok(error instanceof FaultError);
      assert.equal(error.exitCode, 3);
      assert.equal(error.faults.length, 2);
      assert.match(
        error.message,
        /x\.txt: it is no capture: its first bytes are 68 65 6c 6c 6f \("hello"\), expected pcap/,
      );
      assert.match(error.message, /empty: it is empty \(0 bytes\)/);
      return true;
    });
    assert.equal(given, 0);
  });

  it('give every packet once, in each file in order, and by the times of the heads', async () => {
    const times = fc.array(fc.array(fc.nat(9), { maxLength: 8 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(times, async (files) => {
        const paths = files.map((seconds, index) => capture(`f${index}`, seconds, index));
        const { packets } = await readAll(paths, { chunkBytes: 64 });
        // The plain way: always the file whose next packet is the earliest, the first of several.
        const next = files.map(() => 0);
        const expected: string[] = [];
        for (;;) {
          let best = -1;
          files.forEach((seconds, file) => {
            const time = seconds[next[file]!];
            if (time === undefined) return;
            if (best < 0 || time < files[best]![next[best]!]!) best = file;
          });
          if (best < 0) break;
          expected.push(`${best}.${++next[best]!}`);
        }
        assert.equal(order(packets), expected.join(' '));
      }),
      { numRuns: 150 },
    );
  });

  it('report their progress up to the last byte', async () => {
    const paths = [capture('a', [1, 3]), capture('b', [2])];
    const seen: { bytes: number; totalBytes: number; packets: number }[] = [];
    const { reading } = await readAll(paths, { progress: (progress) => seen.push(progress), chunkBytes: 64 });
    assert.ok(seen.length > 2);
    assert.ok(seen.every(({ bytes }, index) => index === 0 || bytes >= seen[index - 1]!.bytes));
    assert.equal(seen.at(-1)?.totalBytes, reading.bytes);
  });
});

describe('the queue of files', () => {
  it('knows the first and the second, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat(9)),
        (times, more) => {
          const queue = new FileQueue(times.length);
          const model = new Map<number, readonly [number, number]>();
          times.forEach(([seconds, nanoseconds], file) => {
            queue.insert(file, seconds, nanoseconds);
            model.set(file, [seconds, nanoseconds]);
          });
          const sorted = () => [...model].sort(([a, x], [b, y]) => x[0] - y[0] || x[1] - y[1] || a - b);
          for (let step = 0; step < 40 && model.size > 0; step++) {
            assert.equal(queue.size, model.size);
            assert.equal(queue.first, sorted()[0]?.[0]);
            assert.equal(queue.second, sorted()[1]?.[0] ?? -1);
            const choice = more.next().value;
            if (choice < 4) {
              model.delete(queue.first);
              queue.removeFirst();
            } else {
              const time = [more.next().value, choice] as const;
              const file = queue.first;
              model.set(file, time);
              queue.removeFirst();
              queue.insert(file, ...time);
            }
          }
        },
      ),
    );
  });
});
