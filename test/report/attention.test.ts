import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttentionRecord } from '../../src/evaluation/index.ts';
import { colorMode, renderAttention } from '../../src/report/index.ts';
import { shade } from '../../src/report/shade.ts';
import { samplePacket, sampleRecord } from '../evaluation/sample.ts';
import fc from '../support/fast-check.ts';

const lines = (record: AttentionRecord, color: 'truecolor' | '256' | 'none', width = 100) =>
  renderAttention(record, { color, width }).split('\n');

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const ESCAPES = /\x1b\[[0-9;]*m/g;

/** The background colour of a shaded cell. */
const background = (cell: string) => /48;2;(\d+);(\d+);(\d+)/.exec(cell)!.slice(1).map(Number);

describe('a session without colour', () => {
  it('has the percentage of attention below each byte, and marks below what the morph edited', () => {
    assert.equal(
      renderAttention(sampleRecord(), { color: 'none', width: 100 }),
      `Session 1234  tcp  10.0.0.5:50312 → 10.0.0.1:443
  captured    10.0.1.2:50312 → 10.0.0.1:443
  starts      2013-02-26T22:02:35.958312001Z, 2 of 12 packets shown to the network
  actual      swap
  predicted   swap 98.14%, right
              normal 1.85%, switch 0.010%

             ip                  tcp
             version source      flags END
 1 →  75.0%  45      0a 00 00 05 50    ──
          %   ·       6 13 25 50  6     ·
     edited                ^^ ^^
 2 ←  25.0%  45      ·· ·· ·· ·· 10    ──
          %  13      13 13 13 13 13    25
     edited                      ^^

Packets: session attention. Below each byte: packet attention in % (· below 0.5, ** from 99.5).
^^ edited by the morph   ·· hidden from the network   ── end of packet

Most attended fields (packet attention, packets weighted by session attention)
  ip.source   82.8%  █████████████████████████  edited
  tcp.flags    7.8%  ██                         edited
  END          6.3%  ██
  ip.version   3.1%  █

Attention on edited bytes: 59.4% (21.4% were it uniform; 3 edited bytes)
Whether that is more than normal sessions give these fields, nobody measured: the run has no
attention.json
`,
    );
  });

  it('names the byte that surprises most by counts, and what was expected in its place', () => {
    const surprise = {
      ...{ packet: 1, offset: 5, field: 'tcp.flags', value: 0x10 },
      ...{ bits: 12.34, usualBits: 0.12, score: 31.7, expected: 0x18, probability: 0.9876 },
    };
    assert.deepEqual(lines(sampleRecord({ surprise }), 'none').slice(-3), [
      'Most surprising byte by counts of training sessions: 10 in tcp.flags of packet 2 (edited),',
      '  12.3 bits where 0.1 are usual, 31.7 standard deviations; most probable was 18, 98.76%',
      '',
    ]);
  });

  it('has no escape sequence', () => {
    assert.doesNotMatch(renderAttention(sampleRecord(), { color: 'none', width: 80 }), ESCAPES);
  });
});

describe('a session in true colour', () => {
  it('has its bytes in blue, its packets in red, and edited bytes underlined', () => {
    const [names, first, second] = lines(sampleRecord(), 'truecolor').slice(8, 11);
    assert.equal(names, '             version source      flags END');
    assert.equal(
      first,
      ' 1 → \x1b[48;2;177;53;44;38;2;255;255;255m 75.0%\x1b[0m  ' +
        '\x1b[48;2;247;251;255;38;2;0;0;0m45\x1b[0m      ' +
        '\x1b[48;2;216;234;246;38;2;0;0;0m0a\x1b[0m ' +
        '\x1b[48;2;186;217;237;38;2;0;0;0m00\x1b[0m ' +
        '\x1b[4;48;2;125;184;219;38;2;0;0;0m00\x1b[0m ' +
        '\x1b[4;48;2;33;80;134;38;2;255;255;255m05\x1b[0m ' +
        '\x1b[48;2;216;234;246;38;2;0;0;0m50\x1b[0m    ' +
        '\x1b[48;2;247;251;255;38;2;0;0;0m──\x1b[0m',
    );
    assert.equal(second?.replace(ESCAPES, ''), ' 2 ←  25.0%  45      ·· ·· ·· ·· 10    ──');
  });

  it('reads the same as without colour, but for the lines of percentages and marks', () => {
    const colored = lines(sampleRecord(), 'truecolor').map((line) => line.replace(ESCAPES, ''));
    const plain = lines(sampleRecord(), 'none').filter((line) => !/^ +(%|edited) /.test(line));
    const untilLegend = (all: readonly string[]) =>
      all.slice(
        0,
        all.findIndex((l) => l.startsWith('Packets:')),
      );
    assert.deepEqual(untilLegend(colored), untilLegend(plain));
  });

  it('underlines exactly the edited bytes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 5 })), (offsets) => {
        const zeros = offsets.map(() => 0);
        const edits = { offset: offsets.sort((a, b) => a - b), captured: zeros, presented: zeros };
        const record = sampleRecord({ packets: [samplePacket({ edits })], lengths: [7, 0, 0] });
        const line = lines(record, 'truecolor').find((l) => l.startsWith(' 1 →'))!;
        const cells = line.match(ESCAPES)!.filter((code) => code !== '\x1b[0m');
        assert.equal(cells.length, 1 + 7); // the packet's weight, six bytes, END
        const underlined = cells.slice(1).flatMap((cell, t) => (cell.startsWith('\x1b[4;') ? [t] : []));
        assert.deepEqual(underlined, edits.offset);
      }),
    );
  });
});

