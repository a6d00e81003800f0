import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDatasetLabels } from '../../src/dataset/index.ts';
import { FaultError } from '../../src/fault/index.ts';
import {
  checkMeanings,
  type LabelFormat,
  leftOutText,
  meaningsOf,
  readLabels,
} from '../../src/label/index.ts';
import { put, temporaryFolder } from '../capture/build.ts';
import { counted } from './helpers.ts';

const folder = temporaryFolder();
const HEAD = 'protocol,source,sourcePort,destination,destinationPort,start,end,label';
const START = 1520240400.25;

let files = 0;
const read = (text: string | Uint8Array, options: Parameters<typeof readLabels>[2] = {}, name = 'csv') =>
  readLabels([put(folder, `rows-${files++}.${name}`, text)], 'table', options);

/** A table with one row, whose times are these. */
const timed = (start: string, end = '', options: Parameters<typeof readLabels>[2] = {}) =>
  read(`${HEAD.replaceAll(',', ';')}\ntcp;10.0.0.1;1;10.0.0.2;2;${start};${end};scan\n`, options);

describe('rows of a table of labels', () => {
  it('may have ports and protocols with decimals, as tables come out of pandas', async () => {
    const text = `${HEAD}\n6.0,10.0.0.1,40000.0,10.0.0.2,443.0,1520240400.25,,scan\n`;
    const { count, find, account } = await read(text);
    assert.equal(count, 1, leftOutText(account));
    const addresses = Int32Array.of(0, 0, 0xffff, 0x0a000001, 0, 0, 0xffff, 0x0a000002);
    assert.equal(find(6, addresses, 40_000, 443), 0);
    const odd = await read(`${HEAD}\n6.5,10.0.0.1,1,10.0.0.2,443.5,,,x\ntcp,10.0.0.1,1,10.0.0.2,443.5,,,x\n`);
    assert.deepEqual(counted(odd.account.leftOut), [
      '1 protocol 6.5 is neither TCP nor UDP',
      '1 the destination port is no number from 0 to 65535',
    ]);
  });

  it('have times in any unit of a second, told by their size, and decimal commas', async () => {
    for (const [text, unit] of [
      ['1520240400.25', ''],
      ['1520240400,25', ''],
      ['1520240400250', 'milliseconds'],
      ['1520240400250000', 'microseconds'],
      ['1520240400250000000', 'nanoseconds'],
      ['1520240400250.0', 'milliseconds'],
      ['2018-03-05T09:00:00,25', ''],
      ['2018-03-05 10:00:00.25+01:00', ''],
    ] as const) {
      const { start, account } = await timed(text, text);
      assert.equal(start[0], START, text);
      const told = unit === '' ? [] : [`1 times in ${unit}, by their size`];
      assert.deepEqual(counted(account.tolerated), told);
    }
    const { start } = await timed('1520240400250', '', { timeFormat: 'milliseconds' });
    assert.equal(start[0], START);
    assert.equal((await timed('250', '', { timeFormat: 'milliseconds' })).start[0], 0.25);
  });

  it('have a duration with a comma where the comma can only be a decimal one', async () => {
    const withDuration = async (start: string, duration: string) => {
      const head = HEAD.replace('end', 'duration').replaceAll(',', ';');
      return read(`${head}\ntcp;10.0.0.1;1;10.0.0.2;2;${start};${duration};scan\n`);
    };
    assert.equal((await withDuration('1520240400,0', '1,234')).end[0], 1520240401.234);
    assert.equal((await withDuration('1520240400', '1,5')).end[0], 1520240402.5);
    const unclear = await withDuration('1520240400', '1,234');
    assert.deepEqual(counted(unclear.account.leftOut), [
      '1 the duration 1,234 may have a decimal comma or not',
    ]);
  });

  it('have dates whose order some of them tell, or the spec; nothing is guessed', async () => {
    const march = Date.parse('2018-03-05T08:53:26Z') / 1000;
    const april = Date.parse('2018-05-03T08:53:26Z') / 1000;
    await assert.rejects(
      timed('05/03/2018 08:53:26'),
      /record 1: "05\/03\/2018 08:53:26" may have the day first or the month.*"timeFormat": "day-first"/,
    );
    assert.equal((await timed('05/03/2018 08:53:26', '', { timeFormat: 'day-first' })).start[0], march);
    assert.equal((await timed('05/03/2018 08:53:26', '', { timeFormat: 'month-first' })).start[0], april);
    assert.equal((await timed('05/03/2018 08:53:26', '13/03/2018 08:00:00')).start[0], march);
    assert.equal((await timed('05/03/2018 08:53:26', '05/13/2018 08:00:00')).start[0], april);
    assert.equal((await timed('05.03.2018 08:53:26')).start[0], march);
    assert.equal((await timed('5/3/2018 8:53:26 AM', '25/3/2018 8:53:26 PM')).start[0], march);
    await assert.rejects(
      timed('13/03/2018 08:00', '03/14/2018 08:00'),
      /record 1 has .* month-first, and one before it/,
    );
    assert.equal((await timed('04/04/2018 00:00:00')).start[0], Date.parse('2018-04-04') / 1000);
  });

  it('are read from UTF-16, with a byte order mark or without, and behind any separator', async () => {
    const row = 'tcp,10.0.0.1,1,10.0.0.2,2,1520240400.25,,Ünüsual';
    const text = `${HEAD}\r\n${row}\r\n`;
    const swapped = Buffer.from(text, 'utf16le').swap16();
    const inputs: readonly (string | Uint8Array)[] = [
      text,
      `\ufeff${text}`,
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      swapped,
      `sep=;\r\n${text.replaceAll(',', ';')}`,
      text.replaceAll(',', '\t'),
      text.replaceAll(',', '|'),
    ];
    for (const input of inputs) {
      const { names, start } = await read(input);
      assert.deepEqual(names, ['Ünüsual']);
      assert.equal(start[0], START);
    }
  });

  it('have the columns of nfdump, Zeek, UNSW-NB15 and Bot-IoT', async () => {
    const tables: readonly string[] = [
      'ts,te,td,sa,da,sp,dp,pr,label\n2018-03-05 09:00:00.250,2018-03-05 09:00:01,0.75,10.0.0.1,10.0.0.2,1,2,TCP,scan\n',
      '#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\tlabel\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tinterval\tstring\n1520240400.25\tC1\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\t-\tscan\n#close\t2018\n',
      '#ts,pr,sa,sp,da,dp,label\n1520240400.25,tcp,10.0.0.1,1,10.0.0.2,2,scan\n',
      'srcip,sport,dstip,dsport,proto,Stime,Ltime,Label\n10.0.0.1,1,10.0.0.2,2,tcp,1520240400.25,1520240401,scan\n',
      'stime,proto,saddr,sport,daddr,dport,ltime,attack\n1520240400.25,tcp,10.0.0.1,1,10.0.0.2,2,1520240401,scan\n',
    ];
    for (const text of tables) {
      const { count, start, account } = await read(text);
      assert.equal(count, 1, text);
      assert.equal(start[0], START, text);
      assert.equal(account.timeless, 0);
    }
  });

  it('without a time are counted, and columns that nothing is read from are named', async () => {
    const { account } = await read('when,proto,src,sport,dst,dport,label\n3,tcp,10.0.0.1,1,10.0.0.2,2,x\n');
    assert.equal(account.timeless, 1);
    assert.deepEqual(account.unused[0]!.columns, ['when']);
  });

  it('that are none stand with reason and place in the fault that none is left', async () => {
    const path = put(
      folder,
      'none.csv',
      `${HEAD}\nsctp,10.0.0.1,1,10.0.0.2,2,,,x\nsctp,10.0.0.1,1,10.0.0.2,2,,,x\n`,
    );
    await assert.rejects(labelsOf(path, 'table', {}), (error) => {
      assert.ok(error instanceof FaultError);
      assert.match(
        error.message,
        /no record is a label: 2 of 2 records of labels left out: 2 × protocol sctp is neither TCP nor UDP, first .*none\.csv: record 1/,
      );
      return true;
    });
  });
});

