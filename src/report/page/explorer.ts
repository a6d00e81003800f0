/** What the explorer of a page shows: the test sessions of one run with their predictions, and attention to some of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttentionRecord, editedShare } from '../../evaluation/index.ts';
import { ATTENTION_FILE, checkBytes, damaged, PREDICTIONS_FILE } from '../../results/index.ts';
import { csvCells, formatPercent } from '../../text/index.ts';
import { byteText, darkest } from '../attention.ts';
import { verdictLines } from '../card.ts';
import { readRecords } from '../explain.ts';
import type { Run } from '../paper/material.ts';

/** Sessions, and among them those with attention, that a page has at most; what is left out is said. */
const MOST_SESSIONS = 20_000;
const MOST_ATTENTION = 500;

/** Columns of N sessions; names are numbers in lists. */
export interface ExplorerData {
  /** All test sessions, and those with attention, before any limit. */
  readonly all: { readonly sessions: number; readonly attention: number };
  readonly classes: readonly string[];
  readonly kinds: readonly string[];
  readonly applications: readonly string[];
  readonly session: readonly string[];
  readonly start: readonly string[];
  readonly ends: readonly string[];
  readonly packets: readonly string[];
  readonly kind: readonly number[];
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
  /** 1 − P(normal), as it is shown. */
  readonly score: readonly string[];
  readonly application: readonly number[];
  /** By the id of the session. */
  readonly attention: Readonly<Record<string, ExplorerAttention>>;
  readonly fields: readonly string[];
}

/** A session's attention, short: T tokens of each packet. */
export interface ExplorerAttention {
  readonly presented: string;
  readonly chances: readonly string[];
  /** What is said about edited bytes. */
  readonly says: readonly string[];
  /** Weights that are shown darkest. */
  readonly darkest: readonly [packet: number, token: number];
  readonly packets: readonly {
    readonly forward: boolean;
    readonly bytes: number;
    readonly weight: number;
    /** [T]: two characters each, one after the other. */
    readonly text: string;
    /** [T]: places in `fields`. */
    readonly field: readonly number[];
    /** [T] */
    readonly weights: readonly number[];
    /** Tokens that were edited, and what was captured there. */
    readonly edited: readonly (readonly [token: number, captured: string])[];
  }[];
}

/** Reads predictions.csv and attention.jsonl; null where the run has no predictions. @throws FaultError (data) when damaged */
export function explorerOf({ folder, card }: Run): ExplorerData | null {
  const file = join(folder, PREDICTIONS_FILE);
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8');
  checkBytes(folder, PREDICTIONS_FILE, text);
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const columns = csvCells(head) ?? [];
  const classes = columns.filter((name) => name.startsWith('p_')).map((name) => name.slice(2));
  const rows = lines.slice(0, MOST_SESSIONS).map((line, i) => {
    const cells = csvCells(line);
    if (cells === null || cells.length !== columns.length)
      throw damaged(`${file}: line ${i + 2}`, `expected ${columns.length} cells`);
    return (name: string): string => cells[columns.indexOf(name)] ?? '';
  });
  const names = (name: string) => [...new Set(rows.map((row) => row(name)))].sort();
  const [kinds, applications] = [names('kind'), names('application')];
  const column = (name: string) => rows.map((row) => row(name));
  const fields: string[] = [];
  const path = join(folder, ATTENTION_FILE);
  const attended = existsSync(path) ? readRecords(folder, path) : [];
  return {
    all: { sessions: lines.length, attention: attended.length },
    classes,
    kinds,
    applications,
    session: column('session'),
    start: column('start'),
    ends: rows.map((row) => `${row('protocol')} ${row('initiator')} → ${row('responder')}`),
    packets: column('packets'),
    kind: rows.map((row) => kinds.indexOf(row('kind'))),
    actual: rows.map((row) => classes.indexOf(row('label'))),
    predicted: rows.map((row) => classes.indexOf(row('predicted'))),
    score: rows.map((row) => formatPercent(Math.max(0, 1 - Number(row(`p_${classes[0]}`))), 2)),
    application: rows.map((row) => applications.indexOf(row('application'))),
    attention: Object.fromEntries(
      attended
        .slice(0, MOST_ATTENTION)
        .map((record) => [String(record.session), shortOf(record, fields, verdictsOf(record, card))]),
    ),
    fields,
  };
}

function verdictsOf(record: AttentionRecord, card: Run['card']): readonly string[] {
  const { tokens, unseen, share, uniform } = editedShare(record);
  if (tokens + unseen === 0) return ['No byte was edited.'];
  if (tokens === 0) return [`The network sees none of the ${unseen} edited bytes.`];
  if (share === null) return [`${tokens} edited bytes are outlined; the network has no attention.`];
  return [
    `${tokens} edited bytes are outlined: ${formatPercent(Math.min(1, share), 1)} of the attention, ${formatPercent(uniform, 1)} were it uniform.`,
    ...verdictLines(card, record.kind, Number.POSITIVE_INFINITY),
  ];
}

/** @param fields names that were met, which grow */
function shortOf(record: AttentionRecord, fields: string[], says: readonly string[]): ExplorerAttention {
  const { packets, presented, protocol, classes, probabilities } = record;
  const scale = darkest(record);
  const place = (name: string): number => {
    const found = fields.indexOf(name);
    return found >= 0 ? found : fields.push(name) - 1;
  };
  return {
    presented: `${protocol} ${presented.initiator} → ${presented.responder}`,
    chances: classes.map((name, c) => `${name} ${formatPercent(probabilities[c]!, 3)}`),
    says,
    darkest: [rounded(scale.packet), rounded(scale.token)],
    packets: packets.map(({ fromInitiator, originalLength, weight, tokens, edits }) => ({
      forward: fromInitiator,
      bytes: originalLength,
      weight: rounded(weight),
      text: tokens.value.map(byteText).join(''),
      field: tokens.field.map((name) => place(name ?? 'end of packet')),
      weights: tokens.weight.map(rounded),
      edited: tokens.offset.flatMap((offset, t) => {
        const at = offset === null ? -1 : edits.offset.indexOf(offset);
        const captured = edits.captured[at] ?? null;
        return at < 0 ? [] : [[t, captured === null ? '' : captured.toString(16).padStart(2, '0')] as const];
      }),
    })),
  };
}

const rounded = (weight: number): number => Number(weight.toPrecision(4));
