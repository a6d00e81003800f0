import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  block,
  concat,
  enhanced,
  frame,
  interfaceBlock,
  pcap,
  put,
  readAll,
  section,
  temporaryFolder,
} from './build.ts';

const folder = temporaryFolder();
const record = (seconds: number, fromPort = seconds) => ({ seconds, bytes: frame({ fromPort }) });
const ports = (packets: readonly { ports: string }[]) => packets.map(({ ports: pair }) => pair.split('>')[0]);

describe('captures put together end to end', () => {
  const first = pcap([record(1), record(2)]);

  it('are read one after the other, and the place of the second header is told', async () => {
    const path = put(folder, 'cat.pcap', concat(first, pcap([record(3), record(4)])));
    const { packets, reading } = await readAll([path]);
    assert.deepEqual(ports(packets), ['1', '2', '3', '4']);
    assert.equal(reading.packets, 4);
    assert.deepEqual(reading.leftOut, []);
    assert.equal(reading.lastTime?.seconds, 4);
    assert.equal(reading.warnings.length, 1);
    assert.match(
      reading.warnings[0]!,
      new RegExp(`cat.pcap: a second pcap file header at byte ${first.length}, after record 2: .*mergecap$`),
    );
  });

  it('may differ in byte order, resolution and link type', async () => {
    const others = [
      pcap([{ seconds: 3, fraction: 7, bytes: frame({ fromPort: 3 }) }], {
        little: false,
        magic: 0xa1b23c4d,
      }),
      pcap([{ seconds: 4, bytes: frame({ fromPort: 4 }).subarray(14) }], { linkType: 101 }),
      pcap([record(5)], { magic: 0xa1b2cd34 }),
    ];
    for (const chunkBytes of [64, 1 << 18]) {
      const { packets, reading } = await readAll([put(folder, 'mixed.pcap', concat(first, ...others))], {
        chunkBytes,
      });
      assert.deepEqual(ports(packets), ['1', '2', '3', '4', '5']);
      assert.equal(packets[2]!.time, '3.000000007');
      assert.deepEqual(
        reading.linkTypes.map(({ linkType, packets: count }) => [linkType, count]),
        [
          [1, 4],
          [101, 1],
        ],
      );
      assert.match(reading.warnings[0]!, /, and 2 more further on: files were put together/);
    }
  });

  it('may be many without a packet', async () => {
    const many = Array.from({ length: 30_000 }, () => pcap([]));
    const { packets } = await readAll([put(folder, 'many.pcap', concat(...many, pcap([record(9)])))]);
    assert.deepEqual(ports(packets), ['9']);
  });
});

describe('zeros in a capture', () => {
  for (const size of [1, 15, 16, 17, 100, 4096, 1 << 19])
    it(`are no packets at its end: ${size} bytes`, async () => {
      const whole = pcap([record(1), record(2)]);
      const { reading } = await readAll([put(folder, 'tail.pcap', concat(whole, new Uint8Array(size)))]);
      assert.deepEqual([reading.packets, reading.decoded, reading.leftOut], [2, 2, []]);
      assert.equal(reading.firstTime?.seconds, 1);
      const count = String(size).replace(/\B(?=(\d{3})+$)/g, ',');
      assert.deepEqual(
        reading.warnings.map((warning) => warning.replace(/^.*tail.pcap: /, '')),
        [`${count} zero byte${size === 1 ? '' : 's'} at the end, from byte ${whole.length} on: no packets`],
      );
    });

  it('are passed over between records', async () => {
    const rest = pcap([record(3)]).subarray(24);
    const path = put(folder, 'hole.pcap', concat(pcap([record(1)]), new Uint8Array(64), rest));
    const { packets, reading } = await readAll([path]);
    assert.deepEqual(ports(packets), ['1', '3']);
    assert.match(
      reading.warnings[0]!,
      /64 zero bytes at byte \d+, where a record would be; read on behind them$/,
    );
  });

  it('are no header of a record that was cut, unless something else is in it', async () => {
    const tail = new Uint8Array(15);
    tail[3] = 1;
    const { reading } = await readAll([put(folder, 'few.pcap', concat(pcap([record(1)]), tail))]);
    assert.match(reading.leftOut[0]!.reason, /the file ends inside the header of the record/);
  });

  it('are told at the end of pcapng, too', async () => {
    const bytes = concat(section(), interfaceBlock(1), enhanced(0, 0, 1, frame()), new Uint8Array(300));
    const { packets, reading } = await readAll([put(folder, 'tail.pcapng', bytes)]);
    assert.equal(packets.length, 1);
    assert.match(reading.warnings[0]!, /300 zero bytes at the end, from byte \d+ on: no packets$/);
    const few = await readAll([put(folder, 'few.pcapng', bytes.subarray(0, bytes.length - 295))]);
    assert.match(few.reading.warnings[0]!, /: 5 zero bytes at the end, from byte \d+ on: no packets$/);
    const more = concat(bytes, block(6, new Uint8Array(40)));
    const broken = await readAll([put(folder, 'hole.pcapng', more)]);
    assert.match(broken.reading.warnings[0]!, /zero bytes .*nothing after it can be read/);
  });
});

