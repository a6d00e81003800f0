import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { artefacts, filesBelow, sweep, temporaryFolder, writeSpec } from '../run/sample.ts';
import { type Cluster, missingForSlurm, startCluster } from './slurm-cluster.ts';

const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
const root = temporaryFolder();
const asked = (process.env.SESSIONLAB_TEST_SLURM ?? '') !== '';
const missing = asked ? missingForSlurm() : 'npm run test:services starts a cluster';

let cluster: Cluster;

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function sessionlab(
  args: readonly string[],
  env: Readonly<Record<string, string>> = cluster.env,
): Promise<Printed> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (bytes) => {
    printed.out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    printed.err += bytes;
  });
  const [code] = await once(child, 'close');
  return { code: code as number, ...printed };
}

const launch = (spec: string, out: string, ...more: readonly string[]) =>
  sessionlab(['sweep', spec, '--out', out, '--launcher', 'slurm', ...more]);

async function launched(spec: string, out: string, ...more: readonly string[]): Promise<string> {
  const { code, out: said, err } = await launch(spec, out, ...more);
  assert.equal(code, 0, err);
  const job = /^job (\d+) submitted/m.exec(said)?.[1];
  assert.ok(job !== undefined, said);
  return job;
}

interface Status {
  readonly counts: Readonly<Record<string, number>>;
  readonly runs: readonly {
    readonly state: string;
    readonly host?: string;
    readonly pid?: number;
    readonly job?: string;
  }[];
  readonly slurm: { readonly states: Readonly<Record<string, number>>; readonly active: number } | null;
}

async function status(spec: string, out: string): Promise<Status> {
  const { code, out: said, err } = await sessionlab(['status', spec, '--out', out, '--json']);
  assert.equal(code, 0, err);
  return JSON.parse(said) as Status;
}

/** Waits for what a look shows; what of the tasks was put back into the queue goes on at once, not two minutes later. */
async function until(
  spec: string,
  out: string,
  is: (status: Status) => boolean,
  seconds = 300,
): Promise<Status> {
  const seen = new Map<string, number>();
  for (const end = Date.now() + 1000 * seconds; ; ) {
    const now = await status(spec, out);
    if (is(now)) return now;
    assert.ok(Date.now() < end, `${JSON.stringify(now)}\n${logs(out)}`);
    for (const line of cluster.ask('squeue', '--noheader', '--array', '--format=%F_%K %r').split('\n')) {
      if (!line.endsWith(' BeginTime')) continue;
      // In the second in which it was put back its credential is still that of before, which is revoked.
      const first = seen.get(line) ?? Date.now();
      seen.set(line, first);
      if (Date.now() < first + 2000) continue;
      seen.delete(line);
      try {
        cluster.ask('scontrol', 'update', `JobId=${line.split(' ')[0]}`, 'StartTime=now');
      } catch (error) {
        // It began between the two questions.
        if (!/no longer pending/.test(String(error))) throw error;
      }
    }
    await sleep(300);
  }
}

const allDone = ({ counts, slurm }: Status) =>
  counts.running === 0 && counts.open === 0 && counts.failed === 0 && slurm?.active === 0;

const wordsOf = (out: string, end: string): string => {
  const folder = join(out, '.slurm');
  if (!existsSync(folder)) return '';
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
};
const logs = (out: string) => wordsOf(out, '.log');
const events = (out: string) => wordsOf(out, '.events');

const runsIn = (out: string) =>
  Object.fromEntries(
    filesBelow(join(out, 'small'))
      .filter((file) => file.endsWith('/run.json') && !file.includes('partial'))
      .map((file) => {
        const files = Object.entries(artefacts(join(out, 'small', file, '..')));
        const sums = files.map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')]);
        return [file, Object.fromEntries(sums)];
      }),
  );

/** A sweep on the cluster left what it leaves on this machine. */
function assertAsLocal(out: string, local: string): void {
  assert.deepEqual(runsIn(out), runsIn(local));
  assert.deepEqual(
    filesBelow(join(out, 'small')).filter(
      (file) => file !== '.cancel' && !/^[0-9a-f]{12}\/\d+\/[a-z.]+$/.test(file),
    ),
    [],
  );
}

