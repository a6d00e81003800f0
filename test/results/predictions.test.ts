import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { predictionLines } from '../../src/results/predictions.ts';
import { readPredictions } from '../../src/results/read-predictions.ts';
import { csvCells, csvLine } from '../../src/text/csv.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

describe('a line of CSV', () => {
  it('has its cells between commas', () => assert.equal(csvLine([1, 'a', -0.5, '']), '1,a,-0.5,\n'));

  it('puts cells in quotes that hold commas, quotes or line breaks', () =>
    assert.equal(
      csvLine(['a,b', 'say "x"', 'two\nlines', 'cr\r', ' ']),
      '"a,b","say ""x""","two\nlines","cr\r", \n',
    ));

  it('reads back as its cells', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (cells) => {
        assert.deepEqual(csvCells(csvLine(cells).slice(0, -1)), cells);
      }),
    );
    assert.deepEqual(csvCells('"a,""",,b'), ['a,"', '', 'b']);
    assert.equal(csvCells('a,"b'), null);
  });
});

describe('a table of predictions from elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-predictions-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const rows = [
    ['normal', 0.9],
    ['anomalous', 0.2],
    ['normal', 0.7],
    ['anomalous', 0.6],
  ] as const;
  const text = (separator: string, point: string) => {
    const number = (value: number) => String(Math.round(1000 * value) / 1000).replace('.', point);
    const lines = rows.map(([label, p]) => [label, number(p), number(1 - p)].join(separator));
    return [['label', 'p_normal', 'p_anomalous'].join(separator), ...lines, ''].join('\r\n');
  };
  const read = (content: string | Buffer) => {
    const path = join(folder, 'table.csv');
    writeFileSync(path, content);
    return readPredictions(path);
  };
  const bigEndian = (bytes: Buffer) => Buffer.from(bytes).swap16();

  for (const [what, content] of [
    ['commas', text(',', '.')],
    ['semicolons and decimal commas', text(';', ',')],
    ['semicolons and decimal points', text(';', '.')],
    ['tabs', text('\t', '.')],
    ['tabs and decimal commas', text('\t', ',')],
    ['UTF-8 with a byte order mark', `\ufeff${text(';', ',')}`],
    ['UTF-16, little endian', Buffer.from(`\ufeff${text(',', '.')}`, 'utf16le')],
    ['UTF-16 without a byte order mark', Buffer.from(text(',', '.'), 'utf16le')],
    ['UTF-16, big endian', bigEndian(Buffer.from(`\ufeff${text('\t', ',')}`, 'utf16le'))],
  ] as const)
    it(`may be written with ${what}`, async () => {
      const { labels, probabilities, classes } = await read(content);
      assert.deepEqual(
        [[...labels], classes],
        [
          [0, 1, 0, 1],
          ['normal', 'anomalous'],
        ],
      );
      assert.deepEqual(probabilities, Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.7, 0.3, 0.6, 0.4));
    });

  it('may have names with any characters, also those that begin a formula or end a line', async () => {
    const names = ['=1+1', '@x', '-a', "'=b", 'two\nlines', 'a,"b"', '\x1b[31m'];
    const head = csvLine(['label', 'p_normal', ...names.map((name) => `p_${name}`)]);
    const body = names.map((name) => csvLine([name, 1, ...names.map(() => 0)]));
    const { labels, classes } = await read(head + body.join(''));
    assert.deepEqual(classes, ['normal', ...names]);
    assert.deepEqual([...labels], [1, 2, 3, 4, 5, 6, 7]);
  });

  it('is refused by the line where a quote does not end', async () => {
    await assert.rejects(
      read('label,p_normal,p_x\nnormal,1,0\n"x,0,1\nx,0,1\n'),
      /line 3: a quote does not end/,
    );
  });
});

describe('the table of predictions', () => {
  const ends = { sourcePort: 50_312, destinationPort: 443 };
  const v4 = { source: [10, 0, 0, 5], destination: [192, 0, 2, 1], ...ends };
  const v6 = {
    source: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1],
    destination: Array(16).fill(0),
    ...ends,
  };
  const sessions = sessionTable([
    { protocol: 'tcp', packets: [buildPacket({ protocol: 'tcp', ...v4 })] },
    {
      protocol: 'udp',
      packetsSeen: 12,
      packets: [{ ...buildPacket({ protocol: 'udp', ...v6 }), seconds: 1_520_240_400, nanoseconds: 7 }],
    },
    {
      protocol: 'tcp',
      packets: [{ ...buildPacket({ protocol: 'tcp', ...v4 }), seconds: 1_520_240_401 }],
    },
  ]);
  const table: Parameters<typeof predictionLines>[0] = {
    sessions,
    test: Uint32Array.of(1, 2),
    classes: ['normal', 'anomalous'],
    kinds: ['normal', 'x', 'destination-ip-swap'],
    predicted: {
      labels: Uint8Array.of(0, 1),
      kinds: Uint8Array.of(0, 2),
      probabilities: Float32Array.of(0.1, 0.9, 1, 1e-9),
    },
    predictions: Uint8Array.of(1, 0),
    origins: { applications: ['https 443/tcp', 'other udp'], pairKnown: Uint8Array.of(1, 0) },
    baselines: [
      { name: 'rule', scores: Float32Array.of(1, -1) },
      { name: 'learnt', scores: Float32Array.of(0.1, -2) },
    ],
  };
  const lines = [...predictionLines(table)];

  it('names its columns', () =>
    assert.equal(
      lines[0],
      'session,start,protocol,initiator,responder,packets,kind,label,predicted,p_normal,p_anomalous,application,pair,score_rule,score_learnt\n',
    ));

  it('has a line for each test session: as captured, what it was made, what it was taken for', () =>
    assert.deepEqual(lines.slice(1), [
      '1,2018-03-05T09:00:00.000000007Z,udp,[2001:db8::1]:50312,[::]:443,12,normal,normal,anomalous,0.1,0.9,https 443/tcp,known,1,0.1\n',
      '2,2018-03-05T09:00:01.000000000Z,tcp,10.0.0.5:50312,192.0.2.1:443,1,destination-ip-swap,anomalous,normal,1,1e-9,other udp,new,-1,-2\n',
    ]));

  it('says which byte surprised in each, where that was asked', () => {
    const surprising = [{ packet: 2, field: 'ip.ttl' }, null];
    const [head, ...rest] = [...predictionLines({ ...table, surprising })];
    assert.equal(head, `${lines[0]!.trimEnd()},surprising_packet,surprising_field\n`);
    assert.deepEqual(rest, [`${lines[1]!.trimEnd()},3,ip.ttl\n`, `${lines[2]!.trimEnd()},,\n`]);
  });
});
