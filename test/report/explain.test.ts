import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AttentionCard } from '../../src/attention/index.ts';
import { command as explainCommand } from '../../src/command/explain.ts';
import type { AttentionRecord } from '../../src/evaluation/index.ts';
import { explain } from '../../src/report/explain.ts';
import { attentionFigure, renderSvg } from '../../src/report/figures/index.ts';
import { findRun, parseRecord } from '../../src/results/index.ts';
import { sampleRecord } from '../evaluation/sample.ts';
import { writeRun as writeRecord } from '../results/sample.ts';

const VIEW = { color: 'none', width: 100 } as const;

const RECORDS: readonly AttentionRecord[] = [
  sampleRecord({
    session: 5,
    kind: 'normal',
    actual: 'normal',
    predicted: 'normal',
    probabilities: [0.9, 0.1, 0],
  }),
  sampleRecord({ session: 17, predicted: 'normal', probabilities: [0.6, 0.4, 0] }),
  sampleRecord({ session: 1234 }),
  sampleRecord({ session: 1300, presented: { initiator: '[2001:db8::1]:5353', responder: '10.0.0.1:443' } }),
];

let results = '';

/** Writes a run, so many seconds after the first. */
function writeRun(path: string, age: number, records: readonly AttentionRecord[] | string | null): void {
  const folder = join(results, path);
  writeRecord(folder);
  utimesSync(join(folder, 'run.json'), 1_600_000_000 + age, 1_600_000_000 + age);
  if (records === null) return;
  const text = typeof records === 'string' ? records : records.map((r) => `${JSON.stringify(r)}\n`).join('');
  writeFileSync(join(folder, 'attention.jsonl'), text);
}

before(() => {
  results = mkdtempSync(join(tmpdir(), 'sessionlab-explain-'));
  writeRun('office/aaaa1111/1', 10, RECORDS.slice(0, 1));
  writeRun('office/aaaa1111/2', 30, RECORDS);
  writeRun('office/bbbb2222/1', 20, RECORDS);
  writeRun('plain/cccc3333/1', 5, null);
  writeRun('damaged/dddd4444/1', 1, `${JSON.stringify(RECORDS[0])}\n{"session":`);
  writeRun('empty/eeee5555/1', 2, '');
});

after(() => rmSync(results, { recursive: true }));

const shown = (run: string, options: object = {}) => explain(run, { results, ...options }, VIEW);
const fails = (call: () => unknown, ...parts: readonly string[]) => {
  assert.throws(call, (error: Error) => {
    for (const part of parts) assert.ok(error.message.includes(part), `${error.message}\nlacks ${part}`);
    return true;
  });
};

describe('a run', () => {
  it('is found by its folder, by parts of its path, and by "latest"', () => {
    const at = (path: string) => join(results, path);
    assert.equal(findRun(at('office/aaaa1111/1'), results), at('office/aaaa1111/1'));
    assert.equal(findRun(at('office/bbbb2222'), results), at('office/bbbb2222/1'));
    assert.equal(findRun('office', results), at('office/aaaa1111/2'));
    assert.equal(findRun('office/bbbb', results), at('office/bbbb2222/1'));
    assert.equal(findRun('office/aaaa/1', results), at('office/aaaa1111/1'));
    assert.equal(findRun('latest', results), at('office/aaaa1111/2'));
  });

  it('that does not exist is answered with those that do, and the one that was meant', () => {
    fails(
      () => findRun('ofice', results),
      'run "ofice"',
      'damaged, empty, office, plain',
      'did you mean "office"?',
    );
    fails(() => findRun('office/ffff', results), 'run "office/ffff"');
    fails(() => findRun('latest', join(results, 'nowhere')), 'there is no such folder', 'sessionlab run');
  });

  it('without attention records says how to get them', () => {
    fails(() => shown('plain'), join('plain', 'cccc3333'), 'has no attention records', '"attention"');
    fails(() => shown('empty'), 'has no attention records');
  });

  it('with a damaged record says which line', () => {
    fails(() => shown('damaged'), 'attention.jsonl: line 2: got', 'run the experiment again');
  });
});

