/** Making synthetic captures: how fast they get to the disk, and that memory does not grow with them. */
import { readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultRecipe, type Recipe, writeSyntheticCapture, writeSyntheticDays } from '../../synth/index.ts';
import {
  type Benchmark,
  type Finding,
  type Measurement,
  type Suite,
  type Task,
  timed,
} from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { outputOf } from './cli.ts';
import type { SuiteContext } from './context.ts';

/** Claimed of whole frames, bytes of the file per second. */
const FASTEST = 100e6;
/** Claimed of memory: what ten times the sessions may take more. */
const MOST_GROWTH = 64e6;
const COUNTS = [40_000, 400_000] as const;

const WHOLE = 'synth/write whole frames';
const memoryName = (count: number): string => `synth/memory, ${count} sessions`;

/** A network with whole frames, as bigFlows is. */
const large: Recipe = {
  ...defaultRecipe,
  workstations: 100,
  internalServers: 20,
  externalServers: 300,
  sites: 30,
  applications: 132,
  retransmissions: 0.01,
  duration: 300,
  snapLength: 65_535,
};

export function synthSuite({ fixture, quick }: SuiteContext): Suite {
  const sessions = quick ? 200 : 8000;
  const at = (name: string): string => join(fixture.folder, name);
  return {
    name: 'synth',
    summary: 'making synthetic captures and labels; memory',
    benchmarks: () => [
      writing(WHOLE, { ...large, sessions }, at('whole.pcap')),
      writing(
        'synth/write headers, 112 bytes of each frame',
        { ...defaultRecipe, sessions },
        at('headers.pcap'),
      ),
      timed('synth/write two days with labels', 'bytes', () => daysTask({ ...large, sessions }, at('days'))),
      ...(quick ? [] : COUNTS.map(memoryBenchmark)),
    ],
    conclude,
  };
}

function writing(name: string, recipe: Recipe, path: string): Benchmark {
  const write = () => writeSyntheticCapture(recipe, path);
  return timed(name, 'bytes', async () => ({
    amount: (await write()).bytes,
    run: write,
    spoil: () => rmSync(path),
    checksum: () => checksumOf([readFileSync(path)]),
  }));
}

async function daysTask(recipe: Recipe, folder: string): Promise<Task> {
  await mkdir(folder, { recursive: true });
  const attacks = [{ kind: 'infiltration', sessions: Math.floor(recipe.sessions / 20) }] as const;
  const day = { labels: true, article: null };
  const days = [
    { ...day, name: 'saturday', date: '2010-06-12', attacks: [] },
    { ...day, name: 'sunday', date: '2010-06-13', attacks },
  ];
  const write = () => writeSyntheticDays({ ...recipe, days }, folder);
  const files = (await write()).flatMap(({ capture, labels }) =>
    labels === null ? [capture] : [capture, labels],
  );
  const contents = () => files.map((name) => readFileSync(join(folder, name)));
  return {
    amount: contents().reduce((sum, { length }) => sum + length, 0),
    run: write,
    spoil: () => {
      for (const name of files) rmSync(join(folder, name));
    },
    checksum: () => checksumOf(contents()),
  };
}

/** Each in a process of its own, which makes the packets and keeps none. */
function memoryBenchmark(count: number): Benchmark {
  return {
    kind: 'size',
    suite: 'synth',
    name: memoryName(count),
    measure: async () => {
      const script = fileURLToPath(new URL('../synth-probe.ts', import.meta.url));
      const text = await outputOf(['--import', import.meta.resolve('tsx'), script, String(count)]);
      const { peak, packets } = JSON.parse(text) as { peak: number; packets: number };
      return { bytes: [peak], checksum: checksumOf([packets]) };
    },
  };
}

function conclude(results: ReadonlyMap<string, Measurement>): readonly Finding[] {
  const rate = results.get(WHOLE)?.rate;
  const [small, big] = COUNTS.map((count) => results.get(memoryName(count))?.median);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const findings: Finding[] = [];
  const find = (statement: string, holds: boolean) => findings.push({ suite: 'synth', statement, holds });
  if (rate !== undefined)
    find(
      `whole frames are written at ${megabytes(rate)}/s, claimed at least ${megabytes(FASTEST)}/s`,
      rate >= FASTEST,
    );
  if (small !== undefined && big !== undefined)
    find(
      `memory: ${COUNTS.map((count, i) => `${count} sessions ${megabytes([small, big][i]!)}`).join(', ')}; claimed to grow by at most ${megabytes(MOST_GROWTH)}`,
      big - small <= MOST_GROWTH,
    );
  return findings;
}