/** Slurm looks at limits twice a minute: what meets one takes minutes. */
const limits = {
  skip: process.env.SESSIONLAB_TEST_ALL !== 'yes' && 'takes minutes: npm run test:services -- --all',
};

describe('a sweep on a Slurm cluster', { skip: missing ?? false }, () => {
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster?.stop());

  /** Two runs of about twenty seconds each on one thread. */
  const long = writeSpec(join(root, 'long'), {
    network: { packet: { units: 64 }, session: { units: 48 }, head: [3] },
    training: { epochs: 2500, batch: 48, optimizer: { learningRate: 0.001 } },
    sweep: { 'network.cell': ['gru', 'gru-reset-before'] },
  });
  let whole: ReturnType<typeof sweep> | undefined;
  const assertAsLong = async (out: string) => {
    const local = join(root, 'long', 'local');
    whole ??= sweep(long, local);
    assert.equal((await whole).failure, null);
    assertAsLocal(out, local);
  };

  it('of 24 runs ends with the same bytes as on one machine, and is submitted once', async () => {
    const at = join(root, 'many');
    const spec = writeSpec(at, {
      seeds: 2,
      sweep: { 'network.packet.units': [3, 4, 5, 6], 'network.cell': ['gru', 'lstm', 'rnn'] },
      slurm: { time: 10, tasks: 4 },
    });
    const out = join(at, 'out');
    await launched(spec, out);
    const again = await launch(spec, out);
    assert.match(again.out, /tasks? in the queue or at work already\nnothing to be submitted/);
    await until(spec, out, allDone);
    const after = await launch(spec, out);
    assert.equal(after.out, '0 runs to be done, 24 there already\nnothing to be submitted\n');
    const plain = await sweep(spec, join(at, 'local'));
    assert.equal(plain.failure, null);
    assertAsLocal(out, join(at, 'local'));
    // Each run was computed by one task.
    const told = logs(out).match(/^\d+\/24 {2}.*$/gm) ?? [];
    assert.equal(told.filter((line) => !line.includes('(there already)')).length, 24);
    const hosts = new Set(events(out).match(/(?<=^begin 0 )\S+/gm));
    assert.ok(hosts.has('n2') && hosts.size === 2, [...hosts].join());
  });

  it('whose task is cancelled by Slurm is finished by the others', async () => {
    const out = join(root, 'long', 'scancel');
    const job = await launched(long, out);
    const { runs } = await until(long, out, ({ counts }) => counts.running === 2);
    assert.deepEqual(runs.map(({ job: task }) => task).sort(), [`${job}_1`, `${job}_2`]);
    cluster.ask('scancel', `${job}_1`);
    const { slurm } = await until(long, out, allDone);
    assert.deepEqual(slurm?.states, { CANCELLED: 1, COMPLETED: 1 });
    assert.match(events(out), /^end 130 /m);
    await assertAsLong(out);
  });

  it('whose process is killed goes on in the same task', async () => {
    const out = join(root, 'long', 'killed');
    await launched(long, out);
    const { runs } = await until(long, out, ({ counts }) => counts.running === 2);
    // Of the two, that of the first node has a number that we can see.
    process.kill(runs.find(({ host }) => host !== 'n2')!.pid!, 'SIGKILL');
    const { slurm } = await until(long, out, allDone);
    assert.deepEqual(slurm?.states, { COMPLETED: 2 });
    assert.match(events(out), /^killed 137 /m);
    await assertAsLong(out);
  });

  it('goes on after it was put back into the queue', async () => {
    const out = join(root, 'long', 'requeued');
    const job = await launched(long, out);
    await until(long, out, ({ counts }) => counts.running === 2);
    cluster.ask('scontrol', 'requeue', `${job}_1`);
    await until(long, out, allDone);
    assert.equal(events(out).match(/^begin /gm)?.length, 3);
    await assertAsLong(out);
  });

  it(
    'with a time limit that is shorter than a run stops after a checkpoint, and goes on',
    limits,
    async () => {
      const at = join(root, 'limit');
      const out = join(at, 'out');
      // Slurm asks it to stop 15 to 45 seconds after the beginning: it looks at limits twice a minute.
      const spec = writeSpec(at, {
        network: { packet: { units: 64 }, session: { units: 48 }, head: [3] },
        training: { epochs: 20_000, batch: 48, optimizer: { learningRate: 0.001 } },
        slurm: { time: 1, lead: 45 },
      });
      assert.equal((await sweep(spec, join(at, 'local'))).failure, null);
      await launched(spec, out);
      await until(spec, out, allDone, 1500);
      assert.match(events(out), /^requeue 0 /m);
      assert.ok(!/CANCELLED.*DUE TO TIME LIMIT/.test(logs(out)), logs(out));
      assertAsLocal(out, join(at, 'local'));
    },
  );

  it('survives a node that dies in the middle', async () => {
    const out = join(root, 'long', 'dead');
    await launched(long, out);
    await until(long, out, ({ counts }) => counts.running === 2);
    cluster.cut();
    // Its run is taken over by the other node when nothing is heard of it for two minutes.
    await until(long, out, ({ counts }) => counts.done === 2, 400);
    await cluster.mend();
    await assertAsLong(out);
    await until(long, out, allDone);
  });

  it('is stopped by cancel after a checkpoint, and goes on when it is launched again', async () => {
    const out = join(root, 'long', 'cancelled');
    await launched(long, out, '--tasks', '2');
    await until(long, out, ({ counts }) => counts.running === 2);
    const { code, out: said } = await sessionlab(['cancel', long, '--out', out]);
    assert.equal(code, 0);
    assert.match(said, /^2 runs are asked to stop, 2 tasks of Slurm are cancelled/);
    const { slurm, counts } = await until(
      long,
      out,
      ({ slurm: s, counts: c }) => s?.active === 0 && c.running === 0,
    );
    assert.deepEqual(slurm?.states, { CANCELLED: 2 });
    assert.equal(counts.open, 2);
    await launched(long, out);
    await until(long, out, allDone);
    for (const file of filesBelow(join(out, 'small')).filter((name) => name.endsWith('/run.json'))) {
      const { continued } = JSON.parse(readFileSync(join(out, 'small', file), 'utf8')) as {
        continued: readonly { readonly step: number }[];
      };
      assert.ok(continued.length > 0 && continued.every(({ step }) => step > 0), file);
    }
    await assertAsLong(out);
  });

  it("tells Slurm's own words when it refuses, and leaves nothing behind", async () => {
    const out = join(root, 'long', 'refused');
    const { code, err } = await launch(long, out, '--partition', 'nowhere');
    assert.equal(code, 4);
    assert.match(err, /^slurm: sbatch refuses: invalid partition specified: nowhere.*; change what/);
    assert.equal(existsSync(out), false);
  });

  it('says where there is no Slurm', async () => {
    const { code, err } = await sessionlab(
      ['sweep', long, '--out', join(root, 'none'), '--launcher', 'slurm'],
      { ...cluster.env, PATH: '/nowhere' },
    );
    assert.equal(code, 4);
    assert.match(err, /^slurm: there is no \w+ in PATH; use a machine from which jobs are submitted/);
  });

  it('says that the results folder is not shared with a node', async () => {
    const out = join(cluster.hidden, 'out');
    mkdirSync(out);
    await launched(long, out, '--sbatch=--nodelist=n2', '--tasks', '1');
    await until(long, out, ({ slurm }) => slurm?.active === 0);
    const { out: said } = await sessionlab(['status', long, '--out', out]);
    assert.match(said, /on n2 ended without a word here: the folder is not shared/);
    const again = await launch(long, out);
    assert.equal(again.code, 4);
    assert.match(
      again.err,
      /ended without a word here: the folder is not shared.*choose results on a file system/,
    );
  });
});
