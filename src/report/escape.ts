/** The one escape of markup: what comes from a capture, a label or a name is text in HTML and SVG, and nothing else. */
import { onOneLine } from '../text/index.ts';

const MEANS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As text between tags or in a quoted attribute. Characters that would turn, hide or break the text are shown as escapes. */
export const escapeMarkup = (text: string): string => onOneLine(text).replace(/[&<>"']/g, (c) => MEANS[c]!);

/** Markup, as opposed to text that is to be shown. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | null | readonly Part[];

/** Markup that is written here: values in it are escaped, unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return { markup: parts.reduce((all, part, i) => all + textOf(values[i - 1] ?? null) + part) };
}

function textOf(value: Part): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeMarkup(String(value));
  return 'markup' in value ? value.markup : value.map(textOf).join('');
}

/** JSON that stands in an element of a script: no text in it ends the element or begins a comment. */
export const scriptJson = (value: unknown): Markup => ({
  markup: JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
});
