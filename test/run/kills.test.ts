/**
 * Kills a run at random moments, fills its disk, takes its permissions, and goes on each time, until it is done: then all
 * its files must be those of a run that nobody disturbed. Nine times with the other tests; `npm run test:kills` does two
 * hundred, `node --import tsx test/run/kills.test.ts 1000 7` a thousand with the seed 7.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stream } from '../../src/random/index.ts';
import { artefacts, filesBelow, long, temporaryFolder, writeSpec } from './sample.ts';

const [count, chosen] = process.argv.slice(2).map(Number);
const KILLS = count ?? (long ? 200 : 9);
const SEED = chosen ?? 1;
const random = stream(SEED, 'kills');
const between = (low: number, high: number) => low + (high - low) * random.uniform();

const root = temporaryFolder();
const child = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const windows = process.platform === 'win32';

/** Half a second of training each, with everything that a checkpoint must hold. */
const SPECS: readonly object[] = [
  { training: { epochs: 12, batch: 16, optimizer: { kind: 'adamw', learningRate: 0.01 } } },
  {
    training: {
      epochs: 14,
      batch: 8,
      validation: 0.2,
      earlyStopping: { patience: 3, metric: 'accuracy' },
      optimizer: { kind: 'sgd', learningRate: 0.05 },
      schedule: { kind: 'cosine', warmUp: 1 },
    },
    evaluation: { everyEpoch: true, baselines: false },
    network: { packet: { units: 4 }, session: { units: 4 }, head: [6], dropout: 0.3, layerNorm: true },
    seeds: [5, 6],
  },
  {
    training: { epochs: 6, batch: 7, optimizer: { kind: 'rmsprop' }, validation: 0.1 },
    network: {
      ...{ cell: 'lstm', packet: { units: 6, layers: 2 }, session: { units: 5 }, head: [] },
      decoder: { units: 5, latent: { units: 4, annealing: 3, prefixDropout: 0.2 } },
    },
    anomalies: { repair: ['checksum', 'mac'] },
    evaluation: { baselines: false },
  },
];

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<number | string | null>;
  readonly printed: () => string;
  /** Until its imports are done and the work begins. */
  readonly begun: Promise<unknown>;
}

function start(
  spec: string,
  out: string,
  every: number | null,
  how: { blocks?: number; uid?: number } = {},
): Running {
  const args = [process.execPath, '--import', 'tsx', child, spec, out, String(every ?? '')];
  const [file, ...rest] =
    how.blocks === undefined ? args : ['sh', '-c', `ulimit -f ${how.blocks}; exec "$@"`, 'sh', ...args];
  const started = spawn(file!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(how.uid === undefined ? {} : { uid: how.uid, gid: how.uid }),
  });
  let text = '';
  for (const from of [started.stdout!, started.stderr!])
    from.on('data', (bytes) => {
      text += bytes;
    });
  const ended = once(started, 'close').then(([code, signal]) => code ?? signal);
  return {
    process: started,
    ended,
    printed: () => text,
    begun: Promise.race([once(started.stdout!, 'data'), ended]),
  };
}

/** The folders of the finished runs, by seed. */
const runsIn = (out: string) =>
  Object.fromEntries(
    filesBelow(join(out, 'small'))
      .filter((file) => file.endsWith('/run.json') && !file.includes('partial'))
      .map((file) => [file.split('/')[1]!, artefacts(join(out, 'small', file, '..'))]),
  );

interface Undisturbed {
  readonly spec: string;
  readonly runs: ReturnType<typeof runsIn>;
  /** Milliseconds from the beginning of the work to its end. */
  readonly took: number;
}

const references = new Map<number, Undisturbed>();

async function reference(index: number): Promise<Undisturbed> {
  const found = references.get(index);
  if (found !== undefined) return found;
  const at = join(root, `spec ${index}`);
  const spec = writeSpec(at, SPECS[index]);
  const whole = start(spec, join(at, 'out'), null);
  await whole.begun;
  const began = performance.now();
  assert.equal(await whole.ended, 0, whole.printed());
  const made = { spec, runs: runsIn(join(at, 'out')), took: performance.now() - began };
  references.set(index, made);
  return made;
}

/** What a disturbed run left when it was done at last. */
function assertUndisturbed(out: string, { runs }: Undisturbed, context: string): void {
  assert.deepEqual(runsIn(out), runs, context);
  const strange = filesBelow(join(out, 'small')).filter(
    (file) => !/^[0-9a-f]{12}\/\d+\/[a-z.]+$/.test(file) || file.includes('checkpoint'),
  );
  assert.deepEqual(strange, [], context);
}

/** A small file system of its own, where one may be mounted; null elsewhere. */
function smallDisk(): { readonly path: string; remove(): void } | null {
  const path = join(root, 'disk');
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return { path, remove: () => execFileSync('umount', [path]) };
}

