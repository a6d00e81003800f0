/**
 * What one size of one thing takes, in a process of its own, so that its memory is nobody else's. Prints one line of JSON.
 *
 * node --import tsx src/bench/growth-probe.ts DIMENSION SIZE
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLabels } from '../label/index.ts';
import { createModel } from '../network/index.ts';
import { loadSweep } from '../spec/index.ts';
import { createBatch } from '../token/index.ts';
import { articleModelOptions, articleShape } from './article.ts';
import { checksumOf } from './checksum.ts';
import { fillDense } from './dense.ts';
import { createFixture, readSessions } from './fixture.ts';

export const DIMENSIONS = ['sessions', 'packets', 'tokens', 'units', 'cells', 'label rows'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What it took. */
export interface Growth {
  /** Milliseconds of processor time: the least of some calls after the first. */
  readonly milliseconds: number;
  /** Bytes resident at most, beyond those before the first call. */
  readonly bytes: number;
  readonly checksum: string;
}

const CALLS = 4;
const BATCH = 20;

/** What a call does; its result is hashed. */
type Work = () => Promise<string | number>;

async function prepare(dimension: Dimension, size: number, folder: string): Promise<Work> {
  switch (dimension) {
    case 'sessions': {
      const fixture = createFixture();
      process.once('exit', fixture.remove);
      const { path } = await fixture.capture(size);
      return async () => (await readSessions([path])).sessions.count;
    }
    case 'cells': {
      const path = join(folder, 'sweep.json');
      const values = Array.from({ length: size }, (_, i) => i + 1);
      const sweep = { 'training.batch': values };
      writeFileSync(path, JSON.stringify({ name: 'cells', dataset: { synthetic: { sessions: 60 } }, sweep }));
      return async () => (await loadSweep(path)).map(({ hash }) => hash).join();
    }
    case 'label rows': {
      const path = join(folder, 'labels.csv');
      const rows = Array.from({ length: size }, (_, i) => {
        const [at, host] = [new Date(1.5e12 + 1000 * i).toISOString(), i % 250];
        return `tcp,10.0.0.${host},${1024 + (i % 60_000)},10.0.1.${host},80,${at},${at},${i % 50 === 0 ? 'attack' : 'normal'}`;
      });
      const head = 'protocol,source,sourcePort,destination,destinationPort,start,end,label';
      writeFileSync(path, `${head}\n${rows.join('\n')}\n`);
      return async () => (await readLabels([path], 'table')).start.length;
    }
    default:
      return step(dimension, size);
  }
}

/** A training step on a full batch. */
async function step(dimension: 'packets' | 'tokens' | 'units', size: number): Promise<Work> {
  const units = dimension === 'units' ? size : articleShape.packet.units;
  const shape = {
    ...articleShape,
    maxPackets: dimension === 'packets' ? size : articleShape.maxPackets,
    maxTokens: dimension === 'tokens' ? size : articleShape.maxTokens,
    packet: { ...articleShape.packet, units },
    session: { ...articleShape.session, units },
  };
  const { model } = await createModel(articleModelOptions(1, BATCH, shape));
  const batch = createBatch(BATCH, shape.maxPackets, shape.maxTokens);
  fillDense(batch, BATCH, shape.classes);
  return async () => model.trainStep(batch, 0).loss;
}

async function probe(dimension: Dimension, size: number): Promise<Growth> {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-growth-'));
  try {
    const before = process.memoryUsage().rss;
    const work = await prepare(dimension, size, folder);
    const first = await work();
    let milliseconds = Number.POSITIVE_INFINITY;
    for (let call = 0; call < CALLS; call++) {
      const begin = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(begin);
      milliseconds = Math.min(milliseconds, (user + system) / 1000);
    }
    const bytes = process.resourceUsage().maxRSS * 1024 - before;
    return { milliseconds, bytes, checksum: checksumOf([first]) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [dimension, size] = process.argv.slice(2);
if (DIMENSIONS.includes(dimension as Dimension))
  console.log(JSON.stringify(await probe(dimension as Dimension, Number(size))));
