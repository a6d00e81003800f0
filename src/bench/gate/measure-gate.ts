/** A gate: blocks of fresh processes, until every benchmark is decided or the time is over. */
import { stream } from '../../random/index.ts';
import { medianOf } from '../distribution.ts';
import {
  type BlockResult,
  type Known,
  runBlock,
  type Side,
  type Sides,
  startWorker,
  type Timed,
} from './block.ts';
import {
  changeInterval,
  type Decision,
  type Differences,
  decide,
  type GateRule,
  type Measured,
  powerToSee,
} from './decide.ts';

export interface GatePlan {
  /** The compiled worker. */
  readonly worker: string;
  readonly sides: Sides;
  /** The benchmarks, see checkBenchmarks. */
  readonly checked: Checked;
  readonly rule: GateRule;
  /** Of the order of the processes. */
  readonly seed: number;
  /** Seconds of measuring at most. */
  readonly seconds: number;
  /** Milliseconds of a visit. */
  readonly visit: number;
  /** Stops before the next block. */
  readonly stop?: () => boolean;
}

export interface GateEvents {
  /** After each block. */
  readonly block?: (blocks: number, decisions: ReadonlyMap<string, Decision>, open: number) => void;
}

/** What was found of a benchmark. */
export interface GateMeasurement extends Decision {
  readonly name: string;
  /** See changeInterval. */
  readonly low: number | null;
  readonly high: number | null;
  /** Milliseconds of a call: medians over processes; null without any. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Processor time of a call by its wall time, of the baseline: far below 1 where it waits, or others took its place. */
  readonly busy: number | null;
  /** Share of measurements of so many pairs in which a slowdown of the tolerance would be seen. */
  readonly power: number;
  readonly checksum: string;
  /** All differences, by both clocks. */
  readonly measured: Measured;
}

/** A benchmark that nothing vouches for. */
export interface BrokenBenchmark {
  readonly name: string;
  readonly problem: string;
}

export interface GateResult {
  readonly measurements: readonly GateMeasurement[];
  readonly broken: readonly BrokenBenchmark[];
  readonly blocks: number;
  /** Seconds of measuring. */
  readonly seconds: number;
  /** Why it ended before all was decided; null when all was. */
  readonly ended: 'time' | 'stopped' | null;
}

/** The names of all benchmarks of both sides. */
export async function listSides(
  worker: string,
  sides: Sides,
): Promise<Readonly<Record<Side, readonly string[]>>> {
  const list = (side: Side) =>
    withWorker(worker, async (one) => (await one.ask({ kind: 'list', side: sides[side] }, 'listed')).names);
  return { baseline: await list('baseline'), candidate: await list('candidate') };
}

/** What is known of benchmarks before they are measured, and why some cannot be. */
export interface Checked {
  readonly known: ReadonlyMap<string, Known>;
  readonly broken: readonly BrokenBenchmark[];
}

/** Measures until all is decided. */
export async function measureGate(plan: GatePlan, events: GateEvents = {}): Promise<GateResult> {
  const begin = performance.now();
  const { known, broken } = plan.checked;
  const measured = new Map<string, Timed[][]>([...known.keys()].map((name) => [name, []]));
  const failed = new Map(broken.map(({ name, problem }) => [name, problem]));
  const elapsed = (): number => (performance.now() - begin) / 1000;
  let [blocks, longest] = [0, 0];
  let decisions: ReadonlyMap<string, Decision> = new Map();
  for (;;) {
    decisions = decide(differencesOf(measured, failed), plan.rule);
    const open = [...decisions].filter(([, { verdict }]) => verdict === 'undecided').map(([name]) => name);
    if (blocks > 0) events.block?.(blocks, decisions, open.length);
    const ended = open.length === 0 ? null : plan.stop?.() === true ? 'stopped' : 'time';
    // A block that would not end in time is not begun.
    if (ended !== 'time' || (blocks > 0 && elapsed() + longest > plan.seconds))
      return {
        measurements: conclude(plan, measured, failed, decisions, known),
        broken: [...failed].map(([name, problem]) => ({ name, problem })),
        blocks,
        seconds: elapsed(),
        ended,
      };
    const before = elapsed();
    const { worker, sides, visit: milliseconds } = plan;
    const benchmarks = new Map(open.map((name) => [name, known.get(name)!]));
    const order = drawnOrder(plan.seed, blocks);
    const block = await runBlock({ worker, sides, order, benchmarks, milliseconds });
    for (const [name, result] of block) note(name, result, measured, failed);
    blocks++;
    longest = Math.max(longest, elapsed() - before);
  }
}