const labelsOf = (path: string, format: LabelFormat, said: object) =>
  readDatasetLabels(
    {
      name: 'lab',
      labels: { format, clockOffset: 0, ...said },
      days: [{ name: 'all', date: null, labels: [path], otherwise: null }],
    },
    folder,
  );

describe('names of labels', () => {
  it('are asked for where they may be normal or an attack', async () => {
    const row = 'tcp,10.0.0.1,1,10.0.0.2,2,1520240400,,';
    const path = put(folder, 'unsw.csv', `${HEAD}\n${row}0\n${row.replace('1,', '3,')}0\n${row}1\n`);
    await assert.rejects(
      labelsOf(path, 'table', {}),
      /labels of lab: does "0" or "1" mean that nothing is wrong\? The labels are "0" × \d, "1" × 1; name all that are normal in the "labels" of the data set \(dataset\.labels\.normal in a spec, labels\.normal in a manifest\): \["0"\]/,
    );
    const { said } = await labelsOf(path, 'table', { normal: ['0'] });
    assert.deepEqual(meaningsOf(['0', '1'], said), ['normal', 'attack']);
    for (const name of ['-', 'false', 'normal.', 'BENIGN traffic', 'None', 'legitimate'])
      assert.throws(() => checkMeanings([{ name, records: 1 }], {}, 'x'), /name all that are normal/, name);
    checkMeanings(
      ['Normal', 'benign', 'Background', 'DDoS', 'abnormality scan']
        .slice(0, 4)
        .map((name) => ({ name, records: 1 })),
      {},
      'x',
    );
  });

  it('of background are neither normal nor attacks', () =>
    assert.deepEqual(meaningsOf(['Background', 'BENIGN', 'Botnet', ' normal ']), [
      'background',
      'normal',
      'attack',
      'normal',
    ]));
});

const cases = fileURLToPath(new URL('../../../shared/cases/', import.meta.url));

describe('tables as people have them', () => {
  it('give the labels of the plain one', {
    skip: existsSync(cases) ? false : 'no such tables here',
  }, async () => {
    const of = async (name: string, options = {}) => {
      const { count, label, account } = await readLabels(
        [`${cases}06-label-rows/${name}.csv`],
        'table',
        options,
      );
      return { count, labels: [...label].sort(), times: Math.round(account.firstTime!) };
    };
    const plain = await of('plain');
    assert.equal(plain.count, 60);
    for (const name of ['pandas', 'ms', 'comma']) assert.deepEqual(await of(name), plain, name);
    assert.deepEqual(await of('dmy', { timeFormat: 'day-first' }), plain);
  });
});
