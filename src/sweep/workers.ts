/** Worker processes on this machine: each works on the same sweep, and their locks keep them apart. */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unique } from '../disk/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { memoryLimits, networkMemory } from '../run/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import type { SweepOptions, SweepRun } from './options.ts';
import { sweepArguments } from './sweep-arguments.ts';
import type { Faults, Troubles } from './troubles.ts';

/** What a worker tells. */
export type WorkerMessage =
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'ran'; readonly run: SweepRun; readonly differs: Faults | null }
  | (Faults & { readonly kind: 'end' });

const PROGRAM = fileURLToPath(new URL('../sessionlab.mjs', import.meta.url));

/** A worker that is killed has a successor, but not for ever: what kills it may be what it works on. */
const MOST_SUCCESSORS = 3;

/** What the workers do. */
export interface WorkerTask {
  readonly options: SweepOptions;
  readonly troubles: Troubles;
  /** The names of the runs, and their specs. */
  readonly runs: readonly string[];
  readonly specs: readonly ExperimentSpec[];
  /** Makes the first cell ready in this process: what a process with its data takes is known best by being one. */
  readonly ready: () => Promise<unknown>;
  readonly onRun: (run: SweepRun, differs: Faults | null) => void;
}

interface Workers extends WorkerTask {
  /** A file with the names of the runs. */
  readonly list: string;
  readonly children: Map<number, ChildProcess>;
  readonly statuses: Map<number, string>;
  successors: number;
  /** They were asked to stop. */
  asked: boolean;
}

/** Has workers do runs, as many at a time as there is memory for. What became of the runs is on the disk afterwards. */
export async function runWorkers(task: WorkerTask): Promise<void> {
  const { options, troubles } = task;
  let count = 1;
  try {
    count = await countWorkers(task);
  } catch (error) {
    // The cell that it is about will tell it again.
    if (!(error instanceof FaultError)) troubles.note('while getting ready', error);
    if (troubles.stopped) return;
  }
  const list = join(tmpdir(), `sessionlab-${unique()}.json`);
  const workers: Workers = {
    ...task,
    list,
    children: new Map(),
    statuses: new Map(),
    successors: 0,
    asked: false,
  };
  const timer = setInterval(() => {
    options.observe({ kind: 'workers', statuses: [...workers.statuses.values()] });
    if (workers.asked) return;
    try {
      options.interruption.check();
    } catch (error) {
      troubles.note('at the request', error);
    }
    if (!troubles.stopped) return;
    workers.asked = true;
    for (const child of workers.children.values()) child.kill('SIGTERM');
  }, 100);
  try {
    writeFileSync(list, JSON.stringify(task.runs));
    await Promise.all(Array.from({ length: count }, (_, i) => work(workers, i + 1)));
  } finally {
    clearInterval(timer);
    rmSync(list, { force: true });
  }
}

/** As many as were asked for, as there are runs, and as there is memory for. */
async function countWorkers({ options, runs, specs, ready }: WorkerTask): Promise<number> {
  const wanted = Math.min(options.workers, runs.length);
  await ready();
  const each = process.memoryUsage.rss() + Math.max(...specs.map(networkMemory));
  const { total, available } = memoryLimits();
  const room = available ?? total;
  const fit = Math.max(1, Math.floor(room / each));
  if (fit >= wanted) return wanted;
  options.observe({ kind: 'fewer-workers', fit, wanted, each, room });
  return fit;
}

/** One worker and its successors. */
async function work(workers: Workers, worker: number): Promise<void> {
  const { options, troubles, children, statuses } = workers;
  for (;;) {
    const child = start(options, workers.list);
    children.set(worker, child);
    let told = false;
    child.on('message', (message: WorkerMessage) => {
      told ||= hear(workers, worker, message);
    });
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
      child.on('exit', (...how) => done(how));
      child.on('error', () => done([1, null]));
    });
    children.delete(worker);
    statuses.delete(worker);
    if (told || workers.asked) return;
    const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
    if (workers.successors++ >= MOST_SUCCESSORS) {
      const fault = {
        place: `worker ${worker}`,
        problem: `${how}, as others did before it`,
        cure: 'fewer --workers need less memory; with --workers 1 more can be seen',
      };
      troubles.note(`in worker ${worker}`, new FaultError(fault, ExitCode.machine));
      return;
    }
    options.observe({ kind: 'worker-lost', worker, how });
  }
}

/** @returns whether it is the last that a worker has to say */
function hear(
  { options, troubles, statuses, onRun }: Workers,
  worker: number,
  message: WorkerMessage,
): boolean {
  switch (message.kind) {
    case 'status':
      statuses.set(worker, message.text);
      return false;
    case 'ran':
      // Another worker has told of it.
      if (message.run.state === 'kept') return false;
      onRun(message.run, message.differs);
      if (message.run.state === 'failed' && options.failFast) troubles.stop();
      return false;
    case 'end': {
      const { faults, exitCode } = message;
      // The other ones are on the disk.
      if (exitCode === ExitCode.machine)
        troubles.note(`in worker ${worker}`, new FaultError(faults, exitCode), `worker ${worker}: `);
      if (exitCode === ExitCode.interrupted && !troubles.stopped)
        troubles.note('at the request', new Interrupted());
      return true;
    }
  }
}

function start(options: SweepOptions, list: string): ChildProcess {
  const { againSince } = options;
  const args = [...sweepArguments(options), '--as-worker', list];
  if (againSince !== undefined) args.push('--again-since', String(againSince));
  // Detached: Ctrl-C in the terminal is for us to hear and to pass on.
  return fork(PROGRAM, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
    execArgv: [],
  });
}
