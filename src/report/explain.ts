/** Which sessions of a run are shown with their attention. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../disk/index.ts';
import type { AttentionRecord } from '../evaluation/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { ATTENTION_FILE, checkBytes, findRun, parseRecord, readCard } from '../results/index.ts';
import { alignColumns, formatPercent, jsonText, plural } from '../text/index.ts';
import { type AttentionView, renderAttention } from './attention.ts';

/** Which sessions, and how. */
export interface ExplainOptions {
  readonly results: string;
  readonly session?: string;
  readonly kind?: string;
  readonly all?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

/**
 * Sessions of a run with the attention that they got, or what there is to choose from.
 *
 * @throws FaultError when there is no such run, it has no attention records, one is damaged, or none matches.
 */
export function explain(run: string, options: ExplainOptions, view: AttentionView): string {
  const folder = findRun(run, options.results);
  const file = join(folder, ATTENTION_FILE);
  const records = readRecords(folder, file);
  const matching = select(records, options, file);
  const narrowed = options.session !== undefined || options.kind !== undefined;
  if (options.list === true) return list(matching);
  const shown = options.all === true ? matching : [narrowed ? matching[0]! : telling(matching)];
  if (options.json === true) return shown.map((record) => `${jsonText(record)}\n`).join('');
  const card = readCard(folder);
  const rest = matching.length - shown.length;
  const more = rest === 0 ? '' : `\n${plural(rest, 'more session')}: --all shows, --list lists them.\n`;
  return (
    shown.map((record) => renderAttention(record, { ...view, card })).join(`\n${'─'.repeat(60)}\n\n`) + more
  );
}

/** The attention records of a run. @throws FaultError (data) without any, or when one is damaged */
export function readRecords(folder: string, file: string): readonly AttentionRecord[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw noRecords(file, 'the run has no attention records');
  }
  checkBytes(folder, ATTENTION_FILE, bytes);
  // Line by line: the records of many sessions can be longer together than one text may be.
  const records: AttentionRecord[] = [];
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(0x0a, from);
    const to = found < 0 ? bytes.length : found;
    records.push(parseRecord(bytes.toString('utf8', from, to), `${file}: line ${records.length + 1}`));
    from = to + 1;
  }
  if (records.length === 0) throw noRecords(file, 'the file has no attention records');
  return records;
}

function noRecords(file: string, problem: string): FaultError {
  const cure =
    'let the run finish; if it has, set "attention": { "sessions": 8, "choose": "per-kind" } in its spec and run again';
  return new FaultError({ place: file, problem, cure }, ExitCode.data);
}

/** The sessions of the kind and with the id or text in the endpoints, in test order; at least one. */
function select(
  records: readonly AttentionRecord[],
  { kind, session }: ExplainOptions,
  file: string,
): readonly AttentionRecord[] {
  const kinds = [...new Set(records.flatMap((record) => [record.kind, record.actual]))].sort();
  if (kind !== undefined && !kinds.includes(kind)) {
    const near = suggest(kind, kinds);
    throw new FaultError({
      place: '--kind',
      problem: `got "${kind}", expected a kind that ${file} has: ${kinds.join(', ')}`,
      ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
    });
  }
  const ofKind = records.filter((r) => kind === undefined || r.kind === kind || r.actual === kind);
  if (session === undefined) return ofKind;
  const named = ofKind.filter((record) => String(record.session) === session);
  if (named.length > 0) return named;
  const isId = /^\d+$/.test(session); // a port is typed with its colon, `:443`
  const wanted = session.trim().replace('→', '>').replace(/\s+/g, ' ').toLowerCase();
  const found = ofKind.filter((r) =>
    [r.presented, r.captured].some((ends) => label(r, ends).includes(wanted)),
  );
  if (found.length > 0 && wanted !== '' && !isId) return found;
  const ids = ofKind.slice(0, 12).map((record) => record.session);
  throw new FaultError({
    place: '--session',
    problem: `got "${session}", expected an id or a text in the endpoints of a session that ${file} has`,
    cure: `its ids are ${ids.join(', ')}${ofKind.length > ids.length ? ', …' : ''}; --list shows their endpoints`,
  });
}

const label = (record: AttentionRecord, ends: AttentionRecord['captured']) =>
  `${record.protocol} ${ends.initiator} > ${ends.responder}`;

/** Without a wish: the first anomaly that was recognised, else the first session. */
function telling(records: readonly AttentionRecord[]): AttentionRecord {
  const hit = records.find((r) => r.actual === r.predicted && r.actual !== r.classes[0]);
  return hit ?? records[0]!;
}

function list(records: readonly AttentionRecord[]): string {
  const rows = records.map((record) => [
    String(record.session),
    label(record, record.presented),
    record.kind,
    record.predicted,
    formatPercent(record.probabilities[record.classes.indexOf(record.predicted)]!, 3),
  ]);
  const head = ['session', 'endpoints', 'actual', 'predicted', ''];
  return `${alignColumns([head, ...rows], 'rlllr', '').join('\n')}\n`;
}
