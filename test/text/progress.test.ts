import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPace, createReporter, createTransfer } from '../../src/text/progress.ts';

/** A stream that keeps what is written. */
function terminal(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

describe('a reporter', () => {
  it('writes facts to one stream and lines to the other', () => {
    const [facts, progress] = [terminal(false), terminal(false)];
    const reporter = createReporter(facts, progress);
    reporter.fact('fact\n');
    reporter.line('line');
    assert.deepEqual([facts.written, progress.written], [['fact\n'], ['line\n']]);
  });

  it('has no status without a terminal, and does not even make its text', () => {
    const progress = terminal(false);
    const reporter = createReporter(terminal(true), progress);
    reporter.status(() => assert.fail('nobody sees it'));
    reporter.clear();
    assert.deepEqual(progress.written, []);
  });

  it('writes one status line over and over on a terminal, never more often than ten times a second', () => {
    let now = 0;
    const progress = terminal(true);
    const reporter = createReporter(terminal(true), progress, () => now);
    for (now = 0; now < 250; now += 10) reporter.status(() => `at ${now}`);
    assert.deepEqual(progress.written, ['\rat 0\x1b[K', '\rat 100\x1b[K', '\rat 200\x1b[K']);
  });

  it('takes the status line away before anything else is written, once', () => {
    const [facts, progress] = [terminal(true), terminal(true)];
    const reporter = createReporter(facts, progress, () => 0);
    reporter.status(() => 'status');
    reporter.line('line');
    reporter.line('line');
    reporter.fact('fact\n');
    assert.deepEqual(progress.written, ['\rstatus\x1b[K', '\r\x1b[K', 'line\n', 'line\n']);
  });

  it('keeps the status line shorter than the terminal is wide', () => {
    const progress = terminal(true, 10);
    createReporter(terminal(true), progress).status(() => 'abcdefghijklmnop');
    assert.deepEqual(progress.written, ['\rabcdefghi\x1b[K']);
  });
});

describe('the pace', () => {
  it('says how long the rest takes at the same speed', () => {
    let now = 1000;
    const pace = createPace(100, () => now);
    assert.equal(pace.eta(), '–');
    now += 5000;
    pace.advance(25);
    assert.equal(pace.eta(), '15.0 s');
    now += 5000;
    assert.equal(pace.eta(), '30.0 s');
    pace.advance(100);
    assert.equal(pace.eta(), '');
  });
});

describe('bytes that arrive', () => {
  it('are told with share, speed and how long the rest takes', () => {
    let now = 0;
    const transfer = createTransfer(() => now);
    transfer.begin(0);
    assert.equal(transfer.text(368_000_000), '0 B of 368 MB (0%)');
    now = 2000;
    transfer.advance(46_000_000);
    assert.equal(transfer.text(368_000_000), '46.0 MB of 368 MB (12%), 23.0 MB/s, 14.0 s left');
    assert.equal(transfer.text(null), '46.0 MB, 23.0 MB/s');
    transfer.advance(368_000_000);
    assert.equal(transfer.text(368_000_000), '368 MB of 368 MB (100%), 184 MB/s');
  });

  it('count from where they went on', () => {
    let now = 5000;
    const transfer = createTransfer(() => now);
    transfer.begin(300);
    now = 6000;
    transfer.advance(400);
    assert.equal(transfer.text(500), '400 B of 500 B (80%), 100 B/s, 1.0 s left');
  });
});
