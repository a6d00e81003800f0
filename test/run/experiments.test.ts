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

/** Days of a stand-in for those that a protocol names; the last one has attacks. */
function daysFor(protocol: { readonly train?: unknown; readonly test?: readonly string[] } = {}) {
  if (!Array.isArray(protocol.train)) return {};
  const names: readonly string[] = [...protocol.train, ...(protocol.test ?? [])];
  const attacks = [{ kind: 'infiltration', sessions: 20 }];
  return {
    workstations: 6,
    days: names.map((name, i) => ({
      name,
      date: `2018-03-0${i + 1}`,
      attacks: i === names.length - 1 ? attacks : [],
    })),
  };
}

/** A stand-in for another data set that tests by its labels. */
const testFor = (test?: object) =>
  test === undefined
    ? {}
    : {
        test: {
          ...test,
          dataset: { synthetic: { sessions: 60, duration: 300, ...daysFor({ train: ['a'] }) } },
        },
      };

/** Early stopping that two epochs leave room for, where there is one. */
const patient = ({ earlyStopping = null }: { earlyStopping?: object | null } = {}) =>
  earlyStopping === null ? {} : { earlyStopping: { ...earlyStopping, patience: 1 } };

describe('every experiment that comes with sessionlab', () => {
  for (const file of files)
    it(`is planned, and runs for two epochs on a small network: ${file}`, async () => {
      const { $schema: _, ...spec } = JSON.parse(readFileSync(join(experiments, file), 'utf8'));
      const small = {
        ...spec,
        dataset: { synthetic: { sessions: 80, duration: 300, ...daysFor(spec.protocol) } },
        ...testFor(spec.test),
        training: { ...spec.training, epochs: 2, ...patient(spec.training) },
        attention: { sessions: 2 },
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
