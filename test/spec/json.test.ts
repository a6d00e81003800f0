import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatFault } from '../../src/fault/index.ts';
import { parseJson } from '../../src/spec/json.ts';
import fc from '../support/fast-check.ts';

const faults = (text: string) => (parseJson(text, 'x.json').faults ?? []).map(formatFault);

describe('reading JSON', () => {
  it('gives the value that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.deepEqual(parseJson(text, 'x.json').value, JSON.parse(text));
      }),
    );
  });

  it('refuses exactly the texts that JSON.parse refuses', () => {
    const alphabet = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\\',
      '"',
      'x',
    ];
    const text = fc.array(fc.constantFrom(...alphabet), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (json) => {
        let valid = true;
        try {
          JSON.parse(json);
        } catch {
          valid = false;
        }
        const own = parseJson(json, 'x.json');
        const onlyRepeats = own.faults?.every((fault) => fault.problem.includes('a second time')) === true;
        assert.equal(own.faults === undefined || onlyRepeats, valid);
      }),
      { numRuns: 5000 },
    );
  });

  it('says line, column and what was expected', () => {
    const cases: readonly (readonly [text: string, message: string])[] = [
      ['', 'x.json: line 1, column 1: got the end of the file, expected a value'],
      ['{', 'x.json: line 1, column 2: got the end of the file, expected a key in double quotes or "}"'],
      [
        '{\n  "a": 1,\n}',
        'x.json: line 3, column 1: got "}", expected a key in double quotes; remove the comma before it',
      ],
      ['{"a": [1, 2,]}', 'x.json: line 1, column 13: got "]", expected a value; remove the comma before it'],
      ['{"a" 1}', 'x.json: line 1, column 6: got "1", expected ":" after the key'],
      ['{"a": 1 "b": 2}', 'x.json: line 1, column 9: got a text, expected "," or "}"'],
      ['{"a": 1\r\n "b": 2}', 'x.json: line 2, column 2: got a text, expected "," or "}"'],
      ['[1 2]', 'x.json: line 1, column 4: got "2", expected "," or "]"'],
      ['{"a": yes}', 'x.json: line 1, column 7: got "yes", expected a value'],
      ['{"a": NaN}', 'x.json: line 1, column 7: got "NaN", expected a value'],
      ['{a: 1}', 'x.json: line 1, column 2: got "a", expected a key in double quotes or "}"'],
      [
        "{'a': 1}",
        'x.json: line 1, column 2: got "\'", expected a key in double quotes or "}"; write it with double quotes',
      ],
      ['{"a": .5}', 'x.json: line 1, column 7: got ".5", expected a value'],
      ['{"a": 012}', 'x.json: line 1, column 7: got "012", expected a value'],
      ['{"a": 1.}', 'x.json: line 1, column 7: got "1.", expected a value'],
      ['{"a": 1e999}', 'x.json: line 1, column 7: got "1e999", expected a number below 1.8e308'],
      [
        '{"a": "b\n"}',
        'x.json: line 1, column 9: got the end of the line, expected the closing double quote on the same line',
      ],
      [
        '{"a": "\\x"}',
        'x.json: line 1, column 8: got "\\x", expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000',
      ],
      [
        '{} // done',
        'x.json: line 1, column 4: got "//", expected the end of the file; JSON has no comments: use "description"',
      ],
      ['{} {}', 'x.json: line 1, column 4: got "{", expected the end of the file'],
      [
        '{\u00a0"a": 1}',
        'x.json: line 1, column 2: got character U+00A0, expected a key in double quotes or "}"',
      ],
      ['"é𝄞" x', 'x.json: line 1, column 6: got "x", expected the end of the file'],
    ];
    for (const [text, message] of cases) assert.deepEqual(faults(text), [message]);
  });

  it('does not let a key stand twice, and says so for each', () => {
    assert.deepEqual(faults('{"a": 1,\n "b": {"c": 1, "c": 2}, "a": 2}'), [
      'x.json: line 2, column 16: got the key "c" a second time, must occur once; remove one of the two',
      'x.json: line 2, column 25: got the key "a" a second time, must occur once; remove one of the two',
    ]);
  });

  it('reads over a byte order mark', () => {
    assert.deepEqual(parseJson('\ufeff{"a": 1}', 'x.json').value, { a: 1 });
    assert.deepEqual(faults('\ufeff{x'), [
      'x.json: line 1, column 2: got "x", expected a key in double quotes or "}"',
    ]);
  });

  it('keeps a key "__proto__" as a key', () => {
    const { value } = parseJson('{"__proto__": {"a": 1}}', 'x.json');
    assert.deepEqual(Object.keys(value as object), ['__proto__']);
    assert.equal((value as { a?: unknown }).a, undefined);
  });

  it('refuses what is nested without end', () => {
    const message = 'got "[", expected at most 100 objects and lists within each other';
    assert.deepEqual(faults('['.repeat(1_000_000)), [`x.json: line 1, column 102: ${message}`]);
  });
});