describe('the same capture by two names', () => {
  const bytes = pcap([record(1), record(2)]);
  const own = join(folder, 'names');
  mkdirSync(own);
  const path = put(own, 'cap-1.pcap', bytes);
  symlinkSync('cap-1.pcap', join(own, 'latest.pcap'));
  linkSync(path, join(own, 'hard.pcap'));
  put(own, 'copy.pcap', bytes);
  put(own, 'cap-1.pcap.gz', gzipSync(bytes));

  for (const other of ['latest.pcap', 'hard.pcap', 'copy.pcap', 'cap-1.pcap.gz'])
    it(`is read once, with a warning: ${other}`, async () => {
      const { packets, reading } = await readAll([path, join(own, other)]);
      assert.equal(packets.length, 2);
      assert.equal(reading.files.length, 1);
      assert.equal(reading.bytes, bytes.length);
      assert.equal(reading.warnings.length, 1);
      assert.match(
        reading.warnings[0]!,
        new RegExp(`${other}: the same capture as .*cap-1.pcap, read once$`),
      );
    });

  it('is another one where a byte differs, or one goes on', async () => {
    const changed = bytes.slice();
    changed[changed.length - 1]! ^= 1;
    const longer = pcap([record(1), record(2), record(3)]);
    const { reading } = await readAll([path, put(own, 'b.pcap', changed), put(own, 'c.pcap', longer)]);
    assert.equal(reading.packets, 7);
    assert.deepEqual(reading.warnings, []);
  });
});

describe('a capture that is written to while it is read', () => {
  it('counts as what it held at first, and its size and hash are of that', async () => {
    const bytes = pcap(Array.from({ length: 50 }, (_, i) => record(i + 1)));
    const path = put(folder, 'grows.pcap', bytes);
    let grew = false;
    const { packets, reading } = await readAll([path], {
      hash: true,
      chunkBytes: 256,
      progress: () => {
        if (!grew) appendFileSync(path, pcap([record(99)]).subarray(24));
        grew = true;
      },
    });
    assert.equal(packets.length, 50);
    assert.equal(reading.files[0]!.bytes, bytes.length);
    const once = await readAll([put(folder, 'still.pcap', bytes)], { hash: true });
    assert.equal(reading.files[0]!.sha256, once.reading.files[0]!.sha256);
    assert.match(
      reading.warnings[0]!,
      /grows.pcap: it was written to while it was read: what it held at first counts/,
    );
    assert.deepEqual(once.reading.warnings, []);
  });
});

describe('a pipe by name', { skip: process.platform === 'win32' && 'no named pipes' }, () => {
  it('is refused at once, with what to do', async () => {
    const path = join(folder, 'pipe.pcap');
    execFileSync('mkfifo', [path]);
    await assert.rejects(
      readAll([path]),
      /pipe.pcap: it is a pipe, which can be read only once; give it to standard input/,
    );
  });
});
