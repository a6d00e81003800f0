/** What a benchmark is. */

/**
 * One computation to be timed, ready to be called again and again.
 *
 * What a call computes is hashed before and after the timing and must be the same each time, so that nothing is timed
 * that does nothing, or something else.
 */
export interface Task<R = unknown> {
  /** How many of what is handled a call handles. */
  readonly amount: number;
  /** Restores what a call changes; before every call, not timed. */
  reset?(): void;
  /** The timed call. */
  run(): R | Promise<R>;
  /** Fills the arrays that a call writes to, so that what it does not write shows in the checksum. */
  spoil?(value: number): void;
  /** A hash of everything that the call computed. */
  checksum(result: R): string;
  /** Frees what the task holds. */
  close?(): void | Promise<void>;
}

interface Named {
  readonly suite: string;
  /** Unique within all suites, begins with the suite: `kernels/step gru, 100 units, avx512`. */
  readonly name: string;
  /** Benchmarks of one problem must have the same checksum, whatever computes it. */
  readonly problem?: string;
}

/** Time a call. */
export interface TimedBenchmark extends Named {
  readonly kind: 'time';
  /** What a call handles, for rates: sessions. */
  readonly of: string;
  /** Floating-point operations of one call, where they are what it spends its time on. */
  readonly flops?: number;
  /** Variant of the native engine whose peak the operations are compared with, and threads that share them. */
  readonly variant?: string;
  readonly threads?: number;
  readonly prepare: () => Task | Promise<Task>;
}

/** A benchmark of a call; what its name begins with is its suite. */
export function timed(
  name: string,
  of: string,
  prepare: TimedBenchmark['prepare'],
  more: Pick<TimedBenchmark, 'problem' | 'flops' | 'variant' | 'threads'> = {},
): TimedBenchmark {
  return { kind: 'time', suite: name.slice(0, name.indexOf('/')), name, of, ...more, prepare };
}

/** Bytes that something takes. */
export interface SizeBenchmark extends Named {
  readonly kind: 'size';
  /** Takes the measure a few times. */
  readonly measure: () => Promise<{ readonly bytes: readonly number[]; readonly checksum: string }>;
}

export type Benchmark = TimedBenchmark | SizeBenchmark;

/** A statement that the measurements of a suite support, or do not. */
export interface Finding {
  readonly suite: string;
  readonly statement: string;
  readonly holds: boolean;
}

/** Benchmarks that belong together. */
export interface Suite {
  readonly name: string;
  readonly summary: string;
  readonly benchmarks: () => readonly Benchmark[] | Promise<readonly Benchmark[]>;
  /** What follows from its measurements; called with those that were taken. */
  readonly conclude?: (results: ReadonlyMap<string, Measurement>) => readonly Finding[];
}

/** Order statistics of the samples: milliseconds of a call, or bytes. */
export interface Distribution {
  readonly samples: number;
  readonly min: number;
  readonly p5: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** How much medians of parts of the measurement differ: one standard deviation, about, by the median. */
  readonly noise: number;
}

/** What was measured. */
export interface Measurement extends Distribution {
  readonly suite: string;
  readonly name: string;
  readonly unit: 'ms' | 'B';
  /** Hash of what was computed, 16 hexadecimal digits. */
  readonly checksum: string;
  /** Per second, from the median; of what. */
  readonly rate?: number;
  readonly of?: string;
  /** 10⁹ floating-point operations per second, from the median. */
  readonly gflops?: number;
  /** GFLOP/s as a share of the measured peak of f32 FMA on these threads. */
  readonly shareOfPeak?: number;
}

/** What could not be measured, and why. */
export interface BenchmarkFailure {
  readonly suite: string;
  readonly name: string;
  readonly problem: string;
}
