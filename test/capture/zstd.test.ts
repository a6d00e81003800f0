import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { findCaptures } from '../../src/capture/index.ts';
import { ZstdFeed } from '../../src/capture/zstd.ts';
import { concat, frame, hex, pack, pcap, put, readAll, section, temporaryFolder } from './build.ts';

const folder = temporaryFolder();
const many = pcap(
  Array.from({ length: 5000 }, (_, index) => ({
    seconds: index,
    bytes: frame({ fromPort: (index * 7919) % 65536, payload: index % 50 }),
  })),
);
const plain = pcap([
  { seconds: 1, bytes: frame() },
  { seconds: 2, bytes: frame({ protocol: 'udp' }) },
  { seconds: 3, bytes: frame({ fromPort: 77, payload: 9 }) },
]);

/** A zstd frame of raw blocks (RFC 8878, 3.1.1): nothing is compressed, so that it can be written by hand. */
function stored(bytes: Uint8Array, most = 1000): Uint8Array {
  const parts = [hex('28b52ffd 80 58'), pack(true, [32, bytes.length])];
  for (let at = 0; at < bytes.length; at += most) {
    const part = bytes.subarray(at, at + most);
    const head = (part.length << 3) | (at + most >= bytes.length ? 1 : 0);
    parts.push(Uint8Array.of(head, head >> 8, head >> 16), part);
  }
  return concat(...parts);
}

const zstd = (bytes: Uint8Array, ...options: readonly string[]): Uint8Array =>
  new Uint8Array(spawnSync('zstd', ['-q', '-c', ...options], { input: bytes, maxBuffer: 1 << 28 }).stdout);
const hasZstd = spawnSync('zstd', ['--version']).status === 0;

