import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { filesBelow, temporaryFolder, writeSpec } from '../run/sample.ts';

const root = temporaryFolder();
const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
const windows = process.platform === 'win32';
const hasPython = !windows && spawnSync('python3', ['-c', 'import pty']).status === 0;
const long = { training: { epochs: 100_000, batch: 16 } };

/** A run that would take hours, and where its results go. */
function longRun(name: string) {
  const at = join(root, name);
  const args = ['run', writeSpec(at, long), '--out', join(at, 'out'), '--threads', '1'];
  return { at, out: join(at, 'out'), args };
}

/** Waits until a run has begun to train. */
async function begun(out: string): Promise<void> {
  for (let waited = 0; !filesBelow(out).some((file) => file.endsWith('journal.jsonl')); waited += 20) {
    assert.ok(waited < 60_000, 'it never began');
    await sleep(20);
  }
}

/** It was stopped after a checkpoint, and nobody has its lock. */
function isWellStopped(out: string): void {
  const left = filesBelow(out).filter((file) => file.startsWith('small/'));
  assert.deepEqual(
    left.map((file) => file.replace(/^.*\//, '')),
    ['.checkpoint', 'journal.jsonl'],
  );
  const locks = join(out, 'small', '.locks');
  for (const name of existsSync(locks) ? readdirSync(locks) : [])
    if (name.includes('~')) assert.match(readFileSync(join(locks, name), 'utf8'), /"released":true/);
  assert.ok(!existsSync(locks) || readdirSync(locks).some((name) => name.includes('~')));
}

/** A program on a pseudo-terminal, which does something when it has shown a text; prints what it showed and its exit code. */
const TERMINAL = `
import os, pty, select, sys, time
does, seen, *args = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0: os.execvp(args[0], args)
shown, began = b'', time.time()
while time.time() - began < 90:
    if not select.select([fd], [], [], 0.1)[0]: continue
    try: chunk = os.read(fd, 4096)
    except OSError: break
    if not chunk: break
    shown += chunk
    if seen.encode() not in shown: continue
    seen = 'never' * 9
    if does == 'hang up':
        os.close(fd)
        break
    os.write(fd, b'\\x03')
else: os.kill(pid, 9)
print(shown.decode(errors='replace'), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

async function onTerminal(does: 'hang up' | 'Ctrl-C', seen: string, args: readonly string[]) {
  const child = spawn('python3', ['-c', TERMINAL, does, seen, process.execPath, program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
  });
  await once(child, 'close');
  return text.trimEnd();
}

describe('what is printed', { skip: windows && 'there are no signals on Windows' }, () => {
  it('does not keep a run from ending when nobody reads standard error', async () => {
    const { out, args } = longRun('stderr');
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.destroy();
    await begun(out);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [130, null]);
    isWellStopped(out);
  });

  it('does not when tee goes first at Ctrl-C', async () => {
    const { at, out, args } = longRun('tee');
    // The shell hears the signal, too, and lives to tell the code.
    const line = '{ trap : INT; "$@"; echo $? > "$AT/code"; } 2>&1 | tee "$AT/log" > /dev/null';
    const child = spawn('sh', ['-c', line, 'sh', process.execPath, program, ...args], {
      env: { ...process.env, AT: at },
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(child, 'exit');
    await begun(out);
    process.kill(-child.pid!, 'SIGINT');
    await ended;
    for (let waited = 0; !existsSync(join(at, 'code')) && waited < 60_000; waited += 20) await sleep(20);
    await sleep(20);
    assert.equal(readFileSync(join(at, 'code'), 'utf8'), '130\n');
    isWellStopped(out);
  });

  it('stops a run after a checkpoint when its reader has what it wants', async () => {
    const { out, args } = longRun('head');
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let told = '';
    child.stderr.on('data', (bytes) => {
      told += bytes;
    });
    assert.deepEqual(await once(child, 'close'), [141, null]);
    assert.match(told, /^standard output: nobody reads it any more: stopping after this step; again/);
    isWellStopped(out);
  });

  it('stops a run after a checkpoint when the disk that it goes to is full', {
    skip: !existsSync('/dev/full') && 'needs /dev/full',
  }, async () => {
    const { out, args } = longRun('full');
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', full, 'pipe'] });
    let told = '';
    child.stderr!.on('data', (bytes) => {
      told += bytes;
    });
    assert.deepEqual(await once(child, 'close'), [4, null]);
    const line =
      'standard output: cannot be written: no space left on the disk (ENOSPC); let it go elsewhere\n';
    assert.ok(told.startsWith(line), told);
    assert.ok(told.length < 2000, told);
    isWellStopped(out);
  });

  it('and what came on standard input is gone with the command that is stopped', async () => {
    const at = join(root, 'spool');
    mkdirSync(at);
    const child = spawn(process.execPath, [program, 'inspect', '-'], {
      env: { ...process.env, TMPDIR: at },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const spooled = () => readdirSync(at).filter((name) => name.startsWith('sessionlab-input-'));
    for (let waited = 0; spooled().length === 0 && waited < 60_000; waited += 20) await sleep(20);
    assert.equal(spooled().length, 1);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [130, null]);
    assert.deepEqual(spooled(), []);
  });

  const terminal = { skip: !hasPython && 'needs python3 for a pseudo-terminal' };

  it('does not keep a run from ending when the terminal hangs up', terminal, async () => {
    const { out, args } = longRun('hang-up');
    assert.match(await onTerminal('hang up', 'epoch', args), / 130$/);
    isWellStopped(out);
  });

  it('says nothing of a defect when a dry run is interrupted', terminal, async () => {
    const at = join(root, 'dry');
    const spec = writeSpec(at, { ...long, sweep: { 'network.cell': ['gru', 'lstm'] } });
    const args = ['sweep', spec, '--out', join(at, 'out'), '--dry-run', '--threads', '1'];
    const shown = await onTerminal('Ctrl-C', 'measuring', args);
    assert.match(shown, /stopping after this step; again stops at once …\r\ninterrupted\r\n 130$/);
    assert.doesNotMatch(shown, /defect/);
  });
});