describe('explain', () => {
  it('shows a recognised anomaly when nothing is asked for, and says that there is more', () => {
    const text = shown('office');
    assert.match(text, /^Session 1234 /);
    assert.match(text, /\n3 more sessions: --all shows, --list lists them\.\n$/);
  });

  it('shows the session with an id', () => {
    assert.match(
      shown('office', { session: '17' }),
      /^Session 17 .*\n(.*\n)*.*predicted {3}normal 60\.0%, wrong\n/,
    );
    assert.doesNotMatch(shown('office', { session: '17' }), /more session/);
  });

  it('shows sessions by a text in their endpoints, as presented or as captured', () => {
    assert.match(shown('office', { session: '2001:db8' }), /^Session 1300 /);
    assert.match(shown('office', { session: 'TCP 10.0.1.2:50312 > 10.0.0.1' }), /^Session 5 /);
    assert.match(shown('office', { session: '[2001:db8::1]:5353 → 10' }), /^Session 1300 /);
  });

  it('shows sessions of a kind, and all with --all', () => {
    assert.match(shown('office', { kind: 'normal' }), /^Session 5 /);
    const text = shown('office', { kind: 'swap', all: true });
    assert.deepEqual(text.match(/^Session \d+/gm), ['Session 17', 'Session 1234', 'Session 1300']);
  });

  it('lists sessions', () => {
    assert.equal(
      shown('office', { list: true }),
      `session  endpoints                              actual  predicted
      5  tcp 10.0.0.5:50312 > 10.0.0.1:443      normal  normal     90.00%
     17  tcp 10.0.0.5:50312 > 10.0.0.1:443      swap    normal      60.0%
   1234  tcp 10.0.0.5:50312 > 10.0.0.1:443      swap    swap       98.14%
   1300  tcp [2001:db8::1]:5353 > 10.0.0.1:443  swap    swap       98.14%
`,
    );
  });

  it('prints records as JSON lines that can be read back', () => {
    const text = shown('office', { all: true, json: true });
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => parseRecord(line));
    assert.deepEqual(records, RECORDS);
  });

  it('answers a wrong kind or session with what there is', () => {
    fails(
      () => shown('office', { kind: 'swop' }),
      '--kind: got "swop"',
      'normal, swap',
      'did you mean "swap"?',
    );
    fails(
      () => shown('office', { session: '99999' }),
      '--session: got "99999"',
      'its ids are 5, 17, 1234, 1300',
    );
    fails(() => shown('office', { session: '5', kind: 'swap' }), 'its ids are 17, 1234, 1300');
  });

  it('says below a session what the card of its run says of its kind, and where there is none that nobody measured', async () => {
    const says = 'packet attention does not show the edited bytes of swap here: 1.02 times';
    const estimate = { value: 1, low: null, high: null };
    const against = { attention: estimate, normal: estimate, position: estimate };
    const card: AttentionCard = {
      format: 1,
      sessions: 4,
      attention: { packet: 'tanh', session: 'tanh' },
      says: [],
      pointing: [
        {
          ...{ level: 'packet', kind: 'swap', finding: 'not', says, all: 3, sessions: 3 },
          leftOut: { unseen: 0, everything: 0, unmatched: 0 },
          share: { ...against, uniform: 0.1 },
          times: { normal: estimate, position: estimate },
          auc: { ...against, overNormal: estimate, overPosition: estimate },
          top: against,
          topEdited: against,
        },
      ],
      replaced: [],
    };
    assert.match(
      shown('office'),
      /\(21\.4% were it uniform; 3 edited bytes\)\nWhether that is more .* nobody measured/,
    );
    const path = join(results, 'office/aaaa1111/2/attention.json');
    writeFileSync(path, JSON.stringify(card));
    assert.match(shown('office').replaceAll('\n', ' '), new RegExp(`In all test sessions, ${says}`));
    const svg = await renderSvg(attentionFigure(RECORDS[1]!, card));
    assert.match(svg, /In all test sessions, packet attention does not show the edited bytes of swap here/);
    rmSync(path);
  });

  it('has a help with examples', () => {
    const command = explainCommand();
    assert.equal(command.name(), 'explain');
    assert.match(command.helpInformation(), /--session <id>/);
  });
});
