import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { reportError } from '../../src/command/end.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';

/** What is printed for an error, and the exit code. */
function report(error: unknown, env: Record<string, string> = {}): [lines: readonly string[], code: number] {
  const lines: string[] = [];
  const code = reportError(error, (line) => lines.push(line), env);
  return [lines, code];
}

describe('what a command throws', () => {
  it('is a line for each fault, with the exit code that it carries', () => {
    const faults = [
      { place: 'a.pcap', problem: 'got 3 bytes, expected 24', cure: 'is it complete?' },
      { place: '/b', problem: 'two\nlines\u001b[31m' },
    ];
    assert.deepEqual(report(new FaultError(faults, ExitCode.data)), [
      ['a.pcap: got 3 bytes, expected 24; is it complete?', '/b: two\\nlines\\u001b[31m'],
      3,
    ]);
  });

  it('is a refusal of the machine when the system says so', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC', path: 'results/x' });
    assert.deepEqual(report(full), [['results/x: no space left on the disk (ENOSPC)'], 4]);
    const link = Object.assign(new Error('stat'), { code: 'ELOOP', path: 'a.pcap' });
    assert.deepEqual(report(link), [['a.pcap: its links lead in a circle (ELOOP)'], 4]);
    const long = Object.assign(new Error('x'), { code: 'ERR_STRING_TOO_LONG' });
    assert.deepEqual(report(long), [
      ['the machine: a file is too large to be read at once (ERR_STRING_TOO_LONG)'],
      4,
    ]);
    assert.deepEqual(report(new RangeError('Array buffer allocation failed')), [
      ['the machine: not enough memory (Array buffer allocation failed)'],
      4,
    ]);
    const memory = Object.assign(new Error('x'), { code: 'ENOMEM' });
    assert.deepEqual(report(memory), [['the machine: not enough memory (ENOMEM)'], 4]);
  });

  it('else is a defect of ours, without a stack unless it is asked for', () => {
    const message =
      'this is a defect of sessionlab: TypeError: x is not y; please report it with what you did; SESSIONLAB_DEBUG=1 shows where it happened';
    const error = new TypeError('x is not y');
    assert.deepEqual(report(error), [[message], 1]);
    assert.deepEqual(report(error, { SESSIONLAB_DEBUG: '0' }), [[message], 1]);
    const [lines] = report(error, { SESSIONLAB_DEBUG: '1' });
    assert.equal(lines[0], message);
    assert.match(lines[1]!, /end\.test\.ts/);
    assert.equal(report('a text')[1], 1);
    assert.equal(report(undefined)[1], 1);
  });

  it('is a wrong command line when the parser says so, and nothing when it printed help', () => {
    assert.deepEqual(report(new CommanderError(1, 'commander.unknownOption', 'x')), [[], 2]);
    assert.deepEqual(report(new CommanderError(0, 'commander.helpDisplayed', 'x')), [[], 0]);
  });
});

describe('a closed pipe', () => {
  it('ends the program quietly', async () => {
    const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, stderr], [0, '']);
  });
});
