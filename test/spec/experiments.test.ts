import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { knownNames } from '../../src/command/names.ts';
import { loadManifestFile, loadSweep } from '../../src/spec/index.ts';
import { schemaUrl } from '../../src/spec/schema-file.ts';
import { schemaTexts } from '../../src/spec/write-schema.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const jsonFiles = (folder: string) =>
  readdirSync(at(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort();

describe('every experiment that comes with sessionlab', () => {
  const files = jsonFiles('experiments');
  it('is there', () => assert.ok(files.includes('quickstart.json') && files.includes('bigflows.json')));

  for (const file of files) {
    it(`is valid and named like its file: ${file}`, async () => {
      const cells = await loadSweep(join(at('experiments'), file));
      assert.ok(cells.length >= (file.startsWith('ablations') ? 2 : 1));
      for (const { spec } of cells) {
        assert.equal(spec.name, basename(file, '.json'));
        assert.ok((spec.description ?? '').length > 20);
      }
      assert.equal(new Set(cells.map(({ hash }) => hash)).size, cells.length, 'no cell twice');
    });

    it(`points editors to the schema: ${file}`, () => {
      const { $schema } = JSON.parse(readFileSync(join(at('experiments'), file), 'utf8')) as {
        $schema: string;
      };
      const schema = join(at('experiments'), file, '..', $schema);
      assert.equal(schema, at('src/spec/experiment.schema.json'));
    });
  }
});

describe('every data set that comes with sessionlab', () => {
  for (const file of jsonFiles('datasets')) {
    it(`has a valid manifest: ${file}`, async () => {
      const { description } = await loadManifestFile(join(at('datasets'), file));
      assert.ok(description.length > 20);
    });
  }
});

describe('the schema files', () => {
  it('are up to date (else: node --import tsx src/command/write-schema.ts)', () => {
    const texts = schemaTexts(knownNames);
    for (const name of ['experiment', 'dataset'] as const) {
      assert.equal(readFileSync(schemaUrl(name), 'utf8'), texts[name], name);
    }
  });
});
