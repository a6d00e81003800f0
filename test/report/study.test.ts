import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readStudy } from '../../src/report/index.ts';
import { loadSpec } from '../../src/spec/index.ts';
import { temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const folder = temporaryFolder();
const results = join(folder, 'results');
const out = join(folder, 'out');

type Parts = Partial<Record<'figures' | 'tables' | 'claims' | 'specs', unknown>>;

function write(name: string, parts: Parts = {}): string {
  const path = join(folder, `${name}.study`);
  const study = {
    format: 'sessionlab-study-1',
    name,
    specs: { small: 'spec.json' },
    figures: [],
    tables: [],
    claims: [],
    ...parts,
  };
  writeFileSync(path, JSON.stringify(study));
  return path;
}
const study = (command: string, path: string) =>
  sessionlab(['study', command, path, '--results', results, '--out', out]);

describe('a study', () => {
  let accuracy: number;
  let good: string;
  const claim = (value: number, changes: object = {}) => [
    { name: 'accuracy', of: 'small', metric: 'accuracy', value, tolerance: 0.001, ...changes },
  ];
  const figures = [{ name: 'fig-1', of: 'small', figure: 'confusion-matrix', caption: 'Ours, $& and <b>.' }];
  const tables = [{ name: 'tab-1', of: 'small', table: 'kinds' }];

  before(async () => {
    const path = writeSpec(folder, {});
    writeFileSync(join(folder, 'spec.json'), readFileSync(path));
    const missing = await study('check', write('first', { claims: claim(1) }));
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /0 of 1 run are there; make the others: sessionlab study build/);
    const built = await study('build', write('first', { claims: claim(-1) }));
    assert.equal(built.status, 1, built.stderr);
    accuracy = Number(
      /does not hold: accuracy: ([\d.]+) of 1 seed, claimed -1 ± 0\.001/.exec(built.stdout)![1],
    );
    good = write('good', { figures, tables, claims: claim(accuracy) });
  });

  it('is built without a run that is there being run again, and checked without anything being trained', async () => {
    const built = await study('build', good);
    assert.equal(built.status, 0, built.stderr);
    assert.match(built.stdout, /^holds: accuracy: /m);
    for (const file of ['figures/fig-1.svg', 'figures/fig-1.pdf', 'tables/tab-1.tex', 'tables/claims.csv'])
      assert.ok(existsSync(join(out, file)), file);
    assert.match(
      readFileSync(join(out, 'figures/fig-1.svg'), 'utf8'),
      /<desc id="desc">Ours, \$&amp; and &lt;b&gt;\. \(made from/,
    );
    const checked = await study('check', good);
    assert.deepEqual([checked.status, checked.stderr], [0, '']);
  });

  it('does not hold where a number is other than it claims, or a file was changed', async () => {
    const other = await study('check', write('good', { figures, tables, claims: claim(accuracy + 0.01) }));
    assert.equal(other.status, 1);
    assert.match(other.stdout, /^does not hold: accuracy: /m);
    appendFileSync(join(out, 'tables', 'tab-1.tex'), ' ');
    const changed = await study('check', write('good', { figures, tables, claims: claim(accuracy) }));
    assert.equal(changed.status, 1);
    assert.match(changed.stderr, /tab-1\.tex: is not what these results give/);
  });

  it('says what is wrong with it, with the place', async () => {
    for (const [parts, fault] of [
      [
        { claims: claim(1, { of: 'smal' }) },
        /\/claims\/0\/of: got "smal", expected one of small; did you mean "small"/,
      ],
      [
        { claims: claim(1, { metric: 'acuracy' }) },
        /\/claims\/0\/metric: got "acuracy".*did you mean "accuracy"/,
      ],
      [{ claims: claim(1, { tolerance: -1 }) }, /\/claims\/0\/tolerance: got -1/],
      [
        { figures: [{ name: 'a', of: 'small', figure: 'rok' }] },
        /\/figures\/0\/figure: got "rok".*did you mean "roc"/,
      ],
      [{ figures: [...figures, ...figures] }, /\/figures\/1\/name: "fig-1" is there twice/],
      [
        { figures: [{ name: '../x', of: 'small', figure: 'roc' }] },
        /\/figures\/0\/name: got "\.\.\/x", expected a name of letters/,
      ],
      [{ specs: {} }, /\/specs/],
    ] as const) {
      const { status, stderr } = await study('build', write('bad', parts));
      assert.equal(status, 2, stderr);
      assert.match(stderr, fault);
    }
  });

  it('the one of the quickstart is a study of a spec that is there', async () => {
    const path = fileURLToPath(new URL('../../experiments/quickstart.study', import.meta.url));
    const { specs } = readStudy(path);
    for (const spec of Object.values(specs)) await loadSpec(join(path, '..', spec));
  });

  it('docs/report.md has one that can be read', () => {
    const page = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');
    const path = join(folder, 'page.study');
    writeFileSync(path, /```json\n([^`]*)```/.exec(page)![1]!);
    assert.equal(readStudy(path).claims.length, 2);
  });
});
