import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, temporaryFolder } from './sample.ts';

const experiments = fileURLToPath(new URL('../../experiments/', import.meta.url));
const folder = temporaryFolder();
const files = (readdirSync(experiments, { recursive: true }) as string[]).filter((file) =>
  file.endsWith('.json'),
);

describe('every experiment that comes with sessionlab', () => {
  for (const file of files)
    it(`is planned, and runs for an epoch on a small network: ${file}`, async () => {
      const { $schema: _, ...spec } = JSON.parse(readFileSync(join(experiments, file), 'utf8'));
      const small = {
        ...spec,
        dataset: { synthetic: { sessions: 120, duration: 300 } },
        training: { ...spec.training, epochs: 1 },
        seeds: [1],
      };
      const path = join(folder, `${basename(file, '.json')}.json`);
      writeFileSync(path, JSON.stringify(small));
      const { runs, failure } = await run(path, join(folder, 'out'));
      assert.equal(failure, null);
      assert.match(runs[0]!.resultHash, /^[0-9a-f]{64}$/);
    });
});
