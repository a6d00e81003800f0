/**
 * A fresh process that times benchmarks of one side when it is told to. It takes the code under test from a folder, so that
 * both sides are timed by the same hand; of that code it uses no more than its suites and how their captures are made.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Benchmark, Task, TimedBenchmark } from '../benchmark.ts';
import type { Fixture } from '../fixture.ts';
import type { SuiteContext } from '../suites/index.ts';

/** What a worker is told. */
export type Order =
  | { readonly kind: 'list'; readonly side: SidePlace }
  /** Prepare these benchmarks, and call them; `cold`: these are not called; `twice`: to see whether a call does anything. */
  | {
      readonly kind: 'load';
      readonly side: SidePlace;
      readonly names: readonly string[];
      readonly cold: readonly string[];
      readonly twice: boolean;
    }
  /** Time calls for at least so long, and at least one. */
  | { readonly kind: 'visit'; readonly name: string; readonly milliseconds: number };

/** What it answers, in the order of what it was told. */
export type Answer =
  | { readonly kind: 'listed'; readonly names: readonly string[] }
  | { readonly kind: 'loaded'; readonly found: readonly Loaded[] }
  | ({ readonly kind: 'visited' } & Visit)
  | { readonly kind: 'failed'; readonly problem: string };

/** Where the code of a side is, compiled, and where its captures are kept for the processes that follow. */
export interface SidePlace {
  readonly code: string;
  readonly captures: string;
  /** Threads that "all threads" means. */
  readonly threads: number;
}

/** A benchmark that is ready. */
export interface Loaded {
  readonly name: string;
  /** What a call computes; null where it failed, or none was made. */
  readonly checksum: string | null;
  readonly problem: string | null;
  /** Of the last call before the first visit; 0 without any. */
  readonly milliseconds: number;
}

/** What was measured in one go. */
export interface Visit {
  /** Milliseconds of each call. */
  readonly wall: readonly number[];
  /** Milliseconds of processor time of each: of this process, or of those that it started; none where they did not tell. */
  readonly processor: readonly number[];
  /** What the last call computed. */
  readonly checksum: string;
}

/** Changes what is timed, for a gate that is itself on trial. */
export type Alter = (task: Task, of: { readonly name: string; readonly side: SidePlace }) => Task;

/** Calls before the first that counts: so many and so many ms at least, so many ms at most. */
const WARM = { calls: 20, least: 60, most: 600 };
/** Calls that take longer, in ms, need no warmth, and are timed once a process. */
export const LONG = 100;

/** Does as it is told until whoever started it is gone. */
export function serve(alter: Alter = (task) => task): void {
  const tasks = new Map<string, { readonly task: Task; readonly own: boolean }>();
  let turn: Promise<void> = Promise.resolve();
  process.on('message', (order: Order) => {
    turn = turn.then(async () => {
      let answer: Answer;
      try {
        answer = await obey(order, tasks, alter);
      } catch (error) {
        answer = { kind: 'failed', problem: textOf(error) };
      }
      process.send?.(answer);
    });
  });
  process.on('disconnect', () => process.exit());
  // A Ctrl-C at the terminal is for whoever started us, who ends after this block.
  process.on('SIGINT', () => undefined);
}

async function obey(
  order: Order,
  tasks: Map<string, { readonly task: Task; readonly own: boolean }>,
  alter: Alter,
): Promise<Answer> {
  if (order.kind === 'list') return { kind: 'listed', names: await listed(order.side) };
  if (order.kind === 'visit') {
    const { task, own } = tasks.get(order.name)!;
    return { kind: 'visited', ...(await visit(task, order.milliseconds, own)) };
  }
  const found: Loaded[] = [];
  for (const benchmark of await chosen(order.side, order.names)) {
    const { name } = benchmark;
    try {
      const task = alter(await benchmark.prepare(), { name, side: order.side });
      tasks.set(name, { task, own: !name.startsWith('cli/') });
      const cold = order.cold.includes(name);
      const called = cold ? { checksum: null, milliseconds: 0 } : await firstCalls(task, order.twice);
      found.push({ name, problem: null, ...called });
    } catch (error) {
      found.push({ name, checksum: null, problem: textOf(error), milliseconds: 0 });
    }
  }
  return { kind: 'loaded', found };
}

/** The names of all that takes time, in order. */
async function listed(side: SidePlace): Promise<readonly string[]> {
  const { createSuites } = (await import(moduleOf(side, 'suites/index'))) as {
    createSuites: (context: SuiteContext) => readonly { benchmarks: () => readonly Benchmark[] }[];
  };
  const lists = await Promise.all(createSuites(contextOf(side)).map((suite) => suite.benchmarks()));
  return lists.flat().flatMap(({ kind, name }) => (kind === 'time' ? [name] : []));
}

