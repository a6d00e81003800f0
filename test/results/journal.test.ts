import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import {
  continueJournal,
  createJournal,
  type JournalEntry,
  parseJournal,
  readJournal,
} from '../../src/results/index.ts';
import fc from '../support/fast-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-journal-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const path = () => join(folder, `${files++}.jsonl`);

const entries: readonly JournalEntry[] = [
  { type: 'begin', experiment: 'e', specHash: 'ab12', seed: 1, epochs: 2, stepsPerEpoch: 3 },
  {
    type: 'step',
    epoch: 1,
    step: 1,
    loss: 0.1 + 0.2,
    accuracy: 1 / 3,
    gradientNorm: 5e-324,
    learningRate: 0.001,
  },
  { type: 'epoch', epoch: 1, step: 1, loss: 1.25, accuracy: 0.5 },
  { type: 'system', epoch: 1, step: 1, memory: 123_456_789, cpu: 1.75 },
  { type: 'test', epoch: 1, step: 1, metrics: { accuracy: 0.5, rocAuc: null } },
  { type: 'end', resultHash: 'ff' },
];

function written(list: readonly JournalEntry[]): string {
  const file = path();
  const journal = createJournal(file, () => 1_520_240_400_123);
  for (const entry of list) journal.append(entry);
  journal.close();
  return file;
}

describe('a journal', () => {
  it('is a line for each entry, numbered from 0, with the time in UTC', () => {
    assert.equal(
      readFileSync(written(entries.slice(2, 5)), 'utf8'),
      '{"sequence":0,"time":"2018-03-05T09:00:00.123Z","type":"epoch","epoch":1,"step":1,"loss":1.25,"accuracy":0.5}\n' +
        '{"sequence":1,"time":"2018-03-05T09:00:00.123Z","type":"system","epoch":1,"step":1,"memory":123456789,"cpu":1.75}\n' +
        '{"sequence":2,"time":"2018-03-05T09:00:00.123Z","type":"test","epoch":1,"step":1,"metrics":{"accuracy":0.5,"rocAuc":null}}\n',
    );
  });

  it('gives back what was appended, every bit of every number', () => {
    const { lines, torn } = readJournal(written(entries));
    assert.equal(torn, false);
    const time = '2018-03-05T09:00:00.123Z';
    assert.deepEqual(
      lines,
      entries.map((entry, sequence) => ({ sequence, time, ...entry })),
    );
  });

  it('gives back any finite number', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 4, maxLength: 4 }),
        ([loss, accuracy, gradientNorm, learningRate]) => {
          const step = {
            loss: loss!,
            accuracy: accuracy!,
            gradientNorm: gradientNorm!,
            learningRate: learningRate!,
          };
          const text = `${JSON.stringify({ sequence: 0, time: '', type: 'step', epoch: 1, step: 1, ...step })}\n`;
          const [line] = parseJournal(text, 'x').lines;
          assert.ok(line?.type === 'step');
          // JSON has no −0.
          for (const key of ['loss', 'accuracy', 'gradientNorm', 'learningRate'] as const)
            assert.equal(line[key] + 0, step[key] + 0);
        },
      ),
    );
  });

  it('can be read while it is written: each entry is there as soon as it was appended', () => {
    const file = path();
    const journal = createJournal(file);
    for (const [i, entry] of entries.entries()) {
      journal.append(entry);
      assert.equal(readJournal(file).lines.length, i + 1);
    }
    journal.close();
  });

  it('gives back what is whole when its last line was cut off', () => {
    const text = readFileSync(written(entries), 'utf8');
    const whole = (cut: number) => text.slice(0, cut).split('\n').length - 1;
    for (let cut = 0; cut < text.length; cut++) {
      const { lines, torn } = parseJournal(text.slice(0, cut), 'x');
      assert.equal(lines.length, whole(cut));
      assert.equal(torn, cut > 0 && text[cut - 1] !== '\n');
    }
  });

  it('never begins over another one', () => {
    const file = written(entries);
    assert.throws(() => createJournal(file), { code: 'EEXIST' });
    assert.equal(readJournal(file).lines.length, entries.length);
  });

  it('closes once, and takes nothing after that', () => {
    const journal = createJournal(path());
    journal.close();
    journal.close();
    journal.sync();
    assert.throws(() => journal.append(entries[4]!), /: the journal is closed$/);
  });

  for (const [what, text, problem] of [
    ['no JSON', 'nonsense', 'is no JSON object'],
    ['no object', '[1]', 'is no JSON object'],
    [
      'out of sequence',
      '{"sequence":2,"time":"","type":"end","resultHash":""}',
      'sequence number 2, expected 1',
    ],
    ['without time', '{"sequence":1,"type":"end","resultHash":""}', '/time: missing, expected a text'],
    [
      'of another type',
      '{"sequence":1,"time":"","type":"ends"}',
      '"ends", expected one of begin, step, epoch',
    ],
    [
      'without its number',
      '{"sequence":1,"time":"","type":"epoch","epoch":1}',
      '/step: missing, expected a whole number',
    ],
    [
      'with a wrong one',
      '{"sequence":1,"time":"","type":"end","resultHash":1}',
      '/resultHash: got 1, expected a text',
    ],
  ] as const) {
    it(`refuses a line that is ${what}, by its number`, () => {
      const first = '{"sequence":0,"time":"","type":"end","resultHash":""}';
      assert.throws(
        () => parseJournal(`${first}\n${text}\n`, 'j.jsonl'),
        (error) => {
          assert.ok(error instanceof FaultError);
          assert.match(error.message, /^j\.jsonl: line 2: /);
          assert.ok(error.message.includes(problem), error.message);
          return true;
        },
      );
    });
  }
});

