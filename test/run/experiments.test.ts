import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sweep, temporaryFolder } from './sample.ts';

const experiments = fileURLToPath(new URL('../../experiments/', import.meta.url));
const folder = temporaryFolder();
const files = (readdirSync(experiments, { recursive: true }) as string[]).filter((file) =>
  file.endsWith('.json'),
);

describe('every experiment that comes with sessionlab', () => {
  for (const file of files)
    it(`is planned, and runs for two epochs on a small network: ${file}`, async () => {
      const { $schema: _, ...spec } = JSON.parse(readFileSync(join(experiments, file), 'utf8'));
      const small = {
        ...spec,
        dataset: { synthetic: { sessions: 120, duration: 300 } },
        training: { ...spec.training, epochs: 2 },
        seeds: [1],
      };
      const path = join(folder, `${basename(file, '.json')}.json`);
      writeFileSync(path, JSON.stringify(small));
      const { cells, runs, failure } = await sweep(path, join(folder, 'out'));
      assert.equal(failure, null);
      assert.equal(runs.length, cells);
      for (const { state, metrics } of runs) {
        assert.equal(state, 'new');
        assert.ok(metrics!.accuracy! >= 0 && metrics!.accuracy! <= 1);
      }
    });
});
