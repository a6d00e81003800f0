import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Folders in the order of the data flow: each may import from those before it. */
const flow = [
  'spec',
  'capture',
  'session',
  'label',
  'synth',
  'dataset',
  'anomaly',
  'token',
  'network',
  'training',
  'evaluation',
  'baseline',
  'audit',
  'statistics',
  'tracking',
  'report',
  'run',
  'services',
  'bench',
  'command',
];
/** Folders that anyone may import and that import nothing of ours. */
const ground = ['random', 'engine'];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

function imports(): readonly Import[] {
  const found: Import[] = [];
  for (const name of (readdirSync(src, { recursive: true }) as string[]).sort()) {
    if (!/\.(ts|mjs)$/.test(name)) continue;
    const text = readFileSync(join(src, name), 'utf8');
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g))
      found.push({
        file: name,
        from: match[1]!,
        target: relative(src, resolve(src, dirname(name), match[1]!)),
      });
  }
  return found;
}

const folder = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

describe('imports follow the data flow', () => {
  const all = imports();

  it('finds imports at all', () => assert.ok(all.length > 100));

  it('every folder has its place in the flow', () => {
    const known = new Set([...flow, ...ground, '']);
    assert.deepEqual(
      [...new Set(all.map((i) => folder(i.file)))].filter((f) => !known.has(f)),
      [],
    );
  });

  it('a folder imports only from folders to its left', () => {
    const wrong = all.filter(({ file, target }) => {
      const [a, b] = [folder(file), folder(target)];
      if (a === '' || a === b || ground.includes(b)) return ground.includes(a) && a !== b;
      return ground.includes(a) || flow.indexOf(b) === -1 || flow.indexOf(b) >= flow.indexOf(a);
    });
    assert.deepEqual(wrong, []);
  });

  it('others enter a folder by its door, index.ts', () => {
    const wrong = all.filter(({ file, target }) => {
      const [a, b] = [folder(file), folder(target)];
      return a !== b && b !== '' && !(a === '' && b === 'command') && target !== join(b, 'index.ts');
    });
    assert.deepEqual(
      wrong.filter((i) => i.file !== 'setup.mjs'),
      [],
    );
  });
});