describe(`a run that is disturbed ${KILLS} times`, {
  skip: windows && 'there are no signals on Windows',
}, () => {
  const disk = windows ? null : smallDisk();
  after(() => disk?.remove());
  const tally: Record<string, number> = {};
  const note = (what: string) => {
    tally[what] = (tally[what] ?? 0) + 1;
  };

  it(`ends as if nothing had been (seed ${SEED})`, { timeout: 60 * 60_000 }, async (t) => {
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      const index = round % SPECS.length;
      const whole = await reference(index);
      const out = join(root, `out ${round}`);
      // Every checkpoint is a write: with one at every step, most kills fall into one.
      const every = [1, null, 3][Math.floor(round / 2) % 3]!;
      for (let tries = 0; ; tries++) {
        assert.ok(tries < 100, 'never comes to its end');
        const running = start(whole.spec, out, every);
        await running.begun;
        const enough = kills >= KILLS;
        const moment = between(0, whole.took * 1.1);
        if (!enough) await Promise.race([running.ended, sleep(moment)]);
        const signal = random.chance(0.8) ? 'SIGKILL' : 'SIGTERM';
        if (!enough && running.process.exitCode === null) {
          running.process.kill(signal);
          kills++;
          note(signal);
        }
        const code = await running.ended;
        if (code === 0) break;
        assert.ok(code === 'SIGKILL' || code === 130, `${code}: ${running.printed()}`);
      }
      assertUndisturbed(out, whole, `round ${round}`);
      rmSync(out, { recursive: true });
    }
    t.diagnostic(JSON.stringify(tally));
  });

  it('by a disk that is full goes on when there is room again', async (t) => {
    for (let round = 0; round < Math.max(2, KILLS / 20); round++) {
      const whole = await reference(round % SPECS.length);
      const out = disk === null ? join(root, `full ${round}`) : join(disk.path, 'out');
      const ballast = join(disk?.path ?? root, 'ballast');
      const free = () => {
        const { bavail, bsize } = statfsSync(disk!.path);
        return bavail * bsize;
      };
      for (let tries = 0; ; tries++) {
        assert.ok(tries < 50, 'never comes to its end');
        const last = tries >= 4;
        // Room for some of what the run writes.
        const room = Math.floor(between(0, 120_000));
        if (disk !== null && !last) writeFileSync(ballast, Buffer.alloc(Math.max(0, free() - room)));
        const limit = disk === null && !last ? { blocks: 1 + Math.floor(room / 512) } : {};
        const running = start(whole.spec, out, 1, limit);
        const code = await running.ended;
        rmSync(ballast, { force: true });
        if (code === 0) break;
        assert.equal(code, 4, running.printed());
        assert.match(running.printed(), /cannot be written: .*(ENOSPC|EFBIG)/);
        note(disk === null ? 'limit' : 'full');
      }
      assertUndisturbed(out, whole, `full disk ${round}`);
      rmSync(out, { recursive: true });
    }
    t.diagnostic(JSON.stringify(tally));
  });

  it('by a folder that became read-only goes on when it may be written again', async (t) => {
    const isRoot = process.getuid?.() === 0;
    // Nothing is forbidden to root: the work is somebody else's then.
    const uid = isRoot ? { uid: 65534 } : {};
    const whole = await reference(0);
    for (let round = 0; round < Math.max(1, KILLS / 40); round++) {
      const at = join(root, `read only ${round}`);
      const out = join(at, 'out');
      mkdirSync(out, { recursive: true });
      for (const path of [root, at, out]) chmodSync(path, 0o777);
      const first = start(whole.spec, out, 1, uid);
      await first.begun;
      await Promise.race([first.ended, sleep(between(50, whole.took))]);
      first.process.kill('SIGKILL');
      await first.ended;
      if (/EACCES|permission denied/.test(first.printed())) return t.skip('nobody may not run what is here');
      const folders = [
        out,
        ...(
          readdirSync(out, { recursive: true, withFileTypes: true }) as unknown as {
            isDirectory(): boolean;
            parentPath: string;
            name: string;
          }[]
        )
          .filter((entry) => entry.isDirectory())
          .map(({ parentPath, name }) => join(parentPath, name)),
      ];
      for (const folder of folders) chmodSync(folder, 0o555);
      const refused = start(whole.spec, out, 1, uid);
      assert.equal(await refused.ended, 4, refused.printed());
      assert.match(refused.printed(), /cannot be written: permission denied \(EACCES\)/);
      for (const folder of folders) chmodSync(folder, 0o777);
      const second = start(whole.spec, out, 1, uid);
      assert.equal(await second.ended, 0, second.printed());
      assertUndisturbed(out, whole, `read-only ${round}`);
      assert.ok(existsSync(out));
      note('read-only');
    }
    t.diagnostic(JSON.stringify(tally));
  });
});
