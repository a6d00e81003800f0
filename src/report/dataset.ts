/** Data sets as text: the list of them, their days, what became of their files. */
import type { DatasetSummary, DayFound, Fetched, FileState, LocatedDataset } from '../dataset/index.ts';
import { formatOffset } from '../label/index.ts';
import { alignColumns, displayPath, formatBytes, formatCount, plural } from '../text/index.ts';

/** Data sets with what of them is there below a folder. */
export function formatDatasets(folder: string, sets: readonly DatasetSummary[]): string {
  const rows = sets.map((set) =>
    set.kind === 'synthetic'
      ? [set.name, 'made from its recipe', '', '']
      : [
          set.name,
          `${set.there} of ${set.files} files`,
          set.bytes === null ? '' : formatBytes(set.bytes),
          set.labels === null ? '' : `labels: ${set.labels}`,
        ],
  );
  const lines = alignColumns(rows, 'llrl').map((line, i) => `${line}\n    ${sets[i]!.description}\n`);
  return `Data sets below ${folder}\n\n${lines.join('')}`;
}

/** What became of a file that was to be fetched. */
export function formatFetched({ action, found, file }: Fetched): string {
  const size = 'bytes' in found ? formatBytes(found.bytes) : '';
  if (action === 'byHand') return 'missing';
  if (action === 'unpack') return `missing; it comes out of ${file.unpack?.from}`;
  return `${action === 'fetched' ? 'fetched' : 'is there'}, ${size}, ${formatFileState(found)}`;
}

/** What is known of a file. */
export function formatFileState(found: FileState): string {
  switch (found.state) {
    case 'missing':
      return 'missing';
    case 'there':
      return 'not verified';
    case 'wrong':
      return found.problem;
    case 'pinned':
      return `SHA-256 ${found.sha256}, pinned: none is published`;
    case 'verified':
      return `SHA-256 ${found.sha256}, that of the ${found.by}`;
  }
}

/** Days and files as text, ending with a line break. */
export function formatDataset({ manifest, folder }: LocatedDataset, days: readonly DayFound[]): string {
  const { description, source, notes, labels } = manifest;
  const lines = [`${manifest.name}: ${description}`, ''];
  const facts: string[][] = [['folder', displayPath(folder)]];
  if (source.page !== null) facts.push(['page', source.page]);
  facts.push(['licence', source.licence ?? 'none published']);
  if (source.citation !== null) facts.push(['citation', source.citation]);
  if (labels !== null) facts.push(['labels', `${labels.format}; ${clockText(labels)}`]);
  lines.push(...alignColumns(facts, 'll'));
  for (const found of days) lines.push('', ...dayLines(found));
  const missing = days.flatMap(({ files }) => files).filter(({ found }) => found.state === 'missing');
  if (missing.length > 0) {
    const files = plural(missing.length, 'file is', 'files are');
    lines.push('', `${files} missing: sessionlab data fetch ${manifest.name} gets them or says how`);
  }
  if (notes.length > 0) lines.push('', 'Notes', ...notes.map((note) => `  ${note}`));
  return `${lines.join('\n')}\n`;
}

/** Rules are applied by the clock of the captures where no offset is given: nothing in them could tell it. */
function clockText({
  format,
  clockOffset,
}: {
  readonly format: string;
  readonly clockOffset: number | null;
}) {
  if (clockOffset !== null) return `clock offset ${formatOffset(clockOffset)}`;
  return format === 'rules' ? 'by the clock of the captures' : 'the clock offset is estimated';
}

function dayLines({ day, files, read }: DayFound): readonly string[] {
  const marks = [
    day.date,
    day.article === null ? null : `the article's day for ${day.article === 'train' ? 'training' : 'testing'}`,
    day.flows === null ? null : `${formatCount(day.flows)} flows published`,
    day.attackFlows === null ? null : `${formatCount(day.attackFlows)} of them attacks`,
  ].filter((mark) => mark !== null);
  const lines = [`${day.name}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`];
  if (day.note !== null) lines.push(`  ${day.note}`);
  lines.push(
    ...alignColumns(
      files.map(({ path, found }) => [
        path,
        found.state === 'wrong' ? found.problem : 'bytes' in found ? formatBytes(found.bytes) : found.state,
      ]),
      'lr',
    ),
  );
  if (read === null) return lines;
  lines.push(`  ${formatCount(read.packets)} packets, ${formatCount(read.sessions)} sessions`);
  if (read.labels === null) return lines;
  const { counts, offset, estimate } = read.labels;
  if (offset !== null) {
    const rival = estimate?.runnerUp ?? null;
    const how =
      estimate === null
        ? 'given'
        : `estimated: it fits ${formatCount(estimate.support)} of ${formatCount(estimate.voters)} sessions that have a label` +
          (rival === null
            ? ''
            : `, the next best ${formatOffset(rival.offset)} fits ${formatCount(rival.support)}`);
    lines.push(`  clock offset ${formatOffset(offset)}, ${how}`);
  }
  const rows = counts.byLabel.map(({ name, sessions }) => [formatCount(sessions), name]);
  rows.push([formatCount(counts.conflicting), 'conflicting labels'], [formatCount(counts.none), 'no label']);
  lines.push(...alignColumns(rows, 'rl'));
  lines.push(
    `  labelled by one label ${formatCount(counts.exact)}, by several that agree ${formatCount(counts.agreeing)}, by the day ${formatCount(counts.otherwise)}`,
  );
  return lines;
}
