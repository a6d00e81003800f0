/** Runs for the tests of reports: one that was made, and copies of it with other seeds and specs. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = Record<string, unknown>;

export interface Copied {
  readonly seed: number;
  /** Of the spec: what tells its cell from others. */
  readonly changes?: Json;
  /** What is added to every metric. */
  readonly better?: number;
  /** Changes of a file's text. */
  readonly edit?: Readonly<Record<string, (text: string) => string>>;
}

/** A run like a real one, unsealed, in results/<cell>/<seed>. */
export function copyOf(real: string, results: string, cell: string, options: Copied): string {
  const { seed, changes = {}, better = 0, edit = {} } = options;
  const folder = join(results, 'copies', cell, String(seed));
  mkdirSync(folder, { recursive: true });
  cpSync(real, folder, { recursive: true });
  const read = (name: string): Json => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { files: _, seal: __, ...record } = read('run.json');
  const evaluation = Object.fromEntries(
    Object.entries(record.evaluation as Json).map(([name, value]) => [
      name,
      typeof value === 'number' ? value + better : value,
    ]),
  );
  const specHash = cell.padEnd(64, '0');
  const hash = `${cell}${seed}`.padEnd(64, '0');
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ ...record, format: 1, seed, specHash, resultHash: hash, evaluation }),
  );
  writeFileSync(join(folder, 'spec.json'), JSON.stringify({ ...read('spec.json'), ...changes }));
  for (const [name, change] of Object.entries(edit))
    writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')));
  rmSync(join(folder, 'weights.safetensors'), { force: true });
  return folder;
}
