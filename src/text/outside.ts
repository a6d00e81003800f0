/**
 * Text from outside (labels, class names, file names, manifests, what a server says) at the borders where its characters
 * mean something: a terminal, a picture, a line of JSON, a store. What is shown is `\uXXXX` for a character that is not to
 * have its effect, which is also how JSON writes it. Cells of CSV have an escape of their own: csv.ts.
 */

/**
 * Characters that move a cursor, end a line, turn the direction of what follows, or are no characters: controls (C0, DEL,
 * C1), line and paragraph separators, marks of direction, the byte order mark, halves of surrogate pairs, noncharacters.
 */
const EFFECTIVE =
  /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Cs}/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** On one line of a terminal or of a picture: every character is shown and none has an effect. */
export function onOneLine(text: string): string {
  return text.replace(EFFECTIVE, (c) => (c === '\n' ? '\\n' : c === '\t' ? '\\t' : escaped(c)));
}

/** As onOneLine, but line feeds are ours. */
export function onTerminal(text: string): string {
  return text.replace(EFFECTIVE, (c) => (c === '\n' ? c : c === '\t' ? '\\t' : escaped(c)));
}

/** JSON that is safe to be shown, and reads back as the same value. Line feeds of an indentation stay. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(EFFECTIVE, (c) => (c === '\n' ? c : escaped(c)));
}

/** A value with every text in it as onOneLine shows it: what a picture is drawn from. */
export function shown<T>(value: T): T {
  if (typeof value === 'string') return onOneLine(value) as T;
  if (Array.isArray(value)) return value.map(shown) as T;
  // Not typed arrays, dates and what else is no plain object.
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part)])) as T;
}