describe('shading', () => {
  it('is the darker, the more weight', () => {
    const weight = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(weight, weight, fc.constantFrom('blue' as const, 'red' as const), (a, b, hue) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((x) =>
          background(shade('00', x, hue, 'truecolor')),
        );
        const light = ([r, g, bl]: readonly number[]) => 0.299 * r! + 0.587 * g! + 0.114 * bl!;
        assert.ok(light(less!) >= light(more!));
        const level = (x: number) => Number(/48;5;(\d+)/.exec(shade('00', x, hue, '256'))![1]);
        const ramp = [231, 189, 147, 105, 63, 21, 20, 19, 18, 224, 217, 210, 203, 196, 160, 124, 88];
        assert.ok(ramp.includes(level(a)));
      }),
    );
  });

  it('in 256 colours has nine steps from white to dark', () => {
    const steps = Array.from(
      { length: 9 },
      (_, i) => /48;5;(\d+)/.exec(shade('00', i / 8, 'blue', '256'))![1],
    );
    assert.deepEqual(steps, ['231', '189', '147', '105', '63', '21', '20', '19', '18']);
  });

  /** Backgrounds of the cells of one packet: its weight, then its tokens. */
  const cellsOf = (record: AttentionRecord) =>
    lines(record, 'truecolor')
      .find((l) => l.startsWith(' 1 →'))!
      .match(ESCAPES)!
      .filter((code) => code !== '\x1b[0m')
      .map(background);

  it('is darkest at the largest weight of the session', () => {
    const tokens = { ...samplePacket().tokens, weight: [0, 0, 0, 0.25, 0.75, 0, 0] };
    const cells = cellsOf(sampleRecord({ packets: [samplePacket({ weight: 1, tokens })], lengths: [7] }));
    assert.deepEqual(cells[0], [103, 0, 13]);
    assert.deepEqual(cells[5], [8, 48, 107]);
  });

  it('is pale where attention is spread evenly', () => {
    const tokens = { ...samplePacket().tokens, weight: Array<number>(7).fill(1 / 7) };
    const packet = samplePacket({ weight: 0.25, tokens });
    const packets = [packet, packet, packet, packet];
    for (const cell of cellsOf(sampleRecord({ packets, lengths: [7, 7, 7, 7] })).slice(1)) {
      assert.deepEqual(cell, [177, 213, 235]);
    }
  });
});