/** Of each suite only the file that is needed is loaded: it exports what makes it. */
async function chosen(side: SidePlace, names: readonly string[]): Promise<readonly TimedBenchmark[]> {
  const found = new Map<string, TimedBenchmark>();
  for (const suite of new Set(names.map((name) => name.slice(0, name.indexOf('/'))))) {
    const module = (await import(moduleOf(side, `suites/${suite}`))) as Record<string, unknown>;
    const make = Object.entries(module).find(([name]) => name.endsWith('Suite'))![1] as (
      context: SuiteContext,
    ) => { benchmarks: () => readonly Benchmark[] | Promise<readonly Benchmark[]> };
    for (const benchmark of await make(contextOf(side)).benchmarks())
      if (benchmark.kind === 'time') found.set(benchmark.name, benchmark);
  }
  return names.flatMap((name) => found.get(name) ?? []);
}

const moduleOf = ({ code }: SidePlace, name: string): string => pathToFileURL(join(code, `${name}.mjs`)).href;

const contextOf = (side: SidePlace): SuiteContext => ({
  fixture: keptFixture(side),
  threads: side.threads,
  quick: true,
});

/** Captures are made once for all processes of a side, by its own code; what is made of them, by each. */
function keptFixture(side: SidePlace): Fixture {
  const load = () => import(moduleOf(side, 'fixture')) as Promise<typeof import('../fixture.ts')>;
  // Processes of a side prepare at the same time.
  const folder = join(side.captures, String(process.pid));
  mkdirSync(folder, { recursive: true });
  const capture: Fixture['capture'] = async (sessions, seed) => {
    const path = join(side.captures, `${sessions}-${seed ?? 'usual'}.pcap`);
    const facts = `${path}.json`;
    if (!existsSync(facts)) {
      const made = (await load()).createFixture();
      try {
        const capture = await made.capture(sessions, seed);
        writeFileSync(`${path}.${process.pid}`, readFileSync(capture.path));
        renameSync(`${path}.${process.pid}`, path);
        writeFileSync(`${facts}.${process.pid}`, JSON.stringify({ ...capture, path }));
        renameSync(`${facts}.${process.pid}`, facts);
      } finally {
        made.remove();
      }
    }
    return JSON.parse(readFileSync(facts, 'utf8')) as Awaited<ReturnType<Fixture['capture']>>;
  };
  return {
    folder,
    capture,
    assembled: async (sessions) => (await load()).readSessions([(await capture(sessions)).path]),
    forget: () => undefined,
    remove: () => undefined,
  };
}

/** Calls until it is warm. @throws RangeError when a second call computes something else, or nothing */
async function firstCalls(task: Task, twice: boolean): Promise<{ checksum: string; milliseconds: number }> {
  const { checksum, wall } = await call(task, 7);
  if (twice) {
    const again = await call(task, 11);
    if (again.checksum !== checksum)
      throw new RangeError(
        `a second call computed ${again.checksum}, the first ${checksum}: it must always be the same`,
      );
  }
  const begin = performance.now();
  let last = wall;
  const isCold = (calls: number): boolean => {
    const elapsed = performance.now() - begin;
    return elapsed < WARM.most && (calls < WARM.calls || elapsed < WARM.least);
  };
  for (let calls = 0; isCold(calls); calls++) {
    task.reset?.();
    const before = performance.now();
    await task.run();
    last = performance.now() - before;
  }
  return { checksum, milliseconds: last };
}

/** A call that leaves nothing of what its output held before. */
async function call(task: Task, spoiled: number): Promise<{ checksum: string; wall: number }> {
  task.reset?.();
  task.spoil?.(spoiled);
  const before = performance.now();
  const result = await task.run();
  return { wall: performance.now() - before, checksum: task.checksum(result) };
}

/** @param own whether this process computes, or others that it starts */
async function visit(task: Task, milliseconds: number, own: boolean): Promise<Visit> {
  const times = own ? null : watchChildren();
  const wall: number[] = [];
  const processor: number[] = [];
  let last: unknown;
  task.spoil?.(13);
  for (const begin = performance.now(); wall.length === 0 || performance.now() - begin < milliseconds; ) {
    task.reset?.();
    const used = process.cpuUsage();
    const before = performance.now();
    last = await task.run();
    wall.push(performance.now() - before);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1000);
  }
  return { wall, processor: times === null ? processor : times(), checksum: task.checksum(last) };
}

/** Has processes that are started from now on tell what processor time they took. @returns that, in ms, and ends it */
function watchChildren(): () => readonly number[] {
  const file = join(process.env.SESSIONLAB_GATE_FOLDER!, `times-${process.pid}`);
  const before = process.env.NODE_OPTIONS;
  const hook = join(process.env.SESSIONLAB_GATE_FOLDER!, 'child-time.cjs');
  process.env.SESSIONLAB_GATE_TIMES = file;
  process.env.NODE_OPTIONS = `${before ?? ''} --require=${JSON.stringify(hook)}`.trim();
  return () => {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    rmSync(file, { force: true });
    return lines.map((line) => Number(line) / 1000);
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
