import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderSvg } from '../../src/report/figures/render.ts';
import {
  alignColumns,
  createReporter,
  csvCells,
  csvLine,
  jsonText,
  onOneLine,
  onTerminal,
  shown,
} from '../../src/text/index.ts';
import fc from '../support/fast-check.ts';

/** Any text, with many of the characters that have effects. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\x1b[2J',
        '\x1b]0;x\x07',
        '\r',
        '\n',
        '\t',
        '\0',
        '\x9b',
        '\u202e',
        '\u2028',
        '\ud800',
        '=1+1',
        "'",
        '"',
        ',',
        '-0.5',
        '@',
        '+',
        '\ufffe',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const EFFECT = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

describe('text from outside', () => {
  it('has no effect on a line of a terminal', () => {
    fc.assert(fc.property(hostile, (text) => assert.doesNotMatch(onOneLine(text), EFFECT)));
    fc.assert(
      fc.property(hostile, (text) => {
        assert.doesNotMatch(onTerminal(text).replaceAll('\n', ''), EFFECT);
        assert.equal(onTerminal(text).split('\n').length, text.split('\n').length);
      }),
    );
    assert.equal(onOneLine('a\x1b[31mb\u202ec\nd\te'), 'a\\u001b[31mb\\u202ec\\nd\\te');
    assert.equal(onOneLine('Größe – 東京 👩‍👧'), 'Größe – 東京 👩‍👧');
  });

  it('has none in a table, in facts, lines and the status', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const lines = alignColumns([[a, b]], 'll');
        assert.equal(lines.length, 1);
        assert.doesNotMatch(lines[0]!, EFFECT);
        const said: string[] = [];
        const stream = { isTTY: true, write: (text: string) => said.push(text) };
        const reporter = createReporter(stream, stream);
        reporter.fact(a);
        reporter.line(b);
        reporter.status(() => a);
        // The status line begins and ends with what writes over the one before.
        const [facts = '', line = '', status = ''] = said;
        const ours = status.slice('\r'.length, -'\x1b[K'.length);
        for (const text of [facts, line, ours]) assert.doesNotMatch(text.replaceAll('\n', ''), EFFECT);
      }),
    );
  });

  it('reads back from JSON as it was', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(undefined, 2), (text, indent) => {
        const json = jsonText({ [text]: [text] }, indent);
        assert.doesNotMatch(json.replaceAll('\n', ''), EFFECT);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify({ [text]: [text] })));
      }),
    );
  });

  it('reads back from CSV as it was, and no cell begins a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.double()), { minLength: 1 }), (cells) => {
        const line = csvLine(cells).slice(0, -1);
        assert.deepEqual(csvCells(line), cells.map(String));
        for (const [i, cell] of cells.entries()) {
          if (typeof cell !== 'string') continue;
          const raw = csvLine([cell]).slice(0, -1).replace(/^"/, '');
          if (/^[=+\-@\t\r]/.test(raw)) assert.ok(!Number.isNaN(Number(cell)), `${i}: ${raw}`);
        }
      }),
    );
    assert.equal(csvLine(['=1+1', "'=1", '-0.5', -0.5, '@x', "'x"]), "'=1+1,''=1,-0.5,-0.5,'@x,'x\n");
  });

  it('breaks no figure', async () => {
    const name = 'a\x1b[31m\0\ufffe<b>&\ud800';
    const spec = {
      data: { values: [{ x: name, y: 1 }] },
      mark: 'bar',
      encoding: { x: { field: 'x', type: 'nominal' }, y: { field: 'y', type: 'quantitative' } },
    } as const;
    const svg = await renderSvg(spec);
    assert.doesNotMatch(svg.replaceAll('\n', ''), EFFECT);
    assert.match(svg, /a\\u001b\[31m\\u0000/);
    assert.deepEqual(shown({ [name]: Float32Array.of(1) }), { [name]: Float32Array.of(1) });
  });
});
