/**
 * Says where a text stops being JSON (RFC 8259) and what was expected there, and does not let a key stand twice in one
 * object. `JSON.parse`, which makes the value, does neither, and words its errors anew with every release.
 */
import type { Fault } from '../fault/index.ts';
import * as messages from './messages.ts';

/** What a text holds, or why it is not JSON. */
export type JsonText =
  | { readonly value: unknown; readonly faults?: undefined }
  | { readonly value?: undefined; readonly faults: readonly Fault[] };

/** Objects and lists within each other; a spec needs five. Keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 100;

const WORD = /[-+.\w$]*/y;
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;
/** A string up to its closing quote, or to the first character that must not stand in it. */
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*/y;

/** Reads a JSON text; places are `file: line 3, column 7`, columns counted in characters from 1. */
export function parseJson(text: string, file: string): JsonText {
  // Editors on Windows put a byte order mark in front; RFC 8259 lets a reader ignore it.
  const json = text.replace(/^\ufeff/, '');
  const reader = new Reader(json, file);
  try {
    reader.document();
    return reader.repeated.length > 0 ? { faults: reader.repeated } : { value: JSON.parse(json) };
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
  }

  document(): void {
    this.value(0, messages.expected.value);
    if (this.next() !== undefined) this.stop(messages.expected.end);
  }

  private value(depth: number, expected: string): void {
    const c = this.next();
    if (depth > MAX_DEPTH) this.stop(messages.expected.depth(MAX_DEPTH));
    if (c === '{' || c === '[') this.items(c === '{', depth);
    else if (c === '"') this.string();
    else {
      const word = this.ahead(WORD);
      if (!LITERAL.test(word)) this.stop(expected);
      if (Math.abs(Number(word)) === Number.POSITIVE_INFINITY) this.stop(messages.expected.finite);
      this.at += word.length;
    }
  }

  /** What stands between the brackets of an object or a list. */
  private items(keyed: boolean, depth: number): void {
    const { expected } = messages;
    const close = keyed ? '}' : ']';
    const keys = new Set<string>();
    this.at++;
    for (let c = this.next(), first = true; first ? c !== close : c === ','; first = false) {
      if (!first) this.at++;
      if (keyed) this.key(keys, first ? expected.keyOrEnd : expected.key);
      this.value(depth + 1, first && !keyed ? expected.item : expected.value);
      c = this.next();
      if (c !== ',' && c !== close) this.stop(keyed ? expected.commaOrBrace : expected.commaOrBracket);
    }
    this.at++;
  }

  private key(keys: Set<string>, expected: string): void {
    if (this.next() !== '"') this.stop(expected);
    const start = this.at;
    const key = this.string();
    if (keys.has(key)) this.repeated.push({ place: this.place(start), ...messages.repeatedKey(key) });
    keys.add(key);
    if (this.next() !== ':') this.stop(messages.expected.colon);
    this.at++;
  }

  private string(): string {
    const string = this.ahead(STRING);
    this.at += string.length;
    const c = this.text[this.at];
    if (c === '\\') this.stop(messages.expected.escape, `"\\${this.text[this.at + 1] ?? ''}"`);
    if (c !== '"') this.stop(messages.expected.quote);
    this.at++;
    return JSON.parse(`${string}"`) as string;
  }

  /** The next character that is not white space; undefined at the end. */
  private next(): string | undefined {
    this.at += this.ahead(/[ \t\r\n]*/y).length;
    return this.text[this.at];
  }

  /** What of a pattern stands at the reader's place. */
  private ahead(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0] ?? '';
  }

  private stop(expected: string, found = this.found()): never {
    const before = this.text.slice(0, this.at).trimEnd().at(-1);
    throw new SyntaxStop({ place: this.place(this.at), ...messages.syntax(found, expected, before) });
  }

  /** What stands at the reader's place: a word, the start of a comment, a character; undefined at the end. */
  private found(): string | undefined {
    return this.ahead(/[-+.\w$]+|\/[/*]|./suy) || undefined;
  }

  private place(at: number): string {
    const lines = this.text.slice(0, at).split(/\r\n|\r|\n/);
    return messages.linePlace(this.file, lines.length, [...lines.at(-1)!].length + 1);
  }
}
