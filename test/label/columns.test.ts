import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { readLabels } from '../../src/label/index.ts';
import { put, temporaryFolder } from '../capture/build.ts';
import { counted, read } from './helpers.ts';

const folder = temporaryFolder();
const utc = (text: string): number => Date.parse(text) / 1000;

describe('labels of CICIDS2017', () => {
  const header =
    'Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Flow Duration, Fwd Header Length, Fwd Header Length, Label';
  const row = (start: string, label: string, port = 5000, protocol = 6, duration = '2000000'): string =>
    `x-1,172.16.0.1,${port},192.168.10.50,80,${protocol},${start},${duration},NaN,Infinity,${label}`;
  const readRows = (...rows: readonly string[]) =>
    read(
      folder,
      'Friday.pcap_ISCX.csv',
      Buffer.from(`${[header, ...rows].join('\r\n')}\r\n`, 'latin1'),
      'cicids2017',
    );

  it('have names of columns with blanks, days before months and a clock of twelve hours', async () => {
    const { start, end, names, resolution, account } = await readRows(
      row('7/7/2017 3:30', 'DDoS'),
      row('7/7/2017 8:59', 'BENIGN', 5001),
      row('03/07/2017 12:05:58', 'BENIGN', 5002),
      row('7/7/2017 1:00:07 AM', 'BENIGN', 5003),
    );
    assert.deepEqual(names, ['BENIGN', 'DDoS']);
    assert.deepEqual(
      [...start].sort(),
      ['2017-07-07T15:30:00Z', '2017-07-07T08:59:00Z', '2017-07-03T12:05:58Z', '2017-07-07T01:00:07Z']
        .map(utc)
        .sort(),
    );
    const first = start.indexOf(utc('2017-07-07T15:30:00Z'));
    assert.equal(end[first], utc('2017-07-07T15:31:02Z'), 'two seconds, and the minute it was cut to');
    assert.equal(resolution, 60);
    assert.deepEqual(account.leftOut, []);
    assert.deepEqual(counted(account.tolerated), [
      '1 an hour before 8 without AM or PM: taken as the afternoon’s',
      '1 two columns are called fwdheaderlength: the first counts',
    ]);
  });

  it('have a dash that is lost, empty rows, and durations below zero', async () => {
    const { names, account, count } = await readRows(
      row('6/7/2017 9:20', 'Web Attack \x96 Brute Force'),
      row('6/7/2017 9:21', 'Web Attack \xef\xbf\xbd Brute Force', 1),
      ',,,,,,,,,,',
      ',,,,,,,,,,',
      row('6/7/2017 9:20', 'BENIGN', 3, 6, '-1'),
      row('6/7/2017 9:20', 'BENIGN', 3, 0),
    );
    assert.deepEqual(names, ['BENIGN', 'Web Attack - Brute Force']);
    assert.equal(count, 3);
    assert.deepEqual(counted(account.leftOut), ['1 protocol 0 is neither TCP nor UDP', '2 an empty row']);
    assert.deepEqual(counted(account.tolerated), [
      '1 ends before it begins: taken as a moment',
      '1 two columns are called fwdheaderlength: the first counts',
      '2 a dash outside ASCII, or lost: taken as “-”',
    ]);
  });

  it('may have durations that are no numbers, in fields that are read or not', async () => {
    const { account, count } = await readRows(
      row('6/7/2017 9:20', 'BENIGN', 1, 6, 'Infinity'),
      row('6/7/2017 9:20', 'BENIGN', 2, 6, 'NaN'),
      row('6/7/2017 9:20', 'BENIGN', 3, 6, 'long'),
      row('31/6/2017 9:20', 'BENIGN', 4),
      row('7/13/2017 9:20', 'BENIGN', 5),
    );
    assert.equal(count, 2);
    assert.deepEqual(counted(account.leftOut), [
      '1 the duration is no number, such as "long"',
      '2 the start is no time that exists',
    ]);
    assert.ok(counted(account.tolerated).includes('2 a duration of NaN or Infinity: taken as a moment'));
  });

  it('are refused without addresses, with what to take instead', async () => {
    await assert.rejects(
      read(folder, 'ml.csv', ' Destination Port, Flow Duration, Label\n80,1,BENIGN\n', 'cicids2017'),
      /no column "protocol".*GeneratedLabelledFlows/,
    );
  });
});

