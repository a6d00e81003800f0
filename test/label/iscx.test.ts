import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FaultError } from '../../src/fault/index.ts';
import { PayloadStripper } from '../../src/label/payload.ts';
import { put, temporaryFolder } from '../capture/build.ts';
import fc from '../support/fast-check.ts';
import { counted, read, readAll } from './helpers.ts';

const folder = temporaryFolder();

const FIELDS = {
  appName: 'HTTPWeb',
  totalSourceBytes: '16076',
  totalDestinationBytes: '0',
  totalDestinationPackets: '0',
  totalSourcePackets: '178',
  sourcePayloadAsBase64: 'R0VUIC8gSFRUUC8xLjE=',
  sourcePayloadAsUTF: 'GET / HTTP/1.1 &lt;startDateTime&gt;',
  destinationPayloadAsBase64: '',
  destinationPayloadAsUTF: '',
  direction: 'L2R',
  sourceTCPFlagsDescription: 'F,S,A',
  destinationTCPFlagsDescription: 'S,A',
  source: '192.168.5.122',
  protocolName: 'tcp_ip',
  sourcePort: '4430',
  destination: '198.164.30.2',
  destinationPort: '80',
  startDateTime: '2010-06-13T23:57:19',
  stopDateTime: '2010-06-14T00:11:23',
  Tag: 'Normal',
};

/** A flow as XML; null takes a field away. */
function flow(element: string, changes: Readonly<Record<string, string | null>> = {}): string {
  const fields = Object.entries({ ...FIELDS, ...changes }).map(([name, value]) =>
    value === null ? '' : `<${name}>${value}</${name}>\n`,
  );
  return `<${element}>\n${fields.join('')}</${element}>\n`;
}