describe('a journal that goes on', () => {
  /** All entries, and the position after so many of them. */
  function interrupted(after: number) {
    const file = path();
    const journal = createJournal(file, () => 1000);
    let position = journal.position;
    for (const [i, entry] of entries.entries()) {
      journal.append(entry);
      if (i + 1 === after) position = journal.position;
    }
    journal.close();
    return { file, position, whole: readFileSync(file, 'utf8') };
  }

  it('finds again what was written after its position, cut off anywhere, with its times, and doubles nothing', () => {
    fc.assert(
      fc.property(fc.nat(entries.length), fc.nat(2000), (after, cut) => {
        const { file, position, whole } = interrupted(after);
        const size = Math.max(position.bytes, whole.length - cut);
        truncateSync(file, size);
        const journal = continueJournal(file, position, () => 5000)!;
        for (const entry of entries.slice(after)) journal.append(entry);
        journal.close();
        const { lines, torn } = readJournal(file);
        assert.equal(torn, false);
        assert.deepEqual(
          lines.map(({ sequence: _, time: __, ...entry }) => entry),
          entries,
        );
        const kept = whole.slice(0, size).split('\n').length - 1;
        assert.deepEqual(
          lines.map(({ time }) => Date.parse(time)),
          entries.map((_, i) => (i < kept ? 1000 : 5000)),
        );
      }),
    );
  });

  it('writes anew from where something else comes', () => {
    const { file, position } = interrupted(1);
    const journal = continueJournal(file, position, () => 5000)!;
    journal.append(entries[1]!);
    journal.append(entries.at(-1)!);
    journal.close();
    const { lines } = readJournal(file);
    assert.deepEqual(
      lines.map(({ type, time }) => [type, Date.parse(time)]),
      [
        ['begin', 1000],
        ['step', 1000],
        ['end', 5000],
      ],
    );
  });

  it('keeps what the process cost the first time', () => {
    const { file, position } = interrupted(2);
    const journal = continueJournal(file, position, () => 5000)!;
    for (const entry of entries.slice(2))
      journal.append(entry.type === 'system' ? { ...entry, memory: 1, cpu: 0.5 } : entry);
    journal.close();
    const { lines } = readJournal(file);
    assert.deepEqual(
      lines.map(({ sequence: _, time: __, ...entry }) => entry),
      entries,
    );
    assert.ok(lines.every(({ time }) => Date.parse(time) === 1000));
  });

  it('leaves what a dying disk wrote after it', () => {
    const { file, position, whole } = interrupted(3);
    writeFileSync(file, whole.slice(0, position.bytes));
    appendFileSync(file, Buffer.from(`\0\0\0\n{"sequence":3}\n`));
    const journal = continueJournal(file, position)!;
    for (const entry of entries.slice(3)) journal.append(entry);
    journal.close();
    assert.equal(readJournal(file).lines.length, entries.length);
  });

  it('is refused where what is before its position has changed, or is not there', () => {
    const { file, position, whole } = interrupted(3);
    writeFileSync(file, whole.replace('"loss":1.25', '"loss":1.26'));
    assert.equal(continueJournal(file, position), null);
    writeFileSync(file, whole.slice(0, position.bytes - 1));
    assert.equal(continueJournal(file, position), null);
  });
});