function note(
  name: string,
  result: BlockResult,
  measured: ReadonlyMap<string, Timed[][]>,
  failed: Map<string, string>,
): void {
  if (result.kind === 'timed') measured.get(name)!.push([...result.four]);
  else failed.set(name, result.problem);
}

/** Two pairs of processes; which of a pair is the candidate is drawn. */
export function drawnOrder(seed: number, block: number): readonly Side[] {
  const source = stream(seed, 'gate', 'order', block);
  return [0, 1].flatMap(() =>
    source.chance(0.5) ? (['baseline', 'candidate'] as const) : (['candidate', 'baseline'] as const),
  );
}

/**
 * Whether both sides have these benchmarks and compute the same, and anything at all.
 *
 * @param names of the baseline
 */
export async function checkBenchmarks(
  worker: string,
  sides: Sides,
  names: readonly string[],
): Promise<Checked> {
  const load = (side: Side) =>
    withWorker(worker, async (one) => {
      const order = { kind: 'load', side: sides[side], names, cold: [], twice: true } as const;
      return new Map((await one.ask(order, 'loaded')).found.map((found) => [found.name, found]));
    });
  const [baseline, candidate] = [await load('baseline'), await load('candidate')];
  const known = new Map<string, Known>();
  const broken: BrokenBenchmark[] = [];
  for (const name of names) {
    const [then, now] = [baseline.get(name), candidate.get(name)];
    if (then === undefined || now === undefined)
      broken.push({
        name,
        problem: `vanished: the ${then === undefined ? 'baseline' : 'candidate'} has none`,
      });
    else if (then.problem !== null || now.problem !== null)
      broken.push({
        name,
        problem: then.problem === null ? `candidate: ${now.problem}` : `baseline: ${then.problem}`,
      });
    else if (then.checksum !== now.checksum)
      broken.push({
        name,
        problem: `computes something else: ${now.checksum}, the baseline ${then.checksum}`,
      });
    else known.set(name, { checksum: then.checksum!, milliseconds: then.milliseconds });
  }
  return { known, broken };
}

async function withWorker<T>(
  module: string,
  use: (worker: ReturnType<typeof startWorker>) => Promise<T>,
): Promise<T> {
  const worker = startWorker(module);
  try {
    return await use(worker);
  } finally {
    worker.end();
  }
}

/** Of benchmarks that are sound. */
function differencesOf(
  measured: ReadonlyMap<string, readonly (readonly Timed[])[]>,
  failed: ReadonlyMap<string, string>,
): ReadonlyMap<string, Measured> {
  return new Map(
    [...measured].flatMap(([name, blocks]): [string, Measured][] =>
      failed.has(name)
        ? []
        : [
            [
              name,
              {
                wall: differences(blocks, ({ wall }) => wall),
                processor: differences(blocks, ({ processor }) => processor),
              },
            ],
          ],
    ),
  );
}

/** Of four processes, two pairs: candidate minus baseline; and of each side, the one minus the other. */
export function differences(blocks: readonly (readonly Timed[])[], of: (one: Timed) => number): Differences {
  const known = blocks.filter((four) => four.every((one) => of(one) > 0));
  const at = (some: readonly Timed[], side: Side): readonly number[] =>
    some.flatMap((one) => (one.side === side ? [Math.log(of(one))] : []));
  return {
    pairs: known.flatMap((four) =>
      [four.slice(0, 2), four.slice(2)].map((pair) => at(pair, 'candidate')[0]! - at(pair, 'baseline')[0]!),
    ),
    sameCode: known.flatMap((four) =>
      (['baseline', 'candidate'] as const).map((side) => {
        const [a, b] = at(four, side);
        return a! - b!;
      }),
    ),
  };
}

function conclude(
  { rule }: GatePlan,
  measured: ReadonlyMap<string, readonly (readonly Timed[])[]>,
  failed: ReadonlyMap<string, string>,
  decisions: ReadonlyMap<string, Decision>,
  known: ReadonlyMap<string, Known>,
): readonly GateMeasurement[] {
  const found = differencesOf(measured, failed);
  return [...decisions].map(([name, decision]) => {
    const times = (side: Side) =>
      measured.get(name)!.flatMap((four) => four.filter((one) => one.side === side));
    const shares = times('baseline').flatMap(({ wall, processor }) =>
      processor > 0 ? [processor / wall] : [],
    );
    return {
      name,
      ...decision,
      ...changeInterval(found.get(name)!, rule),
      baseline: medianOf(times('baseline').map(({ wall }) => wall)),
      candidate: medianOf(times('candidate').map(({ wall }) => wall)),
      busy: medianOf(shares),
      power: powerToSee(found.get(name)!, decision.pairs, decisions.size, rule),
      checksum: known.get(name)!.checksum,
      measured: found.get(name)!,
    };
  });
}
