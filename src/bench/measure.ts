/** Takes the measure of one benchmark: checks what it computes, warms up, times, checks again. */
import { Bench } from 'tinybench';
import type { Benchmark, Measurement, SizeBenchmark, Task, TimedBenchmark } from './benchmark.ts';
import { distribution } from './distribution.ts';

export interface MeasureOptions {
  /** Each benchmark is timed for at least this long. */
  readonly seconds: number;
  /** Samples of each at least. */
  readonly samples: number;
  /** Peak of f32 FMA of one thread, GFLOP/s, by variant. */
  readonly peaks: Readonly<Record<string, number>>;
}

/**
 * Measures a benchmark.
 *
 * @throws RangeError when two calls do not compute the same
 */
export async function measure(benchmark: Benchmark, options: MeasureOptions): Promise<Measurement> {
  return benchmark.kind === 'time' ? await time(benchmark, options) : await size(benchmark);
}

async function size({ suite, name, measure }: SizeBenchmark): Promise<Measurement> {
  const { bytes, checksum } = await measure();
  return { suite, name, unit: 'B', checksum, ...distribution(bytes) };
}

async function time(benchmark: TimedBenchmark, options: MeasureOptions): Promise<Measurement> {
  const { suite, name, of, flops, variant, threads = 1 } = benchmark;
  const task = await benchmark.prepare();
  try {
    const { checksum: first, async } = await call(task, 7);
    sameResult(first, (await call(task, 11)).checksum, 'a second call');
    const { samples, last } = await timed(task, async, options);
    sameResult(first, task.checksum(last), `the last of ${samples.length} timed calls`);
    const stats = distribution(samples);
    const gflops = flops === undefined ? undefined : flops / stats.median / 1e6;
    const peak = variant === undefined ? undefined : options.peaks[variant];
    return {
      suite,
      name,
      unit: 'ms',
      checksum: first,
      ...stats,
      rate: (1000 * task.amount) / stats.median,
      of,
      ...(gflops === undefined ? {} : { gflops }),
      ...(gflops === undefined || peak === undefined ? {} : { shareOfPeak: gflops / (peak * threads) }),
    };
  } finally {
    await task.close?.();
  }
}

/** Checksum of a call, whose result is not left over from before. */
async function call(task: Task, spoiled: number): Promise<{ checksum: string; async: boolean }> {
  task.reset?.();
  task.spoil?.(spoiled);
  const result = task.run();
  return { checksum: task.checksum(await result), async: result instanceof Promise };
}

function sameResult(expected: string, got: string, when: string): void {
  if (got !== expected)
    throw new RangeError(`${when} computed ${got}, the first ${expected}: it must always be the same`);
}

async function timed(
  task: Task,
  async: boolean,
  { seconds, samples }: MeasureOptions,
): Promise<{ samples: readonly number[]; last: unknown }> {
  let last: unknown;
  const bench = new Bench({
    time: 1000 * seconds,
    iterations: samples,
    warmupTime: 500 * seconds,
    warmupIterations: 1,
    retainSamples: true,
    throws: true,
    timestampProvider: 'hrtimeNow',
  });
  // Nothing is returned to the harness: it would take fields of it for instructions.
  const fn = async
    ? async () => {
        last = await task.run();
      }
    : () => {
        last = task.run();
      };
  const beforeEach = task.reset === undefined ? {} : { beforeEach: () => task.reset?.() };
  bench.add('call', fn, { async, ...beforeEach });
  await bench.run();
  const result = bench.tasks[0]!.result;
  if (result.state !== 'completed' || result.latency.samples === undefined)
    throw new RangeError(`the harness ended as ${result.state}`);
  return { samples: result.latency.samples, last };
}
