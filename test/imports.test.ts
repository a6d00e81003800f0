import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** The floors of the house, from the ground up; the folders of a floor from left to right. */
const floors: Readonly<Record<string, readonly string[]>> = {
  ground: ['numeric', 'random', 'fault', 'text', 'disk', 'http'],
  input: ['spec', 'capture', 'session', 'label', 'synth', 'dataset'],
  method: ['anomaly', 'token', 'engine', 'network', 'training'],
  judgement: ['statistics', 'evaluation', 'baseline', 'attention', 'audit'],
  doing: ['results', 'data', 'run', 'sweep', 'score'],
  showing: ['export', 'report', 'tracking', 'services', 'serve', 'bench'],
  door: ['command'],
};
const order = Object.values(floors).flat();

interface Import {
  readonly file: string;
  readonly target: string;
}

/** Every import and re-export of our own files, of values and of types, static and at run time. */
function imports(): readonly Import[] {
  const found: Import[] = [];
  for (const name of (readdirSync(src, { recursive: true }) as string[]).sort()) {
    if (!/\.(ts|mjs)$/.test(name)) continue;
    const text = readFileSync(join(src, name), 'utf8');
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g))
      found.push({ file: name, target: relative(src, resolve(src, dirname(name), match[1]!)) });
  }
  return found;
}

const folder = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');
const text = ({ file, target }: Import): string => `${file} -> ${target}`;

describe('imports point one way', () => {
  const all = imports();

  it('finds imports at all', () => assert.ok(all.length > 1000));

  it('the floors name the folders that are there, and no other', () => {
    const there = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    assert.deepEqual([...order].sort(), there.sort());
  });

  it('a folder imports only from floors below and from its left', () => {
    const wrong = all.filter(({ file, target }) => {
      const [a, b] = [folder(file), folder(target)];
      return a !== '' && a !== b && order.indexOf(b) >= order.indexOf(a);
    });
    assert.deepEqual(wrong.map(text), []);
  });

  it('others enter a folder by its door, index.ts', () => {
    const wrong = all.filter(({ file, target }) => {
      const [a, b] = [folder(file), folder(target)];
      return a !== b && b !== '' && !(a === '' && b === 'command') && target !== join(b, 'index.ts');
    });
    assert.deepEqual(wrong.filter(({ file }) => file !== 'setup.mjs').map(text), []);
  });

  it('files of a folder import each other in no circle, types included', () => {
    const graph = new Map<string, string[]>();
    for (const { file, target } of all) graph.set(file, [...(graph.get(file) ?? []), target]);
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      else if (!done.has(file)) for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) walk(file, []);
    assert.deepEqual(circles, []);
  });
});

describe('a test gives today what it gave yesterday', () => {
  const tests = fileURLToPath(new URL('.', import.meta.url));
  const files = (readdirSync(tests, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'));
  const containing = (pattern: RegExp): readonly string[] =>
    files.filter((name) => pattern.test(readFileSync(join(tests, name), 'utf8'))).sort();

  it('fast-check takes its seed from support/, not from the clock', () =>
    assert.deepEqual(containing(/from ['"]fast-check/), ['support/fast-check.ts']));

  it('no seed is of the clock', () =>
    assert.deepEqual(
      containing(
        /\b(Math\.random|randomInt|getRandomValues)\(|(?:seed|stream)\b.*\b(Date|performance)\.now\(/i,
      ),
      [],
    ));
});
