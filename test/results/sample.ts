/** Folders of runs for tests that need no training. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoredRecord } from '../../src/results/index.ts';

/** A run of the previous version, as it wrote it: results/previous/<spec hash>/1. */
export const previous = fileURLToPath(new URL('fixtures/', import.meta.url));

/** The least that run.json must say, with nothing that older code did not write. */
export function leastRecord(changes: Partial<StoredRecord> = {}): StoredRecord {
  return {
    resultHash: 'abc',
    specHash: 'ab'.repeat(32),
    seed: 1,
    code: { version: '0', commit: null, modified: null, source: 's' },
    machine: { platform: 'linux', architecture: 'x64', cpu: 'c', cores: 1, node: '20' },
    engine: { engine: 'native', variant: 'portable', threads: 1, exact: true },
    data: { files: [], packets: 0, keptPackets: 0 },
    sessions: { all: 0, training: 0, test: 0 },
    network: { parameters: 0 },
    training: { epochs: 1, steps: 1 },
    started: '2018-03-05T09:00:00.000Z',
    finished: '2018-03-05T09:00:01.000Z',
    ...changes,
  };
}

/** Makes a run folder with this record, or with this text in its place. */
export function writeRun(folder: string, record: StoredRecord | string = leastRecord()): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), typeof record === 'string' ? record : JSON.stringify(record));
  return folder;
}
