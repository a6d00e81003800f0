import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Lock, locksIn, type Owner, takeLock } from '../../src/disk/lock.ts';
import { ownIdentity } from '../../src/disk/process-identity.ts';
import { temporaryFolder } from '../run/sample.ts';

const root = temporaryFolder();
const child = fileURLToPath(new URL('lock-child.ts', import.meta.url));
let folders = 0;
function folder(): string {
  const path = join(root, String(folders++));
  mkdirSync(join(path, 'locks'), { recursive: true });
  return path;
}

const taken = (path: string): Lock => {
  const lock = takeLock(path);
  assert.ok(!('heldBy' in lock));
  return lock;
};
const holder = (path: string): Owner => {
  const lock = takeLock(path);
  assert.ok('heldBy' in lock);
  return lock.heldBy;
};

/** A lock as another process would have written it. */
function foreign(path: string, changes: Partial<Owner>, secondsAgo = 0): void {
  const owner = { ...ownIdentity(), nonce: 'f00', since: '2026-01-01T00:00:00.000Z', ...changes };
  writeFileSync(path, `${JSON.stringify(owner).padEnd(1023)}\n`);
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(path, time, time);
}

describe('a lock', () => {
  it('has one owner, until it is released', () => {
    const path = join(folder(), 'locks', 'x');
    const lock = taken(path);
    assert.equal(holder(path).pid, process.pid);
    assert.equal(holder(path).nonce, lock.owner.nonce);
    assert.deepEqual([...locksIn(join(path, '..')).keys()], ['x']);
    lock.release(false);
    assert.equal(lock.isHeld(), false);
    assert.deepEqual([...locksIn(join(path, '..')).keys()], []);
    const second = taken(path);
    assert.ok(second.isHeld());
    second.release(true);
    assert.deepEqual(readdirSync(join(path, '..')), []);
  });

  it('of a process that has ended is taken over, also where another process has its number now', () => {
    const gone = join(folder(), 'locks', 'x');
    foreign(gone, { pid: 4_194_303 });
    assert.ok(taken(gone).isHeld());
    const reused = join(folder(), 'locks', 'x');
    foreign(reused, { start: '1' });
    assert.ok(taken(reused).isHeld());
    const alive = join(folder(), 'locks', 'x');
    foreign(alive, {}, 1_000_000);
    assert.equal(holder(alive).nonce, 'f00');
  });

  const script = fileURLToPath(new URL('life-child.ts', import.meta.url));
  /** Runs a command as another user whom /proc shows no processes but the own. */
  const elsewhere = (...command: readonly string[]) => {
    const line =
      'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 2002 --regid 2002 --clear-groups "$@"';
    return spawnSync('sh', ['-c', `unshare -m sh -c '${line}' sh "$@"`, 'sh', ...command], {
      encoding: 'utf8',
    });
  };
  const can = process.geteuid?.() === 0 && elsewhere('test', '-r', script).status === 0;
  const hidden = { skip: !can && 'needs root, unshare, hidepid, and a folder that others may read' };
  it(
    'of a process that the machine hides is judged by its heart, and is nobody’s where there is no process',
    hidden,
    () => {
      const identities = [ownIdentity(), { ...ownIdentity(), pid: 4_194_303 }].map((id) =>
        JSON.stringify(id),
      );
      const { stdout, stderr } = elsewhere(process.execPath, '--import', 'tsx', script, ...identities);
      assert.equal(stdout, 'unknown\ndead\n', stderr);
    },
  );

  it('of another machine is its own while its heart beats, and then another’s', () => {
    const path = join(folder(), 'locks', 'x');
    foreign(path, { host: 'elsewhere' }, 60);
    assert.equal(holder(path).host, 'elsewhere');
    foreign(path, { host: 'elsewhere' }, 600);
    const lock = taken(path);
    assert.ok(lock.isHeld());
    // It was only asleep: it is too late for it.
    foreign(path, { host: 'elsewhere' }, 0);
    assert.ok(lock.isHeld());
    assert.equal(holder(path).nonce, lock.owner.nonce);
  });

  it('of a container with the same name and another numbering is not looked up here', () => {
    const path = join(folder(), 'locks', 'x');
    foreign(path, { system: 'linux another', pid: 4_194_303 }, 10);
    assert.equal(holder(path).pid, 4_194_303);
  });

  it('that nobody can read is waited for, then taken', () => {
    const path = join(folder(), 'locks', 'x');
    writeFileSync(path, '');
    assert.equal(holder(path).nonce, 'unreadable');
    utimesSync(path, 1000, 1000);
    assert.ok(taken(path).isHeld());
  });

  it('is lost by an owner that another took for dead', () => {
    const path = join(folder(), 'locks', 'x');
    const lock = taken(path);
    foreign(`${path}~${lock.owner.nonce}`, { nonce: 'abc' });
    assert.equal(lock.isHeld(), false);
    lock.release(false);
    assert.equal(holder(path).nonce, 'abc');
  });

  it('tells how far its owner is', () => {
    const path = join(folder(), 'locks', 'x');
    const lock = taken(path);
    lock.report({ step: 5, steps: 10, eta: 1000 });
    assert.deepEqual(lock.owner.progress, { step: 5, steps: 10, eta: 1000 });
  });
});

describe('several processes', () => {
  it('never do one job at the same time nor twice, though they give up and are killed', async () => {
    const at = folder();
    const log = join(at, 'log');
    const jobs = 60;
    const start = () => {
      const args = ['--import', 'tsx', child, at, String(jobs), log];
      const started = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      return { started, ended: once(started, 'exit') };
    };
    const all = Array.from({ length: 4 }, start);
    // Two die in the midst of it.
    for (const { started } of all.slice(0, 2)) {
      while (!readable(log).includes(` ${started.pid}\n`)) await sleep(5);
      await sleep(40);
      started.kill('SIGKILL');
    }
    for (const { ended } of all) await ended;
    const begun = new Map<string, string>();
    const done = new Map<string, number>();
    const dead = new Set(all.slice(0, 2).map(({ started }) => String(started.pid)));
    for (const line of readable(log).trimEnd().split('\n')) {
      const [what, job, pid] = line.split(' ') as [string, string, string];
      const other = begun.get(job);
      if (what === 'begin') {
        assert.ok(other === undefined || dead.has(other), `${job} by ${other} and ${pid}`);
        begun.set(job, pid);
      } else if (what === 'end') begun.delete(job);
      else done.set(job, (done.get(job) ?? 0) + 1);
    }
    assert.equal(done.size, jobs);
    assert.ok([...done.values()].every((times) => times === 1));
    assert.deepEqual([...locksIn(join(at, 'locks')).keys()], []);
  });
});

function readable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