const file = (...flows: readonly string[]): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<dataroot generated="2011-09-27T15:54:08">\n${flows.join('')}</dataroot>\n`;

const SUNDAY = 'TestbedSunJun13Flows';

describe('ISCX 2012 XML', () => {
  it('is read flow by flow', async () => {
    const attack = flow(SUNDAY, { Tag: 'Attack', sourcePort: '4431', protocolName: 'udp_ip' });
    const { names, count, account, start, end, resolution } = await read(
      folder,
      `${SUNDAY}.xml`,
      file(flow(SUNDAY), attack),
      'iscx2012',
    );
    assert.deepEqual(names, ['Attack', 'Normal']);
    assert.equal(count, 2);
    assert.equal(start[0], Date.parse('2010-06-13T23:57:19Z') / 1000);
    assert.equal(end[0], Date.parse('2010-06-14T00:11:24Z') / 1000, 'with the second that began then');
    assert.equal(resolution, 1);
    assert.deepEqual(account.tolerated, []);
    assert.deepEqual(account.leftOut, []);
    assert.deepEqual(account.labels, [
      { name: 'Attack', records: 1 },
      { name: 'Normal', records: 1 },
    ]);
    assert.equal(account.files[0]?.records, 2);
  });

  it('may be compressed', async () => {
    const { count } = await read(folder, `${SUNDAY}.xml.gz`, gzipSync(file(flow(SUNDAY))), 'iscx2012');
    assert.equal(count, 1);
  });

  it('loses its bytes 0x00, wherever they are, and says how many', async () => {
    const text = file(flow('TestbedThuJun17Flows', { appName: 'HT\0TP', sourcePayloadAsUTF: 'a\0\0b' }));
    const broken = text.replace('<Tag>', '<T\0ag>');
    const { count, account } = await read(folder, 'TestbedThuJun17-1Flows.xml', broken, 'iscx2012');
    assert.equal(count, 1);
    assert.deepEqual(counted(account.tolerated), ['4 bytes 0x00, which XML forbids: taken out']);
  });

  it('may call its flows otherwise than its file', async () => {
    const { count, account } = await read(
      folder,
      'TestbedSatJun12Flows.xml',
      file(flow('TestbedSatJun12'), flow('TestbedSatJun12', { sourcePort: '1' })),
      'iscx2012',
    );
    assert.equal(count, 2);
    assert.deepEqual(counted(account.tolerated), [
      '2 flows are called TestbedSatJun12, not TestbedSatJun12Flows',
    ]);
  });

  it('may miss fields and have others', async () => {
    const text = file(
      flow('TestbedMonJun14Flows', { sourcePayloadAsUTF: null }),
      flow('TestbedMonJun14Flows', { sensorInterfaceId: '1', startTime: '1276487839', sourcePort: '1' }),
    );
    const { count, account } = await read(folder, 'TestbedMonJun14Flows.xml', text, 'iscx2012');
    assert.equal(count, 2);
    assert.deepEqual(counted(account.tolerated), [
      '1 no field sourcePayloadAsUTF',
      '1 unknown field sensorInterfaceId',
      '1 unknown field startTime',
    ]);
  });

  it('counts what is no label of a session, by reason', async () => {
    const text = file(
      flow(SUNDAY, { protocolName: 'icmp_ip' }),
      flow(SUNDAY, { protocolName: 'icmp_ip' }),
      flow(SUNDAY, { source: 'host' }),
      flow(SUNDAY, { destination: '1.2.3.256' }),
      flow(SUNDAY, { sourcePort: '65536' }),
      flow(SUNDAY, { startDateTime: '2010-06-31T00:00:00' }),
      flow(SUNDAY, { stopDateTime: null }),
      flow(SUNDAY, { Tag: '' }),
      flow(SUNDAY, { sourcePort: '7', stopDateTime: '2010-06-13T23:57:18' }),
      `<${SUNDAY}><id>1</id></${SUNDAY}>`,
    );
    const { count, account } = await read(folder, `${SUNDAY}.xml`, text, 'iscx2012');
    assert.equal(count, 2);
    assert.deepEqual(counted(account.leftOut), [
      `1 element ${SUNDAY} without any field of a flow`,
      '1 no label',
      '1 the destination is no IP address',
      '1 the source is no IP address',
      '1 the source port is no number from 0 to 65535',
      '1 the start is no time that exists',
      '2 protocol icmp_ip is neither TCP nor UDP',
    ]);
    assert.ok(counted(account.tolerated).includes('1 ends before it begins: taken as a moment'));
    const left = account.leftOut.reduce((sum, { times }) => sum + times, 0);
    assert.equal(account.records, count + account.duplicates + left);
    assert.match(account.leftOut[0]!.first, /TestbedSunJun13Flows\.xml: record 1$/);
  });

  it('counts a flow once that is there twice, in whichever direction and file', async () => {
    const back = flow(SUNDAY, {
      source: FIELDS.destination,
      sourcePort: FIELDS.destinationPort,
      destination: FIELDS.source,
      destinationPort: FIELDS.sourcePort,
    });
    const a = put(folder, 'TestbedTueJun15-1Flows.xml', file(flow(SUNDAY), flow(SUNDAY), back));
    const b = put(folder, 'TestbedTueJun15-2Flows.xml', file(flow(SUNDAY)));
    const { count, account } = await readAll([{ path: a }, { path: b }], 'iscx2012');
    assert.deepEqual([count, account.duplicates, account.records], [1, 3, 4]);
  });

  it('takes the file of the day where files overlap', async () => {
    const late = { startDateTime: '2010-06-14T00:30:00', stopDateTime: '2010-06-14T00:31:00' };
    const a = put(folder, 'a.xml', file(flow('a'), flow('a', { ...late, Tag: 'Attack' })));
    const b = put(
      folder,
      'b.xml',
      file(flow('b', late), flow('b', { startDateTime: '2010-06-12T00:00:00' })),
    );
    const files = [
      { path: a, day: '2010-06-13' },
      { path: b, day: '2010-06-14' },
    ];
    const { account, count } = await readAll(files, 'iscx2012');
    assert.equal(count, 3, 'the 12th is nobody else’s');
    assert.deepEqual(counted(account.leftOut), ['1 begins on the day of another file']);
    assert.match(account.leftOut[0]!.first, /a\.xml: record 2$/);
    const alone = await readAll(files.slice(0, 1), 'iscx2012');
    assert.equal(alone.count, 2);
  });

  it('is read as far as it goes when it ends in the middle', async () => {
    const text = file(flow(SUNDAY), flow(SUNDAY, { sourcePort: '9' }));
    const { count, account } = await read(folder, 'cut.xml', text.slice(0, text.length - 300), 'iscx2012');
    assert.equal(count, 1);
    assert.ok(account.tolerated.some(({ what }) => what === 'the file ends in the middle'));
  });

  it('loses no flow to a payload that does not end, or has markup in it', async () => {
    const text = file(
      flow(SUNDAY).replace('</sourcePayloadAsUTF>', ''),
      flow(SUNDAY, { sourcePort: '1', sourcePayloadAsUTF: '<html><b>1</b>&nbsp;<>' }),
      flow(SUNDAY, { sourcePort: '2' }),
    );
    const { count, account } = await read(folder, `${SUNDAY}.xml`, text, 'iscx2012');
    assert.equal(count, 3);
    const tolerated = counted(account.tolerated);
    assert.ok(tolerated.includes('1 payloads that do not end'), String(tolerated));
    assert.ok(tolerated.includes('1 payloads with markup in them'), String(tolerated));
  });

  it('refuses what is something else', async () => {
    const cases: readonly [string, RegExp][] = [
      ['<html><body><p>Please register</p></body></html>', /no flows, must be labels of ISCX 2012/],
      ['protocol,source\n', /no XML/],
      ['', /no XML/],
    ];
    for (const [text, message] of cases)
      await assert.rejects(read(folder, 'other.xml', text, 'iscx2012'), (error) => {
        assert.ok(error instanceof FaultError);
        assert.equal(error.exitCode, 3);
        assert.match(error.message, message);
        return true;
      });
    const utf16 = Buffer.from('\ufeff<html/>', 'utf16le');
    await assert.rejects(read(folder, 'utf16.xml', utf16, 'iscx2012'), /its root is <html>/);
    await assert.rejects(readAll([{ path: 'no-such.xml' }], 'iscx2012'), /no-such\.xml: no such file/);
  });
});

describe('taking payloads out', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '<sourcePayloadAsBase64>',
      '</sourcePayloadAsBase64>',
      '<destinationPayloadAsUTF >',
      '</destinationPayloadAsUTF>',
      '<Tag>Normal</Tag>',
      '<sourcePayload/>',
      '<',
      '>',
      '\0',
      '<b',
    ),
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
  );

  it('does not depend on how the text comes in pieces', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 20 }),
        fc.array(fc.nat(40), { maxLength: 12 }),
        (parts, cuts) => {
          const text = parts.join('');
          const whole = new PayloadStripper();
          const expected = whole.push(text) + whole.end();
          const pieces = new PayloadStripper();
          let out = '';
          let at = 0;
          for (const cut of cuts) {
            out += pieces.push(text.slice(at, at + cut));
            at += cut;
          }
          out += pieces.push(text.slice(at)) + pieces.end();
          assert.equal(out, expected);
          assert.deepEqual(pieces.stripped, whole.stripped);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leaves everything else as it is', () => {
    const stripper = new PayloadStripper();
    const text = '<a><sourcePort>1</sourcePort><sourcePayloadAsUTF>xyz</sourcePayloadAsUTF></a>';
    assert.equal(
      stripper.push(text) + stripper.end(),
      '<a><sourcePort>1</sourcePort><sourcePayloadAsUTF></sourcePayloadAsUTF></a>',
    );
  });
});
