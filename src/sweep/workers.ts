/** Worker processes on this machine: each works on the same sweep, and their locks keep them apart. */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unique } from '../disk/index.ts';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';
import { Interrupted, memoryLimits, networkMemory } from '../run/index.ts';
import { formatBytes } from '../text/index.ts';
import { contextOf, note, type SweepState } from './attempt.ts';
import { loadArguments } from './load-arguments.ts';
import type { SweepRun } from './sweep.ts';
import { idOf, type PlannedRun } from './sweep-plan.ts';

/** What a worker tells. */
export type WorkerMessage =
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'run'; readonly text: string; readonly state: SweepRun['state'] }
  | { readonly kind: 'end'; readonly faults: readonly Fault[]; readonly exitCode: ExitCode };

const PROGRAM = fileURLToPath(new URL('../sessionlab.mjs', import.meta.url));

/** A worker that is killed has a successor, but not for ever: what kills it may be what it works on. */
const MOST_SUCCESSORS = 3;

/** Workers that are started again, each of them so many times. */
interface Crew {
  readonly state: SweepState;
  readonly children: Map<number, ChildProcess>;
  readonly statuses: Map<number, string>;
  successors: number;
  asked: boolean;
}

/**
 * Has workers do these runs, as many at a time as there is memory for. What became of the runs is on the disk afterwards.
 *
 * @throws FaultError when the first of the cells cannot be made ready
 */
export async function runWorkers(state: SweepState, runs: readonly PlannedRun[]): Promise<void> {
  const { options } = state;
  let count = 1;
  try {
    count = await howMany(state, runs);
  } catch (error) {
    // The cell that it is about will tell it again.
    if (!(error instanceof FaultError)) note(state, 'getting ready', error);
    if (state.stopped) return;
  }
  const crew: Crew = { state, children: new Map(), statuses: new Map(), successors: 0, asked: false };
  const stop = () => {
    crew.asked = true;
    for (const child of crew.children.values()) child.kill('SIGTERM');
  };
  const watch = setInterval(() => {
    const { statuses } = crew;
    options.reporter.status(() => [...statuses.values()].join('  |  '));
    try {
      options.interruption.check();
    } catch (error) {
      if (!crew.asked) note(state, 'the request', error);
      if (!crew.asked) stop();
    }
    if (state.stopped && !crew.asked) stop();
  }, 100);
  const list = join(tmpdir(), `sessionlab-${unique()}.json`);
  try {
    writeFileSync(list, JSON.stringify(runs.map(idOf)));
    await Promise.all(Array.from({ length: count }, (_, i) => work(crew, i + 1, list)));
  } finally {
    clearInterval(watch);
    rmSync(list, { force: true });
  }
}

/** As many as were asked for, as there are runs, and as there is memory for. */
async function howMany(state: SweepState, runs: readonly PlannedRun[]): Promise<number> {
  const { workers, reporter } = state.options;
  const wanted = Math.min(workers, runs.length);
  // What a process with this data takes is known best by being one.
  await contextOf(state, runs[0]!.cell);
  const cells = new Set(runs.map(({ cell }) => state.cells.get(cell.hash)!));
  const network = Math.max(...[...cells].map(({ spec }) => networkMemory(spec)));
  const each = process.memoryUsage.rss() + network;
  const { total, available } = memoryLimits();
  const room = available ?? total;
  const fit = Math.max(1, Math.floor(room / each));
  if (fit >= wanted) return wanted;
  reporter.line(
    `note: ${fit} of ${wanted} workers: each needs about ${formatBytes(each)} of memory, ${formatBytes(room)} is free`,
  );
  return fit;
}

/** One worker and its successors; `list` is a file with the names of the runs. */
async function work(crew: Crew, number: number, list: string): Promise<void> {
  const { state } = crew;
  const { reporter } = state.options;
  for (;;) {
    const child = start(state, list);
    crew.children.set(number, child);
    let told = false;
    child.on('message', (message: WorkerMessage) => {
      told ||= hear(crew, number, message);
    });
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
      child.on('exit', (...how) => done(how));
      child.on('error', () => done([1, null]));
    });
    crew.children.delete(number);
    crew.statuses.delete(number);
    if (told || crew.asked) return;
    const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
    if (crew.successors++ >= MOST_SUCCESSORS) {
      const fault = {
        place: `worker ${number}`,
        problem: `${how}, as others did before it`,
        cure: 'fewer --workers need less memory; with --workers 1 more can be seen',
      };
      note(state, 'sweep', new FaultError(fault, ExitCode.machine));
      return;
    }
    reporter.line(`warning: worker ${number} ${how}; another goes on where it was`);
  }
}

/** @returns whether it is the last that a worker has to say */
function hear({ state, statuses }: Crew, number: number, message: WorkerMessage): boolean {
  const { reporter, failFast } = state.options;
  switch (message.kind) {
    case 'status':
      statuses.set(number, message.text);
      return false;
    case 'line':
      reporter.line(message.text);
      return false;
    case 'run':
      // Another worker has told of it.
      if (message.state === 'kept') return false;
      state.done++;
      reporter.line(`${state.done}/${state.total}  ${message.text}`);
      if (message.state === 'failed' && failFast) state.stopped = true;
      return false;
    case 'end': {
      const { faults, exitCode } = message;
      // The other ones are on the disk.
      if (exitCode === ExitCode.machine)
        note(state, `worker ${number}`, new FaultError([...faults], exitCode));
      if (exitCode === ExitCode.interrupted && !state.stopped) note(state, 'the request', new Interrupted());
      return true;
    }
  }
}

function start(state: SweepState, list: string): ChildProcess {
  const { spec, load, out, threads, checkpointEvery, failFast, againSince } = state.options;
  const args = ['sweep', spec, '--out', out, '--threads', String(threads), '--no-wait', '--as-worker', list];
  if (checkpointEvery !== null) args.push('--checkpoint', String(checkpointEvery));
  if (failFast) args.push('--fail-fast');
  if (againSince !== undefined) args.push('--again-since', String(againSince));
  // Detached: Ctrl-C in the terminal is for us to hear and to pass on.
  return fork(PROGRAM, [...args, ...loadArguments(load)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
    execArgv: [],
  });
}