describe('the layout', () => {
  /** A packet with these fields, given as name and length. */
  const packetOf = (fields: readonly (readonly [string, number])[], changes = {}) => {
    const field = fields.flatMap(([name, n]) => Array<string>(n).fill(name));
    const n = field.length + 1;
    return samplePacket({
      headerLength: field.length,
      tokens: {
        value: [...field.map((_, t) => t % 256), 'END'],
        offset: [...field.keys(), null],
        field: [...field, null],
        score: Array<number>(n).fill(0),
        weight: Array<number>(n).fill(1 / n),
      },
      edits: { offset: [], captured: [], presented: [] },
      ...changes,
    });
  };
  const sessionOf = (...packets: ReturnType<typeof packetOf>[]) =>
    sampleRecord({ packets, lengths: packets.map((p) => p.tokens.value.length), maxTokens: 300 });

  it('names the fields once for packets that have the same', () => {
    const packet = packetOf([
      ['ip.ttl', 1],
      ['udp.length', 2],
    ]);
    const text = lines(sessionOf(packet, packet, packet), 'none');
    assert.equal(text.filter((l) => l.includes('ttl')).length, 2); // once above, once among the most attended
  });

  it('names them again when they change', () => {
    const a = packetOf([
      ['ip.ttl', 1],
      ['udp.length', 2],
    ]);
    const b = packetOf([
      ['ip.ttl', 1],
      ['tcp.flags', 2],
    ]);
    const headings = lines(sessionOf(a, a, b, b, a), 'none').filter((l) => /^ {13}ttl/.test(l));
    assert.deepEqual(headings, [
      '             ttl length END',
      '             ttl flags END',
      '             ttl length END',
    ]);
  });

  it('keeps bytes of one field below each other when a field before it is shorter', () => {
    const long = packetOf([
      ['ip.options', 4],
      ['udp.length', 1],
    ]);
    const short = packetOf([
      ['ip.options', 2],
      ['udp.length', 1],
    ]);
    const [a, b] = lines(sessionOf(long, short), 'none').filter((l) => /^ \d /.test(l));
    assert.equal(a, ' 1 →  75.0%  00 01 02 03 04     ──');
    assert.equal(b, ' 2 →  75.0%  00 01       02     ──');
  });

  it('breaks between layers where they do not fit side by side, and never exceeds the width', () => {
    const packet = packetOf([
      ['ethernet.destination', 6],
      ['ethernet.source', 6],
      ['ethernet.type', 2],
      ['ip.source', 16],
      ['ip.destination', 16],
      ['tcp.options', 40],
    ]);
    for (const width of [60, 80, 100, 132, 400]) {
      const text = lines(sessionOf(packet, packet), 'none', width);
      const table = text.slice(
        7,
        text.findIndex((l) => l.startsWith('Packets:')),
      );
      for (const line of table) assert.ok(line.length <= width, `${width}: ${line}`);
      const bytes = table.filter((l) => l.startsWith(' 1 →')).map((l) => l.slice(13).trim());
      assert.equal(
        bytes.join(' ').replace(/ +/g, ' '),
        `${packet.tokens.value
          .slice(0, -1)
          .map((v) => Number(v).toString(16).padStart(2, '0'))
          .join(' ')} ──`,
      );
      if (width === 400) assert.equal(bytes.length, 1);
    }
  });

  it('says when no byte was edited, or none that the network sees', () => {
    const packet = packetOf([['ip.ttl', 1]]);
    assert.ok(lines(sessionOf(packet), 'none').includes('No byte was edited.'));
    const edits = { offset: [50], captured: [1], presented: [2] };
    const unseen = packetOf([['ip.ttl', 1]], { headerLength: 60, edits });
    assert.ok(lines(sessionOf(unseen), 'none').includes('The network sees none of the 1 edited bytes.'));
  });
});

describe('the colours of the output', () => {
  it('are none where NO_COLOR is set or there is no terminal', () => {
    assert.equal(colorMode({ NO_COLOR: '1' }, true, 24), 'none');
    assert.equal(colorMode({ NO_COLOR: '1', FORCE_COLOR: '3' }, true, 24), 'none');
    assert.equal(colorMode({}, false, 1), 'none');
    assert.equal(colorMode({}, true, 4), 'none');
  });

  it('are as many as the terminal has, or FORCE_COLOR says', () => {
    assert.equal(colorMode({}, true, 8), '256');
    assert.equal(colorMode({}, true, 24), 'truecolor');
    assert.equal(colorMode({ COLORTERM: 'truecolor' }, true, 8), 'truecolor');
    assert.equal(colorMode({ FORCE_COLOR: '3' }, false, 1), 'truecolor');
    assert.equal(colorMode({ FORCE_COLOR: '1' }, false, 1), '256');
    assert.equal(colorMode({ FORCE_COLOR: '0' }, true, 24), 'none');
  });
});
