import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  block,
  concat,
  enhanced,
  frame,
  hex,
  interfaceBlock,
  pack,
  put,
  readAll,
  reasons,
  section,
  temporaryFolder,
} from './build.ts';

const folder = temporaryFolder();
const read = (...parts: Uint8Array[]) => readAll([put(folder, 'a.pcapng', concat(...parts))]);
const times = (packets: readonly { time: string }[]) => packets.map(({ time }) => time);

describe('pcapng files', () => {
  it('are read byte by byte as the format says', async () => {
    const { reading, packets } = await read(
      hex(`
        0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000       # section, little-endian
        01000000 20000000 0100 0000 00000400                                  # interface 0: Ethernet
          0900 0100 09 000000  0000 0000  20000000                            # if_tsresol 10⁻⁹, end of options
        06000000 4c000000 00000000 26dcc100 15f47d2e 2a000000 3c000000        # enhanced packet, 42 of 60 bytes
          020000000002 020000000001 0800
          4500002e 00010000 40110000 c0000201 c6336402
          0035 1234 001a 0000  0000                                           # two bytes of padding
        4c000000
      `),
    );
    // 0x00c1dc26_2e7df415 ns since 1970.
    const nanoseconds = 0x00c1dc262e7df415n;
    assert.deepEqual(times(packets), [
      `${nanoseconds / 1000000000n}.${String(nanoseconds % 1000000000n).padStart(9, '0')}`,
    ]);
    assert.equal(packets[0]?.ports, '53>4660');
    assert.equal(packets[0]?.header.length, 2 * 42);
    assert.equal(reading.wireBytes, 60);
    assert.equal(reading.files[0]?.format, 'pcapng');
    assert.deepEqual(reading.leftOut, []);
    assert.deepEqual(reading.warnings, []);
  });

  for (const little of [true, false])
    it(`may be ${little ? 'little' : 'big'}-endian`, async () => {
      const { packets } = await read(
        section(little),
        interfaceBlock(1, undefined, little),
        enhanced(0, 0, 2_000_003, frame(), little),
      );
      assert.deepEqual(times(packets), ['2.000003000']);
    });

  it('begin anew with every section: byte order, interfaces', async () => {
    const { packets, reading } = await read(
      section(true),
      interfaceBlock(1),
      interfaceBlock(101),
      enhanced(1, 0, 1_000_000, frame().subarray(14)),
      section(false),
      interfaceBlock(113, undefined, false),
      enhanced(1, 0, 2_000_000, frame(), false),
      section(true),
      interfaceBlock(1),
      enhanced(0, 0, 3_000_000, frame()),
    );
    assert.deepEqual(times(packets), ['1.000000000', '3.000000000']);
    assert.deepEqual(reasons(reading), [
      '1 malformed: the record names an interface that the section does not describe',
    ]);
    assert.deepEqual(
      reading.linkTypes.map(({ linkType, packets }) => [linkType, packets]),
      [
        [1, 1],
        [101, 1],
        [113, 0],
      ],
    );
  });

  it('have a clock for each interface: resolution and offset', async () => {
    const resolution = (value: number, little = true) =>
      concat(pack(little, [16, 9], [16, 1]), Uint8Array.of(value, 0, 0, 0));
    const offset = (high: number, low: number) => pack(true, [16, 14], [16, 8], [32, low], [32, high]);
    const { packets } = await read(
      section(),
      interfaceBlock(1, resolution(3)),
      interfaceBlock(1, resolution(0x80 | 10)),
      interfaceBlock(1, concat(offset(0, 1000), pack(true, [16, 0], [16, 0]))),
      interfaceBlock(1, offset(0xffffffff, 0xfffffff6)),
      interfaceBlock(1, concat(resolution(12), offset(1, 0))),
      enhanced(0, 0, 12_345, frame()),
      enhanced(1, 0, 1536, frame()),
      enhanced(2, 0, 1, frame()),
      enhanced(3, 0, 20_000_000, frame()),
      enhanced(4, 232, 7, frame()),
    );
    // 232 · 2³² + 7 units of 10⁻¹² s are 0.996432412679 s.
    assert.deepEqual(times(packets), [
      '12.345000000',
      '1.500000000',
      '1000.000001000',
      '10.000000000',
      '4294967296.996432412',
    ]);
  });

  it('may hold options of any kind before those of the clock, and broken ones after which none are read', async () => {
    const comment = concat(
      pack(true, [16, 1], [16, 5]),
      new TextEncoder().encode('hello'),
      new Uint8Array(3),
    );
    const resolution = concat(pack(true, [16, 9], [16, 1]), Uint8Array.of(9, 0, 0, 0));
    const broken = pack(true, [16, 2], [16, 999]);
    const { packets, reading } = await read(
      section(),
      interfaceBlock(1, concat(comment, resolution, broken)),
      enhanced(0, 0, 5, frame()),
    );
    assert.deepEqual(times(packets), ['0.000000005']);
    assert.match(
      reading.warnings.join(),
      /block at byte 28: an interface description with an option of 999 bytes/,
    );
  });

  it('may hold simple packets, which take the time of the packet before them', async () => {
    const simple = (bytes: Uint8Array, original = bytes.length) =>
      block(3, concat(pack(true, [32, original]), bytes));
    const long = frame({ payload: 40 });
    const { packets, reading } = await read(
      section(),
      interfaceBlock(1, undefined, true, 60),
      simple(frame()),
      enhanced(0, 0, 7_000_000, frame()),
      simple(long.subarray(0, 60), long.length),
      simple(long.subarray(0, 20), long.length),
    );
    assert.deepEqual(times(packets), ['0.000000000', '7.000000000', '7.000000000']);
    assert.deepEqual(reasons(reading), ['1 header cut by the snap length']);
    assert.deepEqual(reading.firstTime, { seconds: 7, nanoseconds: 0 });
    assert.match(reading.warnings.join(), /packets without time stamp: 3;/);
  });

  it('may hold the obsolete packet block', async () => {
    const bytes = frame();
    const head = pack(true, [16, 0], [16, 3], [32, 0], [32, 9_000_000], [32, bytes.length], [32, 1500]);
    const { packets, reading } = await read(section(), interfaceBlock(1), block(2, concat(head, bytes)));
    assert.deepEqual(times(packets), ['9.000000000']);
    assert.equal(reading.wireBytes, 1500);
  });

  it('may hold blocks that nobody knows, also long ones', async () => {
    const { packets, reading } = await read(
      section(),
      block(0x0bad, new Uint8Array(3)),
      interfaceBlock(1),
      block(5, new Uint8Array(500_000)),
      enhanced(0, 0, 1, frame()),
      block(0x40000bad, new Uint8Array(0)),
    );
    assert.equal(packets.length, 1);
    assert.deepEqual(reading.warnings, []);
  });

  it('go on after a packet that does not fit into its block', async () => {
    const bad = enhanced(0, 0, 1, frame());
    bad.set(pack(true, [32, bad.length - 31]), 20);
    const { packets, reading } = await read(section(), interfaceBlock(1), bad, enhanced(0, 0, 2, frame()));
    assert.equal(packets.length, 1);
    assert.deepEqual(reasons(reading), ['1 malformed: the captured length does not fit into the block']);
  });

  it('end where the two lengths of a block differ', async () => {
    const bad = enhanced(0, 0, 1, frame());
    bad.set(pack(true, [32, 4]), bad.length - 4);
    const { packets, reading } = await read(section(), interfaceBlock(1), bad, enhanced(0, 0, 2, frame()));
    assert.equal(packets.length, 0);
    assert.equal(reading.packets, 1);
    assert.deepEqual(reasons(reading), ['1 malformed: the lengths of the block contradict each other']);
    assert.match(reading.warnings.join(), /block at byte 48: a block whose two lengths differ/);
  });

  it('end where a block is shorter than its kind can be', async () => {
    const { reading } = await read(section(), interfaceBlock(1), pack(true, [32, 6], [32, 28], [32, 0]));
    assert.deepEqual(reasons(reading), ['1 malformed: the lengths of the block contradict each other']);
    const other = await read(section(), interfaceBlock(1), pack(true, [32, 99], [32, 4], [32, 0]));
    assert.equal(other.reading.packets, 0);
    assert.match(other.reading.warnings.join(), /a block of type 99 and length 4, at least 12 expected/);
  });

  it('end at a section of a version that is not known', async () => {
    const other = section();
    other.set([2, 0], 12);
    const { packets, reading } = await read(section(), interfaceBlock(1), enhanced(0, 0, 1, frame()), other);
    assert.equal(packets.length, 1);
    assert.match(reading.warnings.join(), /a section of version 2, expected 1/);
  });
});
