import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeMarkup, html, scriptJson } from '../../src/report/escape.ts';
import { escapeLatex, escapeMarkdown } from '../../src/report/paper/table-text.ts';
import fc from '../support/fast-check.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '<script>',
    '</script>',
    '<!--',
    '"\'><img src=x onerror=alert(1)>',
    '&lt;',
    '\u202e',
    '\u2028',
  ),
  fc
    .array(fc.constantFrom('<', '>', '&', '"', "'", '/', '!', '-', '`', '=', ' '), { maxLength: 30 })
    .map((parts) => parts.join('')),
);

/** What an escape stands for. */
const read = (markup: string): string =>
  markup.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
  );

describe('what comes from outside, in a report', () => {
  it('begins no tag, ends no attribute and begins no reference of its own', () =>
    fc.assert(
      fc.property(nasty, (text) => {
        const markup = escapeMarkup(text);
        assert.doesNotMatch(markup, /[<>"']/);
        assert.doesNotMatch(markup.replace(/&(amp|lt|gt|quot|#39);/g, ''), /&/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
        assert.doesNotMatch(markup, /[\u0000-\u001f\u2028\u2029\u202a-\u202e]/);
      }),
    ));

  it('reads back as it was, where it has no characters that turn or hide a text', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        assert.equal(read(escapeMarkup(text)), text);
      }),
    ));

  it('is escaped wherever it is put into markup, and markup is not escaped twice', () =>
    fc.assert(
      fc.property(nasty, (text) => {
        const inner = html`<b title="${text}">${[text, html`<i>${text}</i>`]}</b>`;
        const shown = escapeMarkup(text);
        assert.equal(html`<p>${inner}</p>`.markup, `<p><b title="${shown}">${shown}<i>${shown}</i></b></p>`);
      }),
    ));

  it('ends no script, and is the same value when it is read', () =>
    fc.assert(
      fc.property(fc.dictionary(nasty, fc.array(nasty)), (value) => {
        const { markup } = scriptJson(value);
        assert.doesNotMatch(markup, /[<>&\u2028\u2029]/);
        assert.equal(JSON.stringify(JSON.parse(markup)), JSON.stringify(value));
      }),
    ));

  it('begins no command of LaTeX', () =>
    fc.assert(
      fc.property(nasty, (text) => {
        const bare = escapeLatex(text).replace(
          /\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|dots)\{\}|\$(\\pm|-|\\le)\$|\\[{}$&#_%]/g,
          '',
        );
        assert.doesNotMatch(bare, /[\\{}$&#_%~^<>]/);
      }),
    ));

  it('ends no cell of a Markdown table, and begins no tag or emphasis', () =>
    fc.assert(
      fc.property(nasty, (text) => {
        const bare = escapeMarkdown(text).replace(/\\[\\`*_[\]|~#]/g, '');
        assert.doesNotMatch(bare, /[`*_[\]|~#<>\n]/);
      }),
    ));
});