describe('a zstd file', () => {
  it('is read like what it holds, whatever its name', async () => {
    const { reading, packets } = await readAll([put(folder, 'stored.pcap', stored(plain))]);
    assert.deepEqual(packets, (await readAll([put(folder, 'p.pcap', plain)])).packets);
    assert.equal(reading.files[0]?.format, 'pcap-le-us.zst');
    assert.deepEqual(reading.warnings, []);
    const again = await readAll([put(folder, 's.pcapng', stored(section()))]);
    assert.equal(again.reading.files[0]?.format, 'pcapng.zst');
  });

  it('may have several frames, and frames to be skipped', async () => {
    const skipped = concat(hex('532a4d18'), pack(true, [32, 5]), new Uint8Array(5));
    for (const [name, parts] of [
      ['two', [stored(plain.subarray(0, 30)), stored(plain.subarray(30))]],
      ['first', [skipped, stored(plain)]],
      ['between', [stored(plain.subarray(0, 41)), skipped, skipped, stored(plain.subarray(41))]],
    ] as const) {
      const { packets, reading } = await readAll([put(folder, `${name}.zst`, concat(...parts))]);
      assert.equal(packets.length, 3, name);
      assert.deepEqual(reading.warnings, [], name);
    }
  });

  it('cut at any byte is refused, or gives what can be decompressed, with a warning', async () => {
    const bytes = stored(plain, 40);
    let most = 0;
    for (let length = 0; length < bytes.length; length++) {
      const result = await readAll([put(folder, 'cut.zst', bytes.subarray(0, length))]).catch(
        () => undefined,
      );
      if (result === undefined) continue;
      assert.match(result.reading.warnings.join('\n'), /the zstd stream is damaged or cut/);
      most = Math.max(most, result.packets.length);
    }
    assert.ok(most >= 2);
  });

  it('with something else behind its end is read, with a warning', async () => {
    const { packets, reading } = await readAll([
      put(folder, 'behind.zst', concat(stored(plain), hex('00112233445566778899'))),
    ]);
    assert.equal(packets.length, 3);
    assert.match(reading.warnings.join(), /behind\.zst: the zstd stream is damaged or cut/);
  });

  it('of one value does not fill the memory', async () => {
    // 4,000 blocks of 131,072 zeros each, in four bytes a block: half a gigabyte.
    const blocks = new Uint8Array(4 * 4000);
    const head = (131072 << 3) | 2;
    for (let i = 0; i < blocks.length; i += 4) blocks.set([head, head >> 8, head >> 16, 0], i);
    const bytes = concat(stored(plain), hex('28b52ffd 00 38'), blocks);
    const before = process.memoryUsage().rss;
    let most = 0;
    await readAll([put(folder, 'bomb.zst', bytes)], {
      progress: () => {
        most = Math.max(most, process.memoryUsage().rss);
      },
    });
    assert.ok(most - before < 200e6, `${most - before} bytes`);
  });

  it('of gzip does neither', async () => {
    // Half a gigabyte of zeros behind a capture, in half a megabyte.
    const path = join(folder, 'bomb.gz');
    writeFileSync(path, gzipSync(plain));
    const zeros = gzipSync(new Uint8Array(1 << 24));
    for (let i = 0; i < 32; i++) appendFileSync(path, zeros);
    const before = process.memoryUsage().rss;
    let most = 0;
    const { packets, reading } = await readAll([path], {
      progress: () => {
        most = Math.max(most, process.memoryUsage().rss);
      },
    });
    assert.equal(packets.length, 3);
    assert.match(reading.warnings[0]!, /536,870,912 zero bytes at the end/);
    assert.ok(most - before < 200e6, `${most - before} bytes`);
  });

  it('has a checksum that is checked, where it has one', async () => {
    // XXH64 with seed 0 of "ABC", whose lower half is e66ae7354fcfee98 mod 2^32.
    const abc = hex('28b52ffd 24 03 190000 414243 98eecf4f');
    const feed = (bytes: Uint8Array) => {
      let position = 0;
      return new ZstdFeed({
        damage: undefined,
        position: 0,
        close() {},
        async read(into: Uint8Array, from: number) {
          const part = bytes.subarray(position, position + Math.min(2, into.length - from));
          into.set(part, from);
          position += part.length;
          return part.length;
        },
      });
    };
    const into = new Uint8Array(8);
    const right = feed(abc);
    assert.equal(await right.read(into, 0), 3);
    assert.equal(Buffer.from(into.subarray(0, 3)).toString(), 'ABC');
    assert.equal(await right.read(into, 0), 0);
    assert.equal(right.damage, undefined);
    const wrong = feed(abc.with(13, 0x98 ^ 1));
    await wrong.read(into, 0);
    await wrong.read(into, 0);
    assert.match(wrong.damage!, /the checksum of the content is wrong/);
  });

  it('that asks for a dictionary or an enormous window is refused', async () => {
    const [, ...rest] = [0, ...stored(plain)];
    const dictionary = concat(hex('28b52ffd 81 58 07'), Uint8Array.from(rest).subarray(6));
    const window = Uint8Array.from(rest).with(5, 0xa8);
    await assert.rejects(
      readAll([put(folder, 'd.zst', dictionary)]),
      /after decompression; .*it needs a dictionary/,
    );
    await assert.rejects(
      readAll([put(folder, 'w.zst', window)]),
      /it needs a window of 2147483648 bytes, at most 134217728 are supported/,
    );
  });

  it('compressed twice, or with no capture in it, is refused', async () => {
    await assert.rejects(
      readAll([put(folder, 'twice.zst', stored(stored(plain)))]),
      /it is compressed twice; decompress it once \(`gunzip`, `zstd -d`\)/,
    );
    await assert.rejects(
      readAll([put(folder, 'text.zst', stored(Buffer.from('no capture at all, and long enough')))]),
      /it is no capture: .*\(after decompression\)/,
    );
  });

  it('has the hash of its own bytes, not of what is in it', async () => {
    const bytes = stored(plain);
    const { reading } = await readAll([put(folder, 'h.zst', bytes)], { hash: true });
    assert.equal(reading.files[0]?.sha256, createHash('sha256').update(bytes).digest('hex'));
  });

  it('is found in folders', async () => {
    mkdirSync(join(folder, 'captures'));
    put(folder, 'captures/a.zst', stored(plain));
    put(folder, 'captures/b.zst', stored(Buffer.from('no capture')));
    const { paths, skipped } = await findCaptures(['captures'], folder);
    assert.deepEqual([paths, skipped], [[join(folder, 'captures/a.zst')], [join(folder, 'captures/b.zst')]]);
  });

  it('that is really compressed gives the same packets as without', {
    skip: !hasZstd && 'zstd is not installed',
  }, async () => {
    const expected = (await readAll([put(folder, 'many.pcap', many)])).packets;
    for (const options of [
      ['-1'],
      ['-3'],
      ['-19', '--no-check'],
      ['--ultra', '-22', '--long=27'],
      ['--fast=5'],
    ]) {
      const { packets, reading } = await readAll([put(folder, 'many.zst', zstd(many, ...options))]);
      assert.deepEqual(packets, expected, options.join(' '));
      assert.deepEqual(reading.warnings, []);
    }
    // One bit that changes the content and not its length: only the checksum tells.
    for (const at of [0.3, 0.5, 0.7]) {
      const damaged = zstd(many);
      const byte = Math.floor(at * damaged.length);
      damaged[byte] = damaged[byte]! ^ 4;
      const { reading } = await readAll([put(folder, 'damaged.zst', damaged)]);
      assert.match(reading.warnings.join(), /damaged\.zst: the zstd stream is damaged or cut/);
    }
  });
});
