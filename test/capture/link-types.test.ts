import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { linkTypeNames } from '../../src/capture/names.ts';
import { Reason } from '../../src/capture/reason.ts';
import { concat, decode, frame, hex } from './build.ts';

const guide = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
const section = guide.slice(guide.indexOf('## Link types'), guide.indexOf('## Errors'));
const rows = [...section.matchAll(/^\| *(\d+) *\| *([^|]*?) *\| *([^|]*?) *\|$/gm)].map((row) => ({
  number: Number(row[1]),
  name: row[2]!,
}));

/** IPv4 with TCP. */
const ip = frame().subarray(14);
/** A minimal header for each link type, with which IPv4 follows. */
const headers: Readonly<Record<number, string>> = {
  0: '02000000',
  1: '020000000002 020000000001 0800',
  9: 'ff03 0021',
  12: '',
  14: '',
  50: 'ff03 0021',
  51: '11 00 0001 002a 0021',
  101: '',
  104: '0f00 0800',
  105: '0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 0800',
  108: '00000002',
  113: '0000 0001 0006 0200000000010000 0800',
  119: `${'00'.repeat(144)} 0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 0800`,
  127: '00 00 0800 00000000 0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 0800',
  192: '00 00 0800 01000000 020000000002 020000000001 0800',
  228: '',
  239: '02 00 0000 0800 0100 0800 0000 2c00 0900',
  276: '0800 0000 00000001 0001 00 06 0200000000010000',
};

describe('the table of link types in CONTRIBUTING.md', () => {
  it('has each once, in order, with the name that accounts use', () => {
    const numbers = rows.map(({ number }) => number);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    assert.ok(rows.length > 10);
    for (const { number, name } of rows) assert.equal(name, linkTypeNames[number], String(number));
  });

  it('has exactly those whose packets are followed', () => {
    const listed = new Set(rows.map(({ number }) => number));
    for (let linkType = 0; linkType < 1 << 16; linkType++) {
      const { reason, packet } = decode(ip, linkType);
      const refused = reason === Reason.linkType;
      assert.equal(refused, !listed.has(linkType), `link type ${linkType}`);
      if (refused) assert.equal(packet.detail, linkType);
    }
  });

  for (const { number, name } of rows)
    it(`is true of ${number}, ${name}`, () => {
      const six = number === 229;
      const head = hex(headers[number] ?? '');
      const inner = six
        ? concat(
            hex('60000000 0014 06 40'),
            new Uint8Array(15),
            hex('01'),
            new Uint8Array(15),
            hex('02'),
            ip.subarray(20),
          )
        : ip;
      const { packet, reason } = decode(concat(head, inner), number);
      assert.equal(reason, 0);
      assert.deepEqual([packet.sourcePort, packet.destinationPort], [1000, 80]);
      assert.equal(packet.version, six ? 6 : 4);
    });

  it('names all others that accounts name', () => {
    const text = section.slice(section.indexOf('Known by name'));
    for (const [number, name] of Object.entries(linkTypeNames))
      if (!rows.some((row) => row.number === Number(number)))
        assert.ok(text.replace(/\s+/g, ' ').includes(`${number} ${name}`), `${number} ${name}`);
  });

  it('leaves no link type of the odd captures without a word', (t) => {
    const path = new URL('../../../shared/captures/MANIFEST.tsv', import.meta.url);
    if (!existsSync(path)) return t.skip('no real captures here');
    const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
    const column = header!.split('\t').indexOf('linktypes');
    const text = section.replace(/\s+/g, ' ');
    const used = new Set(lines.flatMap((line) => line.split('\t')[column]!.split(/[ ,;]+/)).filter(Boolean));
    assert.ok(used.size >= 45);
    const unnamed = [...used].filter((number) => linkTypeNames[Number(number)] === undefined);
    for (const number of used)
      if (!unnamed.includes(number)) assert.match(text, new RegExp(`\\b${number} `), number);
    // The rest are counted by number, as the section says of all others.
    for (const number of unnamed) assert.equal(decode(ip, Number(number)).reason, Reason.linkType);
  });
});
