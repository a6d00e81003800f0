import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { numericHash } from '../../src/results/index.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-numeric-'));
const src = join(root, 'src');
after(() => rmSync(root, { recursive: true, force: true }));

/** Files that only show, send, measure, start, lock, find, or say what is wrong. */
const DISPLAY = [
  /^(bench|command|export|fault|http|report|score|serve|services|sweep|tracking)\//,
  /^(cli\.ts|index\.m?[jt]s|sessionlab\.mjs|setup\.mjs|write-types\.mjs)$/,
  /^disk\/(?!bytes\.ts$)/,
  /^text\/(?!(csv|encoding)\.ts$)/,
  /^results\/(?!(hash|predictions|safetensors|tables)\.ts$)/,
];

describe('the numeric hash', () => {
  let files: readonly string[] = [];
  before(() => {
    // The same tree with nothing in its files: what counts is which of them are read.
    const real = fileURLToPath(new URL('../../src', import.meta.url));
    files = (readdirSync(real, { recursive: true }) as string[])
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => !file.startsWith('engine/native/build/') && statSync(join(real, file)).isFile());
    for (const file of files) {
      mkdirSync(dirname(join(src, file)), { recursive: true });
      writeFileSync(join(src, file), '');
    }
  });
  const isDisplay = (file: string) => DISPLAY.some((pattern) => pattern.test(file));

  it('stays when a byte of any file changes that no number depends on', () => {
    const display = files.filter(isDisplay);
    assert.ok(display.length > 150, String(display.length));
    const first = numericHash(root);
    for (const file of display) appendFileSync(join(src, file), '\n');
    assert.equal(numericHash(root), first);
  });

  it('moves when a byte of any other file changes', () => {
    const numeric = files.filter((file) => !isDisplay(file));
    assert.ok(numeric.length > 250, String(numeric.length));
    const seen = new Set([numericHash(root)]);
    for (const [i, file] of numeric.entries()) {
      appendFileSync(join(src, file), '\n');
      seen.add(numericHash(root));
      assert.equal(seen.size, i + 2, file);
    }
  });

  it('moves when something new appears, in a folder or beside', () => {
    const seen = new Set([numericHash(root)]);
    for (const [i, file] of ['run/new.ts', 'disk/new.ts', 'results/new.ts', 'new.ts'].entries()) {
      writeFileSync(join(src, file), '');
      seen.add(numericHash(root));
      assert.equal(seen.size, i + 2, file);
    }
  });
});
