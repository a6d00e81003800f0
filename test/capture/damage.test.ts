import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { GzipFeed } from '../../src/capture/feed.ts';
import { FaultError } from '../../src/fault/index.ts';
import fc from '../support/fast-check.ts';
import {
  block,
  concat,
  enhanced,
  frame,
  interfaceBlock,
  pcap,
  put,
  readAll,
  reasons,
  section,
  temporaryFolder,
} from './build.ts';

const folder = temporaryFolder();
const frames = [
  frame(),
  frame({ from: '10.0.0.2', to: '10.0.0.1', fromPort: 80, toPort: 1000, payload: 7 }),
  frame({ from: 'fd00::1', to: 'fd00::2', protocol: 'udp', payload: 5 }),
];
const plain = pcap(frames.map((bytes, index) => ({ seconds: index + 1, bytes })));
const sections = concat(
  section(),
  interfaceBlock(1),
  enhanced(0, 0, 1_000_000, frames[0]!),
  block(4, new Uint8Array(8)),
  enhanced(0, 0, 2_000_000, frames[1]!),
  section(false),
  interfaceBlock(1, undefined, false),
  enhanced(0, 0, 3_000_000, frames[2]!, false),
);

/** What can be read of a file, or its refusal; anything but a FaultError fails the test. */
async function attempt(name: string, bytes: Uint8Array) {
  try {
    return await readAll([put(folder, name, bytes)]);
  } catch (error) {
    assert.ok(error instanceof FaultError, `${name}, ${bytes.length} bytes: ${error}`);
    assert.equal(error.exitCode, 3);
    assert.ok(error.message.includes(name));
    return undefined;
  }
}

describe('a pcap file cut at any byte', () => {
  it('is refused inside its header, and gives all whole records and a reason for the rest after it', async () => {
    const ends = [24];
    for (const bytes of frames) ends.push(ends.at(-1)! + 16 + bytes.length);
    for (let length = 0; length <= plain.length; length++) {
      const result = await attempt('cut.pcap', plain.subarray(0, length));
      if (length < 24) {
        assert.equal(result, undefined);
        continue;
      }
      const whole = ends.filter((end) => end <= length).length - 1;
      const partial = ends.includes(length) ? 0 : 1;
      assert.equal(result?.packets.length, whole, `${length} bytes`);
      assert.equal(result?.reading.packets, whole + partial, `${length} bytes`);
      const part = length - ends[whole]! < 16 ? 'the header of the record' : 'the record';
      assert.deepEqual(reasons(result.reading), partial ? [`1 malformed: the file ends inside ${part}`] : []);
      assert.equal(result.reading.warnings.length, partial);
    }
  });
});

describe('a pcapng file cut at any byte', () => {
  it('never gives more than its whole records, and accounts for a packet block that was cut', async () => {
    let before = 0;
    for (let length = 0; length <= sections.length; length++) {
      const result = await attempt('cut.pcapng', sections.subarray(0, length));
      if (result === undefined) {
        assert.ok(length < 12);
        continue;
      }
      const { packets, reading } = result;
      assert.ok(packets.length === before || packets.length === before + 1);
      before = packets.length;
      assert.equal(
        reading.decoded + reading.leftOut.reduce((sum, entry) => sum + entry.packets, 0),
        reading.packets,
      );
      assert.ok(reading.packets - packets.length <= 1);
      if (reading.packets > packets.length)
        assert.deepEqual(reasons(reading), ['1 malformed: the file ends inside the record']);
    }
    assert.equal(before, 3);
  });
});

