import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../src/cli.ts';
import { misunderstood, wordsOf } from './support/command-line.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map((name) => join('docs', String(name)))
    .filter((name) => name.endsWith('.md'))
    .sort(),
];
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** The lines of code blocks, and what stands in backquotes. */
function codeIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const rest = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...blocks, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)];
}

describe('the documents', () => {
  for (const page of pages) {
    it(`${page}: every link leads somewhere`, () => {
      const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
      const ours = links.filter((link) => !/^(https?:|#|mailto:)/.test(link));
      for (const link of ours) {
        const file = join(root, dirname(page), link.replace(/#.*$/, ''));
        assert.ok(existsSync(file), `${page}: ${link}`);
      }
    });

    it(`${page}: every command line is understood`, async () => {
      for (const line of codeIn(textOf(page))) {
        if (!/^\s*(\$ |[A-Z_]+=\S+ |npx |node src\/)*sessionlab\s/.test(line)) continue;
        const words = wordsOf(line.replace(/ #.*$/, ''))!;
        // What only names a command: `sessionlab run SPEC`, `sessionlab data list`.
        if (
          words.length === 0 ||
          words.some((word) => /^\[?[A-Z…]{2,}|…/.test(word)) ||
          !(words[0]! in COMMANDS)
        )
          continue;
        const wrong = await misunderstood(words);
        // In a sentence a command stands without what it needs.
        if (wrong?.startsWith('error: missing required argument')) continue;
        assert.equal(wrong, null, `${page}: ${line}`);
      }
    });
  }

  it('the README has every command in its table', () => {
    const table = textOf('README.md');
    for (const name of Object.keys(COMMANDS))
      assert.match(table, new RegExp(`\\| \`sessionlab .*\`?${name}\\b.*\\|`, 'm'), name);
  });

  it('the README is short enough to be read in five minutes', () => {
    const prose = textOf('README.md')
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/^\|.*$/gm, '');
    const words = prose.split(/\s+/).length;
    assert.ok(words < 1200, `${words} words`);
  });
});
