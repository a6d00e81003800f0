/** What a reader asks of data, of a network and of an artefact, out of run.json, as Markdown. */
import type { RunRecord } from '../../results/index.ts';
import { formatBytes, formatCount, plural } from '../../text/index.ts';
import { share } from '../cells.ts';
import type { Cell, Material, Run } from './material.ts';
import { escapeMarkdown } from './table-text.ts';

/** Older code wrote less. */
type Told = Run['record'] & {
  readonly data: Partial<Pick<RunRecord['data'], 'leftOut' | 'sessionsLeftOut' | 'synthetic'>>;
  readonly sessions: Partial<Pick<RunRecord['sessions'], 'validation' | 'overlap' | 'leftOut'>>;
  readonly network: Partial<Pick<RunRecord['network'], 'memory'>>;
};

/** A data card, a model card and an appendix for each cell; nothing of it depends on the time or the machine. */
export const cardsOf = ({ cells }: Material): string => cells.map(cardsOfCell).join('\n');

function cardsOfCell(cell: Cell): string {
  const [run] = cell.runs;
  const lines = [
    `# ${escapeMarkdown(cell.name)}`,
    '',
    '## Data card',
    '',
    ...dataCard(run!.record as Told),
    '',
    '## Model card',
    '',
    ...modelCard(cell, run!),
    '',
    '## Artefact appendix',
    '',
    ...appendix(cell),
    '',
  ];
  return lines.join('\n');
}

const item = (name: string, text: string): string => `- ${name}: ${escapeMarkdown(text)}`;

function dataCard({ data, sessions }: Told): readonly string[] {
  const { validation = 0, overlap } = sessions;
  const leftOut = [
    ...(data.leftOut ?? []).map(({ reason, packets }) => `${reason}: ${plural(packets, 'packet')}`),
  ];
  const sides = (sessions.leftOut ?? []).map(
    ({ side, reason, sessions: n }) => `${reason}: ${plural(n, `${side} session`)}`,
  );
  const shared = Object.entries(overlap ?? {}).map(
    ([what, n]) => `${formatCount(n)} by ${what === 'sessions' ? 'anything' : what}`,
  );
  return [
    item(
      'captures',
      `${plural(data.files.length, 'file')}${data.synthetic == null ? '' : ', synthetic'}, ${plural(data.packets, 'packet')}, of which ${formatCount(data.keptPackets)} are part of sessions`,
    ),
    ...data.files.map(({ format, bytes, sha256 }) =>
      item('file', `${format}, ${formatBytes(bytes)}, SHA-256 ${sha256}`),
    ),
    item(
      'sessions',
      `${formatCount(sessions.all)}: ${formatCount(sessions.training)} train, ${formatCount(validation)} validate, ${formatCount(sessions.test)} test`,
    ),
    ...(shared.length === 0
      ? []
      : [item('test sessions that share something with training', shared.join(', '))]),
    ...[...leftOut, ...sides].map((text) => item('left out', text)),
  ];
}

function modelCard(cell: Cell, { record, card, audit }: Run): readonly string[] {
  const { network, training, engine } = record as Told;
  const mean = (metric: string): number | null => {
    const known = cell.runs.flatMap((run) => run.record.evaluation?.[metric] ?? []);
    return known.length === 0 ? null : known.reduce((sum, x) => sum + x, 0) / known.length;
  };
  return [
    item(
      'network',
      `${plural(network.parameters, 'parameter')}${network.memory === undefined ? '' : `, about ${formatBytes(network.memory)} of memory`}`,
    ),
    item(
      'training',
      `${plural(training.epochs, 'epoch')}, ${plural(training.steps, 'step')}; weights of epoch ${training.keptEpoch ?? training.epochs} were kept`,
    ),
    item('numbers', engine.exact ? 'the same bits on every machine' : 'not the same bits on every machine'),
    item(
      'test',
      `accuracy ${share(mean('accuracy'))}, recall of anomalous sessions ${share(mean('recall'))}, false positive rate ${share(mean('falsePositiveRate'))}${cell.runs.length === 1 ? '' : ` (means of ${plural(cell.runs.length, 'seed')})`}`,
    ),
    ...(audit?.says ?? []).map((text) => item('audit', text)),
    ...(card?.says ?? []).map((text) => item('attention', text)),
    item(
      'limits',
      'tested on the sessions above, and on no other network; a share of alarms that are right depends on how rare anomalies are',
    ),
  ];
}

function appendix({ runs }: Cell): readonly string[] {
  const { code, specHash } = runs[0]!.record;
  return [
    '- command, with the spec of the experiment (`spec.json` of a run has all its defaults): `sessionlab run SPEC --seed SEED`',
    item('code', `version ${code.version}`),
    item('spec and data', specHash),
    '',
    '| seed | expected result hash |',
    '| --: | :-- |',
    ...runs.map(({ record }) => `| ${record.seed} | ${record.resultHash} |`),
  ];
}