describe('a gzip file', () => {
  it('is read like what it holds, whatever its name', async () => {
    const { reading, packets } = await readAll([put(folder, 'plain.pcap', gzipSync(plain))]);
    assert.deepEqual(packets, (await readAll([put(folder, 'p.pcap', plain)])).packets);
    assert.equal(reading.files[0]?.format, 'pcap-le-us.gz');
    const again = await readAll([put(folder, 'a.pcapng.gz', gzipSync(sections))]);
    assert.equal(again.reading.files[0]?.format, 'pcapng.gz');
    assert.equal(again.packets.length, 3);
  });

  it('may have several members', async () => {
    const bytes = concat(
      gzipSync(plain.subarray(0, 30)),
      gzipSync(plain.subarray(30, 31)),
      gzipSync(plain.subarray(31)),
    );
    const { packets, reading } = await readAll([put(folder, 'members.pcap.gz', bytes)]);
    assert.equal(packets.length, 3);
    assert.deepEqual(reading.warnings, []);
  });

  it('cut at any byte is refused, or gives what can be decompressed, with a warning', async () => {
    const bytes = gzipSync(plain);
    let most = 0;
    for (let length = 0; length < bytes.length; length++) {
      const result = await attempt('cut.gz', bytes.subarray(0, length));
      if (result === undefined) continue;
      assert.match(result.reading.warnings.join('\n'), /the gzip stream is damaged or cut/);
      most = Math.max(most, result.packets.length);
    }
    assert.equal(most, 3);
  });

  it('with bytes behind its end is read, with a warning', async () => {
    const bytes = concat(gzipSync(plain), new Uint8Array(100));
    const { packets, reading } = await readAll([put(folder, 'behind.gz', bytes)]);
    assert.equal(packets.length, 3);
    assert.match(
      reading.warnings.join(),
      /behind\.gz: 100 or more bytes after the end of the gzip stream are ignored/,
    );
  });

  it('that is damaged in the middle gives its beginning, with a warning', async () => {
    const many = pcap(
      Array.from({ length: 5000 }, (_, index) => ({
        seconds: index,
        bytes: frame({ fromPort: (index * 7919) % 65536, payload: index % 50 }),
      })),
    );
    const bytes = gzipSync(many);
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 50);
    const { packets, reading } = await readAll([put(folder, 'damaged.gz', bytes)]);
    assert.ok(packets.length > 500 && packets.length < 5000, `${packets.length} packets`);
    assert.match(reading.warnings.join('\n'), /the gzip stream is damaged or cut/);
  });

  it('compressed twice is refused', async () => {
    await assert.rejects(
      readAll([put(folder, 'twice.gz', gzipSync(gzipSync(plain)))]),
      /it is compressed twice/,
    );
  });

  it('gives the same bytes however few are asked for at a time', async () => {
    const bytes = gzipSync(plain);
    const file = {
      damage: undefined,
      position: 0,
      close() {},
      async read(into: Uint8Array, from: number) {
        const part = bytes.subarray(this.position, this.position + Math.min(3, into.length - from));
        into.set(part, from);
        this.position += part.length;
        return part.length;
      },
    };
    const feed = new GzipFeed(file);
    const got: number[] = [];
    const one = new Uint8Array(1);
    while ((await feed.read(one, 0)) > 0) got.push(one[0]!);
    assert.deepEqual(Uint8Array.from(got), plain);
    assert.equal(feed.damage, undefined);
  });
});

describe('files with wrong bytes anywhere', () => {
  it('never fail but with a fault, and every record is accounted for', async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(plain, sections), edits, async (original, changes) => {
        const bytes = original.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const result = await attempt('edited', bytes);
        if (result === undefined) return;
        const { packets, reading } = result;
        assert.equal(packets.length, reading.decoded);
        assert.equal(
          packets.length + reading.leftOut.reduce((sum, entry) => sum + entry.packets, 0),
          reading.packets,
        );
      }),
      { numRuns: 400 },
    );
  });
});

describe('the size of the window', () => {
  it('never matters', async () => {
    for (const [name, bytes] of [
      ['w.pcap', plain],
      ['w.pcapng', sections],
      ['w.gz', gzipSync(sections)],
    ] as const) {
      const path = put(folder, name, bytes);
      const expected = await readAll([path]);
      for (const chunkBytes of [1, 7, 28, 64, 100, 1000])
        assert.deepEqual(await readAll([path], { chunkBytes }), expected, `${name}, ${chunkBytes}`);
    }
  });
});

describe('the hash of a file', () => {
  it('is that of all its bytes, also of those behind damage', async () => {
    const absurd = concat(plain, new Uint8Array(16).fill(0xff), new Uint8Array(300_000));
    for (const [name, bytes] of [
      ['h.pcap', plain],
      ['h.gz', gzipSync(plain)],
      ['behind.gz', concat(gzipSync(plain), new Uint8Array(100_000))],
      ['absurd.pcap', absurd],
    ] as const) {
      const { reading } = await readAll([put(folder, name, bytes)], { hash: true });
      assert.equal(reading.files[0]?.sha256, createHash('sha256').update(bytes).digest('hex'), name);
      assert.equal(reading.files[0]?.bytes, bytes.length);
    }
  });
});