describe('labels of CTU-13', () => {
  it('are botnet only where the bot sends', async () => {
    const text = `StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label
2011/08/10 09:46:59.607825,1.5,tcp,94.44.127.113,1577,   ->,147.32.84.59,6881,S_RA,0,0,4,276,156,flow=Background-Established-cmpgw-CVUT
2011/08/10 09:47:00.5,0,tcp,147.32.84.165,1025,   ->,1.2.3.4,25,S_,0,,1,62,62,flow=From-Botnet-V42-TCP-Attempt-SPAM
2011/08/10 09:47:01.000000,0,udp,147.32.84.170,0x0035,  <->,147.32.80.9,53,CON,0,0,2,214,81,flow=From-Normal-V42-Grill
2011/08/10 09:47:02.000000,0,tcp,1.2.3.4,1025,   ->,147.32.84.165,25,S_,0,,1,62,62,flow=To-Botnet-V42-TCP
2011/08/10 09:47:02.000000,0,icmp,1.2.3.4,0x0303,   ->,147.32.84.165,0x1234,S_,0,,1,62,62,flow=Background
`;
    const { names, account, end, resolution } = await read(folder, 'a.binetflow', text, 'ctu13');
    assert.deepEqual(names, ['Background', 'Botnet', 'Normal']);
    assert.deepEqual(
      account.labels.map(({ records }) => records),
      [2, 1, 1],
    );
    assert.deepEqual(counted(account.leftOut), ['1 protocol icmp is neither TCP nor UDP']);
    assert.deepEqual(counted(account.tolerated), [
      '1 a flow to a bot or a normal host (To-…): taken as Background',
    ]);
    assert.equal(resolution, 0);
    assert.ok(Math.abs(end[0]! - utc('2011-08-10T09:47:01Z') - 0.107825) < 1e-5);
  });
});

describe('a table of labels of one’s own', () => {
  const rows = [
    ['tcp', '10.0.0.1', '1000', '10.0.0.2', '80', '2018-03-05T09:00:00Z', '2018-03-05T09:00:05Z', 'scan'],
    ['UDP', 'fd00::1', '53', 'FD00:0::2', '53', '1520240400', '', 'normal'],
    ['17', '10.0.0.1', '1', '10.0.0.2', '2', '2018-03-05 11:00:00.25+02:00', '', 'a "quoted", name'],
    ['6', '10.0.0.1', '3', '10.0.0.2', '4', '', '', 'normal'],
  ] as const;
  const names = ['proto', 'src_ip', 'src-port', 'Destination', 'dst port', 'start', 'end', 'label'] as const;
  const quote = (text: string): string => (/[",;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  const cases: readonly [string, string][] = [
    ['own.csv', [names, ...rows].map((row) => row.map(quote).join(',')).join('\n')],
    ['own.tsv', [names, ...rows].map((row) => row.map(quote).join('\t')).join('\r\n')],
    ['semicolons.csv', `\ufeff${[names, ...rows].map((row) => row.map(quote).join(';')).join('\n')}`],
    [
      'own.jsonl',
      rows
        .map((row) =>
          JSON.stringify(Object.fromEntries(row.map((value, i) => [names[i], value === '' ? null : value]))),
        )
        .join('\n'),
    ],
  ];
  for (const [name, text] of cases)
    it(`is read from ${name}`, async () => {
      const table = await read(folder, name, text, 'table');
      assert.deepEqual(table.names, ['a "quoted", name', 'normal', 'scan']);
      assert.equal(table.count, 4);
      assert.deepEqual(table.account.leftOut, []);
      const starts = [...table.start].sort((a, b) => a - b);
      assert.deepEqual(starts, [Number.NEGATIVE_INFINITY, 1520240400, 1520240400, 1520240400.25]);
      assert.equal(table.account.firstTime, 1520240400);
    });

  it('says which column is missing, and which was meant', async () => {
    await assert.rejects(
      read(folder, 'x.csv', 'protocol,sorce,sourcePort,destination,destinationPort,label\n', 'table'),
      /no column "source" for the source.*did you mean "sorce"\?/,
    );
    await assert.rejects(read(folder, 'empty.csv', '\n\n', 'table'), /empty\.csv: it is empty/);
  });

  it('counts lines that are none', async () => {
    const { account, count } = await read(
      folder,
      'bad.jsonl',
      'no json\n[1]\n{"protocol":"tcp","source":"1.2.3.4","sourcePort":1,"destination":"1.2.3.5","destinationPort":2,"label":"x","colour":3}\n',
      'table',
    );
    assert.equal(count, 1);
    assert.deepEqual(counted(account.leftOut), ['2 the line is no JSON object']);
    assert.deepEqual(counted(account.tolerated), []);
    assert.deepEqual(
      account.unused.map(({ columns }) => columns),
      [['colour']],
    );
    assert.equal(account.timeless, 1);
    const open = await read(
      folder,
      'open.csv',
      'protocol,source,sourcePort,destination,destinationPort,label\ntcp,1.2.3.4,1,1.2.3.5,2,"x\n',
      'table',
    );
    assert.deepEqual(counted(open.account.leftOut), ['1 a quoted field does not end']);
  });

  it('knows its formats by name', async () => {
    const path = put(folder, 'y.csv', '');
    await assert.rejects(readLabels([path], 'iscx2021' as 'iscx2012'), (error) => {
      assert.ok(error instanceof FaultError);
      assert.match(error.message, /got "iscx2021", must be one of .*did you mean "iscx2012"\?/);
      return true;
    });
  });
});
