import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { spoolStandardInput } from '../../src/capture/index.ts';
import { frame, pcap, temporaryFolder } from './build.ts';

describe('standard input', () => {
  it('is kept as a file until it has been read', async () => {
    const bytes = Buffer.from(pcap([{ seconds: 1, bytes: frame() }]));
    const input = Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]);
    const { patterns, remove } = await spoolStandardInput(['a.pcap', '-'], input);
    assert.equal(patterns[0], 'a.pcap');
    assert.deepEqual(readFileSync(patterns[1]!), bytes);
    remove();
    assert.equal(existsSync(patterns[1]!), false);
  });

  it('is looked at before it is kept: endless bytes that are no capture are refused at once', async () => {
    let taken = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          taken++;
          yield Buffer.from('what is this? '.repeat(1000));
        }
      })(),
    );
    await assert.rejects(spoolStandardInput(['-'], endless), {
      message: /standard input: it is no capture: its first bytes are 77 68 61 74/,
      exitCode: 3,
    });
    assert.ok(taken < 40, `${taken} chunks were taken`);
    await assert.rejects(spoolStandardInput(['-'], Readable.from([])), /standard input: it is empty/);
  });

  it('is kept up to a bound, and nothing of what goes beyond stays', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('sessionlab-'));
    const endless = Readable.from(
      (function* () {
        yield pcap([]);
        for (;;) yield new Uint8Array(1 << 16);
      })(),
    );
    await assert.rejects(spoolStandardInput(['-'], endless, undefined, 1 << 20), {
      message: /standard input: holds more than 1\.0\d? MB, half of what is free in .*TMPDIR/,
      exitCode: 4,
    });
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('sessionlab-'));
    assert.deepEqual(
      after.filter((name) => !before.includes(name) && !name.startsWith('sessionlab-test')),
      [],
    );
  });

  it('is left alone where nobody names it', async () => {
    const patterns = ['a.pcap', './-'];
    assert.equal((await spoolStandardInput(patterns, Readable.from([]))).patterns, patterns);
  });

  it('is refused twice, and from a terminal', async () => {
    await assert.rejects(spoolStandardInput(['-', '-'], Readable.from([])), {
      message: 'standard input: is named twice, and can be read only once; name it once',
    });
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await assert.rejects(
      spoolStandardInput(['-'], terminal),
      /standard input: is a terminal, expected a capture; pipe one in/,
    );
  });
});

describe('standard input of a process', { skip: process.platform === 'win32' && 'no such signals' }, () => {
  it('leaves nothing behind when the process is asked to end', async () => {
    const temporary = temporaryFolder();
    const module = new URL('../../src/capture/index.ts', import.meta.url);
    const faults = new URL('../../src/fault/index.ts', import.meta.url);
    const script =
      `import { spoolStandardInput } from '${module}'; import { listenForSignals } from '${faults}';` +
      `const { signal } = listenForSignals(() => undefined);` +
      `await spoolStandardInput(['-'], process.stdin, signal).catch(() => process.exit(130));`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.write(pcap([{ seconds: 1, bytes: frame() }]));
    const kept = () => readdirSync(temporary).filter((name) => name.startsWith('sessionlab-'));
    while (kept().length === 0 && child.exitCode === null) await setTimeout(20);
    assert.equal(kept().length, 1);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.deepEqual([code, kept()], [130, []]);
  });
});
