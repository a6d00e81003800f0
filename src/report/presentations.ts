/** Presentations of a run as a table: what the same weights do when the same sessions are shown in another way. */
import type { PresentationRecord, PresentedChange } from '../evaluation/index.ts';
import { presentsMorphs } from '../spec/index.ts';
import { alignColumns, formatCount, plural } from '../text/index.ts';
import { clustersText, points, rangeText, share } from './cells.ts';

/** Recall and false positive rate under each, and what that is more or less than in the test; empty without any. */
export function formatPresentations(all: readonly PresentationRecord[]): string {
  // Morphs of labelled sessions are other sessions than those: see formatTransfers.
  const presentations = all.filter(({ otherwise }) => !presentsMorphs(otherwise));
  const [first] = presentations;
  if (first === undefined) return '';
  const measures = ['recall', 'falsePositiveRate'];
  const rows = presentations.map(({ name, changes, unseen }) => [
    name,
    ...measures.flatMap((measure) => changeCells(changes, measure)),
    unseen === 0 ? '' : formatCount(unseen),
  ]);
  const change = ['difference', '95% interval'];
  const head = ['', 'recall', ...change, 'FPR', ...change, 'unseen'];
  const before = (measure: string) => [share(beforeOf(presentations, measure)), '', ''];
  const table = [head, ['as the spec says', ...measures.flatMap(before), ''], ...rows];
  return [
    `The same weights on the same ${plural(first.evaluation.sessions, 'test session')} in other presentations`,
    ...alignColumns(table, 'lrrlrrlr'),
    ...notes(presentations),
    '',
  ].join('\n');
}

const beforeOf = (presentations: readonly PresentationRecord[], measure: string): number | null =>
  presentations.flatMap(({ changes }) => changes.filter((change) => change.measure === measure))[0]?.before ??
  null;

function changeCells(changes: readonly PresentedChange[], measure: string): readonly string[] {
  const change = changes.find((one) => one.measure === measure);
  if (change === undefined) return ['–', '', ''];
  const { after, difference, gained, lost } = change;
  if (gained + lost === 0) return [share(after), 'the same', ''];
  const range = rangeText(difference, (x) => points(x!));
  return [share(after), points(difference.value!), range];
}

function notes(presentations: readonly PresentationRecord[]): readonly string[] {
  const recalls = presentations.flatMap(({ changes }) =>
    changes.filter(({ measure }) => measure === 'recall'),
  );
  const clusters = new Set(
    recalls.map(({ difference }) => clustersText(difference)).filter((text) => text !== ''),
  );
  const from = clusters.size === 0 ? '' : ` (recall: ${[...clusters].join('; ')})`;
  const untrained = presentations.flatMap(({ name, untrainedToken }) => (untrainedToken ? [name] : []));
  return [
    `  differences in percentage points, paired by session; intervals: the widest of clusters of hosts${from}`,
    ...(presentations.some(({ unseen }) => unseen > 0)
      ? ['  unseen: anomalous sessions that look as captured in this presentation; they count in the recall']
      : []),
    ...(untrained.length > 0
      ? [`  ${untrained.join(', ')}: hidden bytes are a token that training never showed`]
      : []),
  ];
}

/** Packets until detection, at one threshold; empty without presentations that differ in the number of packets alone. */
export function formatDelays(presentations: readonly PresentationRecord[]): string {
  const shown = presentations
    .flatMap(({ delay, threshold, evaluation }) =>
      delay == null ? [] : [{ ...delay, threshold, rates: threshold?.rates ?? evaluation.anomalous }],
    )
    .sort((a, b) => a.packets - b.packets);
  const [first] = shown;
  if (first === undefined) return '';
  const limit = first.threshold?.normalProbability ?? null;
  const at =
    limit === null
      ? 'sessions whose most probable class is not "normal"'
      : `P(normal) ≤ ${limit.toPrecision(3)}, chosen on validation sessions`;
  const head = [
    'packets',
    'recall',
    'found by then',
    '95% interval',
    'FPR',
    'alarmed by then',
    '95% interval',
  ];
  const rows = shown.map(({ packets, found, alarmed, rates }) => [
    String(packets),
    share(rates.recall.value),
    ...[share(found.value), rangeText(found, share)],
    share(rates.falsePositiveRate.value),
    ...[share(alarmed.value), rangeText(alarmed, share)],
  ]);
  return `${[`Packets until detection: ${at}`, ...alignColumns([head, ...rows], 'rrrlrrl')].join('\n')}\n`;
}

/** What every presentation makes of each kind: the share that is called anomalous, as tested and under each. */
export function formatPresentedKinds(presentations: readonly PresentationRecord[]): string {
  const kinds = [...new Set(presentations.flatMap(({ detection }) => detection.map(({ kind }) => kind)))];
  if (presentations.length === 0) return '';
  const rows = kinds.map((kind) => [
    kind,
    ...presentations.map(({ detection }) =>
      share(detection.find((one) => one.kind === kind)?.called.value ?? null),
    ),
  ]);
  const head = ['', ...presentations.map(({ name }) => name)];
  return `${[
    'Called anomalous by kind, in other presentations of the same sessions',
    ...alignColumns([head, ...rows], `l${'r'.repeat(presentations.length)}`),
  ].join('\n')}\n`;
}
