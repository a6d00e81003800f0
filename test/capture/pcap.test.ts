import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { concat, frame, hex, pack, pcap, put, readAll, reasons, temporaryFolder } from './build.ts';

const folder = temporaryFolder();

describe('pcap files', () => {
  it('are read byte by byte as the format says', async () => {
    const path = put(
      folder,
      'literal.pcap',
      hex(`
        d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000        # little-endian, microseconds, Ethernet
        15cd5b07 40e20100 2a000000 3c000000                            # 123456789.123456 s, 42 of 60 bytes
        020000000002 020000000001 0800
        45000024 00010000 40110000 c0000201 c6336402
        0035 1234 0010 0000                                            # UDP header; its payload was not captured
      `),
    );
    const { reading, packets } = await readAll([path]);
    assert.deepEqual(packets, [
      {
        file: 0,
        time: '123456789.123456000',
        ports: '53>4660',
        header: '0200000000020200000000010800450000240001000040110000c0000201c63364020035123400100000',
        record: 1,
      },
    ]);
    assert.deepEqual(reading.files, [{ path, format: 'pcap-le-us', packets: 1, bytes: 24 + 16 + 42 }]);
    assert.equal(reading.wireBytes, 60);
    assert.deepEqual(reading.linkTypes, [{ linkType: 1, name: 'Ethernet', packets: 1 }]);
    assert.deepEqual(reading.firstTime, { seconds: 123456789, nanoseconds: 123456000 });
    assert.deepEqual(reading.warnings, []);
  });

  for (const little of [true, false])
    for (const [magic, resolution, fraction, nanoseconds] of [
      [0xa1b2c3d4, 'us', 999999, 999999000],
      [0xa1b23c4d, 'ns', 999999999, 999999999],
      [0xa1b2cd34, 'us', 1, 1000],
    ] as const)
      it(`of magic ${magic.toString(16)}, ${little ? 'little' : 'big'}-endian`, async () => {
        const records = [1, 2].map((seconds) => ({ seconds, fraction, bytes: frame() }));
        const { reading, packets } = await readAll([put(folder, 'a.pcap', pcap(records, { little, magic }))]);
        const digits = String(nanoseconds).padStart(9, '0');
        assert.deepEqual(
          packets.map(({ time }) => time),
          [`1.${digits}`, `2.${digits}`],
        );
        assert.equal(reading.files[0]?.format, `pcap-${little ? 'le' : 'be'}-${resolution}`);
      });

  it('without packets hold no packets', async () => {
    const { reading } = await readAll([put(folder, 'none.pcap', pcap([]))]);
    assert.equal(reading.packets, 0);
    assert.equal(reading.firstTime, null);
    assert.deepEqual(reading.linkTypes, [{ linkType: 1, name: 'Ethernet', packets: 0 }]);
    assert.deepEqual(reading.warnings, []);
  });

  it('carry a fraction of a second or more into the seconds, and say so', async () => {
    const records = [{ seconds: 5, fraction: 2_000_001, bytes: frame() }];
    const { reading, packets } = await readAll([put(folder, 'carry.pcap', pcap(records))]);
    assert.equal(packets[0]?.time, '7.000001000');
    assert.match(reading.warnings.join(), /carry\.pcap: time stamps with a fraction of a second or more: 1;/);
  });

  it('ignore what the link type says about frame check sequences', async () => {
    const records = [{ seconds: 1, bytes: frame() }];
    const { packets } = await readAll([put(folder, 'fcs.pcap', pcap(records, { linkType: 0x14000001 }))]);
    assert.equal(packets.length, 1);
  });

  it('of version 2.2 have their two lengths in the other order, of 2.3 when it must be so', async () => {
    const bytes = frame({ payload: 6 });
    for (const minor of [2, 3]) {
      const old = pcap([{ seconds: 1, bytes, original: 1500 }], { minor });
      old.set(pack(true, [32, 1500], [32, bytes.length]), 24 + 8);
      const { reading, packets } = await readAll([put(folder, 'old.pcap', old)]);
      assert.equal(packets.length, 1);
      assert.equal(reading.wireBytes, 1500);
    }
    const { packets } = await readAll([
      put(folder, 'old.pcap', pcap([{ seconds: 1, bytes, original: 1500 }], { minor: 3 })),
    ]);
    assert.equal(packets.length, 1);
  });

  it('with an absurd captured length are read up to there', async () => {
    const whole = pcap([
      { seconds: 1, bytes: frame() },
      { seconds: 2, bytes: frame() },
      { seconds: 3, bytes: frame() },
    ]);
    whole.set(pack(true, [32, 262145]), 24 + 16 + frame().length + 8);
    const { reading, packets } = await readAll([put(folder, 'absurd.pcap', whole)]);
    assert.equal(packets.length, 1);
    assert.equal(reading.packets, 2);
    assert.deepEqual(reasons(reading), ['1 malformed: the captured length of the record is absurd']);
    const place = `absurd.pcap: record 2 at byte ${24 + 16 + frame().length}`;
    assert.ok(reading.leftOut[0]?.first.endsWith(place));
    assert.equal(reading.warnings.length, 1);
    assert.ok(
      reading.warnings[0]?.endsWith(
        `${place}: captured length 262145, at most 262144 expected; nothing after it can be read`,
      ),
    );
  });

  it('may hold records longer than a window, and huge ones of other link types', async () => {
    const long = concat(frame({ payload: 100 }), new Uint8Array(200_000));
    const ethernet = pcap([
      { seconds: 1, bytes: long },
      { seconds: 2, bytes: frame() },
    ]);
    for (const chunkBytes of [64, 65536]) {
      const { packets } = await readAll([put(folder, 'long.pcap', ethernet)], { chunkBytes });
      assert.deepEqual(
        packets.map(({ time }) => time),
        ['1.000000000', '2.000000000'],
      );
    }
    const usb = pcap(
      [
        { seconds: 1, bytes: new Uint8Array(700_000) },
        { seconds: 2, bytes: new Uint8Array(10) },
      ],
      { linkType: 220 },
    );
    const { reading } = await readAll([put(folder, 'usb.pcap', usb)], { chunkBytes: 4096 });
    assert.deepEqual(reasons(reading), ['2 link type 220 is not supported']);
    assert.deepEqual(reading.warnings, []);
    const cut = await readAll([put(folder, 'usb.pcap', usb.subarray(0, 600_000))]);
    assert.match(
      cut.reading.warnings.join(),
      /usb\.pcap: record 1: the file ends 100040 bytes before its end/,
    );
  });

  it('of another major version are refused', async () => {
    const other = pcap([]);
    other.set([3, 0], 4);
    await assert.rejects(readAll([put(folder, 'other.pcap', other)]), (error) => {
      assert.ok(error instanceof FaultError);
      assert.equal(error.exitCode, 3);
      assert.match(
        error.message,
        /other\.pcap: it is a pcap file of version 3, and only version 2 is known; convert/,
      );
      return true;
    });
  });
});
