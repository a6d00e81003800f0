/** A block: four fresh processes, two of each side, which take turns in being timed. */
import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';
import { FaultError } from '../../fault/index.ts';
import { type Answer, LONG, type Loaded, type Order, type SidePlace, type Visit } from './worker.ts';

/** Which side a process is of. */
export type Side = 'baseline' | 'candidate';

export interface Sides {
  readonly baseline: SidePlace;
  readonly candidate: SidePlace;
}

/** A process that was started, and can be asked. */
export interface Worker {
  ask<K extends Answer['kind']>(order: Order, kind: K): Promise<Extract<Answer, { kind: K }>>;
  end(): void;
}

/** Starts workers of a compiled module. */
export function startWorker(module: string): Worker {
  const child: ChildProcess = fork(module, [], {
    execArgv: [],
    env: { ...process.env, SESSIONLAB_GATE_FOLDER: dirname(module) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let [settle, fail]: [(answer: Answer) => void, (error: Error) => void] = [() => {}, () => {}];
  let lost: FaultError | null = null;
  child.on('message', (answer: Answer) => settle(answer));
  child.on('error', (error) => fail(error));
  child.on('exit', (code, signal) => {
    const error = broken(`a process that was timed ended by itself (${signal ?? `exit code ${code}`})`);
    lost = error;
    fail(error);
  });
  return {
    ask: (order, kind) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(lost);
        const late = setTimeout(() => {
          reject(broken(`no answer to "${order.kind}" in ${PATIENCE / 1000} s`));
          child.kill('SIGKILL');
        }, PATIENCE);
        fail = (error) => {
          clearTimeout(late);
          reject(error);
        };
        settle = (answer) => {
          clearTimeout(late);
          if (answer.kind === kind) resolve(answer as Extract<Answer, { kind: typeof kind }>);
          else reject(broken(answer.kind === 'failed' ? answer.problem : `got ${answer.kind}`));
        };
        child.send(order);
      }),
    end() {
      if (child.connected) child.disconnect();
    },
  };
}

/** Milliseconds after which whoever does not answer never will. */
const PATIENCE = 300_000;

/** Nothing is vouched for where a process fails as a whole. */
const broken = (problem: string): FaultError =>
  new FaultError({ place: 'bench --gate', problem, cure: 'do the benchmarks of both sides run alone?' });

/**
 * What a process found of a benchmark, in ms of a call: the lower quartile over its calls, which those that were interrupted
 * hardly touch.
 */
export interface Timed {
  readonly side: Side;
  readonly wall: number;
  /** 0 where it is not known. */
  readonly processor: number;
}

/** Of a benchmark: one of each process, in their order; or why there is none. */
export type BlockResult =
  | { readonly kind: 'timed'; readonly four: readonly [Timed, Timed, Timed, Timed] }
  | { readonly kind: 'broken'; readonly problem: string };

/** Of a benchmark, before it is timed. */
export interface Known {
  readonly checksum: string;
  /** Milliseconds of a call, about. */
  readonly milliseconds: number;
}

export interface BlockPlan {
  readonly worker: string;
  readonly sides: Sides;
  /** Of the four processes: two pairs, each with one of both. */
  readonly order: readonly Side[];
  /** With what is known of their calls. */
  readonly benchmarks: ReadonlyMap<string, Known>;
  /** Milliseconds of a visit at least. */
  readonly milliseconds: number;
}

/**
 * Starts four processes at once, waits until all are ready, and times each benchmark in one after the other, there and back
 * again: so what changes steadily meanwhile is the same for all. Nothing else of ours runs then.
 */
export async function runBlock(plan: BlockPlan): Promise<ReadonlyMap<string, BlockResult>> {
  const { sides, order, benchmarks, milliseconds } = plan;
  const names = [...benchmarks.keys()];
  const cold = names.filter((name) => benchmarks.get(name)!.milliseconds > LONG);
  const workers = order.map(() => startWorker(plan.worker));
  try {
    const loads = await Promise.all(
      workers.map((worker, i) =>
        worker.ask({ kind: 'load', side: sides[order[i]!], names, cold, twice: false }, 'loaded'),
      ),
    );
    const results = new Map<string, BlockResult>();
    for (const name of names) {
      const loaded = loads.map(({ found }) => found.find((one) => one.name === name));
      results.set(name, await timeOne(workers, order, loaded, name, benchmarks.get(name)!, milliseconds));
    }
    return results;
  } finally {
    for (const worker of workers) worker.end();
  }
}

async function timeOne(
  workers: readonly Worker[],
  order: readonly Side[],
  loaded: readonly (Loaded | undefined)[],
  name: string,
  { checksum, milliseconds: each }: Known,
  milliseconds: number,
): Promise<BlockResult> {
  for (const [i, one] of loaded.entries()) {
    const problem = one === undefined ? 'it is not there any more' : one.problem;
    if (problem !== null) return { kind: 'broken', problem: `${order[i]}: ${problem}` };
  }
  const there = workers.map((_, i) => i);
  const visits: Visit[][] = workers.map(() => []);
  for (const i of each > LONG ? there : [...there, ...there.toReversed()])
    visits[i]!.push(await workers[i]!.ask({ kind: 'visit', name, milliseconds }, 'visited'));
  const four = visits.map((own, i): Timed => {
    const quartile = (values: readonly number[]): number =>
      values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 4)] ?? 0;
    return {
      side: order[i]!,
      wall: quartile(own.flatMap((visit) => visit.wall)),
      processor: quartile(own.flatMap((visit) => visit.processor)),
    };
  });
  for (const [i, own] of visits.entries())
    for (const got of [loaded[i]!.checksum, ...own.map((visit) => visit.checksum)])
      if (got !== null && got !== checksum)
        return { kind: 'broken', problem: `${order[i]}: a call computed ${got}, an earlier one ${checksum}` };
  return { kind: 'timed', four: four as unknown as [Timed, Timed, Timed, Timed] };
}
