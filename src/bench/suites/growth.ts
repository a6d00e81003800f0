/** Exponents: how processor time and memory grow with sessions, packets, tokens, units, cells and label rows. */
import { fileURLToPath } from 'node:url';
import type { Benchmark, Finding, Suite } from '../benchmark.ts';
import { fitPower, type Power } from '../growth.ts';
import type { Dimension, Growth } from '../growth-probe.ts';
import { outputOf } from './cli.ts';
import type { SuiteContext } from './context.ts';

/** Processes a size. */
const PROCESSES = 3;

/** Sizes, each twice the one before, and the exponent that is claimed at most. */
const SIZES: Readonly<Record<Dimension, { readonly sizes: readonly number[]; readonly claim: number }>> = {
  sessions: { sizes: [4000, 8000, 16_000, 32_000], claim: 1 },
  packets: { sizes: [4, 8, 16, 32], claim: 1 },
  tokens: { sizes: [22, 44, 88, 176], claim: 1 },
  units: { sizes: [50, 100, 200, 400], claim: 2 },
  cells: { sizes: [50, 100, 200, 400], claim: 1 },
  'label rows': { sizes: [10_000, 20_000, 40_000, 80_000], claim: 1 },
};

/** How far above the claim an exponent may certainly be. */
const TOLERANCE = 0.1;

export function growthSuite({ quick }: SuiteContext): Suite {
  const taken = new Map<Dimension, (Growth & { readonly size: number })[]>();
  const benchmark = (dimension: Dimension, size: number): Benchmark => ({
    kind: 'size',
    suite: 'growth',
    name: `growth/${size} ${dimension}`,
    measure: async () => {
      const found: Growth[] = [];
      for (let i = 0; i < PROCESSES; i++) found.push(await takeProbe(dimension, size));
      const other = found.find(({ checksum }) => checksum !== found[0]!.checksum);
      if (other !== undefined)
        throw new RangeError(`a process computed ${other.checksum}, the first ${found[0]!.checksum}`);
      const all = taken.get(dimension) ?? [];
      taken.set(dimension, [...all, ...found.map((growth) => ({ ...growth, size }))]);
      return { bytes: found.map(({ bytes }) => bytes), checksum: found[0]!.checksum };
    },
  });
  return {
    name: 'growth',
    summary: 'memory of processes by size; exponents of processor time and memory',
    benchmarks: () =>
      Object.entries(SIZES).flatMap(([dimension, { sizes }]) =>
        (quick ? sizes.slice(0, 0) : sizes).map((size) => benchmark(dimension as Dimension, size)),
      ),
    conclude: () =>
      [...taken].flatMap(([dimension, points]) =>
        new Set(points.map(({ size }) => size)).size < 3 ? [] : [findingOf(dimension, points)],
      ),
  };
}

function findingOf(dimension: Dimension, points: readonly (Growth & { readonly size: number })[]): Finding {
  const { claim } = SIZES[dimension];
  const time = fitPower(points.map(({ size, milliseconds }) => ({ size, cost: milliseconds })));
  const memory = fitPower(points.map(({ size, bytes }) => ({ size, cost: bytes })));
  return {
    suite: 'growth',
    statement: `time grows as ${dimension}^${text(time)}, memory as ${dimension}^${text(memory)}; claimed at most ${claim}`,
    holds: time.low <= claim + TOLERANCE && memory.low <= claim + TOLERANCE,
  };
}

const text = ({ exponent, low, high }: Power): string =>
  `${exponent.toFixed(2)} [${low.toFixed(2)} … ${high.toFixed(2)}]`;

async function takeProbe(dimension: Dimension, size: number): Promise<Growth> {
  const script = fileURLToPath(new URL('../growth-probe.ts', import.meta.url));
  const loader = ['--import', import.meta.resolve('tsx')];
  return JSON.parse(await outputOf([...loader, script, dimension, String(size)])) as Growth;
}
