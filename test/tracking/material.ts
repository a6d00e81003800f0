/** Results folders for tests: one real small run, and copies of it that are runs of their own. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, writeSpec } from '../run/sample.ts';

/** Runs the small experiment and gives the folder of its one run. */
export async function realRun(folder: string): Promise<string> {
  const spec = writeSpec(join(folder, 'spec'), { evaluation: { everyEpoch: true } });
  const { runs } = await run(spec, join(folder, 'real'));
  return runs[0]!.folder;
}

export interface CopyOptions {
  readonly seed: number;
  /** Instead of the real one. */
  readonly specHash?: string;
  readonly experiment?: string;
  /** Training steps in the journal; each is four points. */
  readonly steps?: number;
  /** Milliseconds by which it began later. */
  readonly later?: number;
}

/** A run like a real one, with another seed, at another time, perhaps with a longer journal. */
export function copyRun(real: string, results: string, options: CopyOptions): string {
  const { seed, steps = 5, later = 0 } = options;
  const record = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
  const specHash = options.specHash ?? record.specHash;
  const experiment = options.experiment ?? record.experiment;
  const resultHash = `${specHash.slice(0, 32)}${String(seed).padStart(32, '0')}`;
  const folder = join(results, experiment, specHash.slice(0, 12), String(seed));
  mkdirSync(folder, { recursive: true });
  cpSync(real, folder, { recursive: true });
  const started = Date.parse(record.started) + later + 1000 * seed;
  writeFileSync(
    join(folder, 'journal.jsonl'),
    journalText({ started, specHash, experiment, seed, steps, resultHash }),
  );
  const finished = new Date(started + 10 * steps + 20).toISOString();
  const training = { ...record.training, steps };
  // With another journal, and so without the seal.
  const unsealed = { format: 1, files: undefined, seal: undefined };
  const changed = { ...record, ...unsealed, seed, specHash, experiment, resultHash, finished, training };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(changed, null, 2));
  return folder;
}

interface JournalShape {
  readonly started: number;
  readonly specHash: string;
  readonly experiment: string;
  readonly seed: number;
  readonly steps: number;
  readonly resultHash: string;
}

/** A journal with numbers that a double must carry to the last bit. */
export function journalText({
  started,
  specHash,
  experiment,
  seed,
  steps,
  resultHash,
}: JournalShape): string {
  const entries: object[] = [{ type: 'begin', experiment, specHash, seed, epochs: 1, stepsPerEpoch: steps }];
  for (let step = 1; step <= steps; step++) {
    const loss = 1 / (step + seed / 7);
    entries.push({
      type: 'step',
      epoch: 1,
      step,
      loss,
      accuracy: 1 - loss / 3,
      gradientNorm: 1e-300 * step,
      learningRate: 0.1 + 0.2,
    });
  }
  entries.push({ type: 'epoch', epoch: 1, step: steps, loss: 0.25, accuracy: 0.5 });
  entries.push({ type: 'system', epoch: 1, step: steps, memory: 123_456_789 + seed, cpu: 1.75 });
  entries.push({
    type: 'test',
    epoch: 1,
    step: steps,
    metrics: { accuracy: 0.75 + seed / 1000, rocAuc: null, f1: 2 / 3 },
  });
  entries.push({ type: 'end', resultHash });
  return entries
    .map(
      (entry, sequence) =>
        `${JSON.stringify({ sequence, time: new Date(started + 10 * sequence).toISOString(), ...entry })}\n`,
    )
    .join('');
}
