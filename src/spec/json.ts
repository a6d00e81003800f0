/**
 * A strict JSON reader (RFC 8259) that says where a text stops being JSON and what was expected there, and that does
 * not let a key stand twice in one object. `JSON.parse` does neither, and words its errors anew with every release.
 */
import type { Fault } from '../fault/index.ts';
import * as messages from './messages.ts';

/** What a text holds, or why it is not JSON. */
export type JsonText =
  | { readonly value: unknown; readonly faults?: undefined }
  | { readonly value?: undefined; readonly faults: readonly Fault[] };

/** Objects and lists within each other; a spec needs five. Keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 100;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[-+.\w$]+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Reads a JSON text; places are `file: line 3, column 7`, columns counted in characters from 1. */
export function parseJson(text: string, file: string): JsonText {
  const reader = new Reader(text, file);
  try {
    const value = reader.document();
    return reader.repeated.length > 0 ? { faults: reader.repeated } : { value };
  } catch (error) {
    if (error instanceof SyntaxStop) return { faults: [...reader.repeated, error.fault] };
    throw error;
  }
}

/** Ends reading at the first syntax error; never leaves this file. */
class SyntaxStop extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.problem);
    this.fault = fault;
  }
}

class Reader {
  readonly repeated: Fault[] = [];
  private readonly text: string;
  private readonly file: string;
  private at = 0;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    // Editors on Windows put a byte order mark in front; RFC 8259 lets a reader ignore it.
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  document(): unknown {
    const value = this.value(0, messages.expected.value);
    if (this.next() !== undefined) this.stop(messages.expected.end);
    return value;
  }

  private value(depth: number, expected: string): unknown {
    const c = this.next();
    if (depth > MAX_DEPTH) this.stop(messages.expected.depth(MAX_DEPTH));
    if (c === '{') return this.object(depth);
    if (c === '[') return this.list(depth);
    if (c === '"') return this.string();
    if (c !== undefined && /[-0-9]/.test(c)) return this.number(expected);
    const start = this.at;
    const word = this.match(WORD);
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'null') return null;
    this.at = start;
    return this.stop(expected);
  }

  private object(depth: number): unknown {
    const object: Record<string, unknown> = {};
    const keys = new Set<string>();
    this.at++;
    if (this.next() === '}') return this.close(object);
    for (let first = true; ; first = false) {
      if (this.next() !== '"') this.stop(first ? messages.expected.keyOrEnd : messages.expected.key);
      const start = this.at;
      const key = this.string();
      if (keys.has(key)) this.repeated.push({ place: this.place(start), ...messages.repeatedKey(key) });
      keys.add(key);
      if (this.next() !== ':') this.stop(messages.expected.colon);
      this.at++;
      const value = this.value(depth + 1, messages.expected.value);
      // Not an assignment: a key "__proto__" must become a key like any other, to be refused by name.
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      const c = this.next();
      if (c === '}') return this.close(object);
      if (c !== ',') this.stop(messages.expected.commaOrBrace);
      this.at++;
    }
  }

  private list(depth: number): unknown {
    const list: unknown[] = [];
    this.at++;
    if (this.next() === ']') return this.close(list);
    for (;;) {
      list.push(this.value(depth + 1, list.length === 0 ? messages.expected.item : messages.expected.value));
      const c = this.next();
      if (c === ']') return this.close(list);
      if (c !== ',') this.stop(messages.expected.commaOrBracket);
      this.at++;
    }
  }

  private close<T>(value: T): T {
    this.at++;
    return value;
  }

  private string(): string {
    let value = '';
    this.at++;
    for (;;) {
      value += this.plain();
      const c = this.text[this.at];
      if (c === '"') return this.close(value);
      if (c !== '\\') this.stop(messages.expected.quote);
      const letter = this.text[this.at + 1];
      const code = this.text.slice(this.at + 2, this.at + 6);
      if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(code)) {
        value += String.fromCharCode(Number.parseInt(code, 16));
        this.at += 6;
      } else if (letter !== undefined && Object.hasOwn(ESCAPES, letter)) {
        value += ESCAPES[letter];
        this.at += 2;
      } else this.stop(messages.expected.escape, `"\\${letter ?? ''}"`);
    }
  }

  /** Characters up to a quote, a backslash, or a control, which must not stand in a string. */
  private plain(): string {
    const start = this.at;
    for (let c = this.text.charCodeAt(this.at); c >= 0x20 && c !== 0x22 && c !== 0x5c; ) {
      c = this.text.charCodeAt(++this.at);
    }
    return this.text.slice(start, this.at);
  }

  private number(expected: string): number {
    const start = this.at;
    const digits = this.match(NUMBER);
    const end = this.at;
    this.at = start;
    const word = this.match(WORD);
    this.at = start;
    if (word !== digits) this.stop(expected, word);
    const value = Number(digits);
    if (!Number.isFinite(value)) this.stop(messages.expected.finite, digits);
    this.at = end;
    return value;
  }

  /** The next character that is not white space; undefined at the end. */
  private next(): string | undefined {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text[this.at]!)) this.at++;
    return this.text[this.at];
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private stop(expected: string, found?: string): never {
    const before = this.text.slice(0, this.at).trimEnd().at(-1);
    const fault = messages.syntax(found ?? this.found(), expected, before);
    throw new SyntaxStop({ place: this.place(this.at), ...fault });
  }

  /** What stands at the reader's place: a word, a character, or undefined at the end. */
  private found(): string | undefined {
    const start = this.at;
    const word = this.match(WORD);
    this.at = start;
    if (word !== '') return word;
    const point = this.text.codePointAt(this.at);
    if (point === undefined) return undefined;
    const pair = this.text.slice(this.at, this.at + 2);
    return pair === '//' || pair === '/*' ? pair : String.fromCodePoint(point);
  }

  private place(at: number): string {
    const lines = this.text
      .slice(0, at)
      .replace(/^\ufeff/, '')
      .split(/\r\n|\r|\n/);
    return messages.linePlace(this.file, lines.length, [...lines.at(-1)!].length + 1);
  }
}
