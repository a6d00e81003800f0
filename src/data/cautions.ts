/** What should be known of data before anything is trained on them: a warning each. */
import {
  type Contacts,
  createMorpher,
  createSessionBytes,
  loadSession,
  longestHeader,
} from '../anomaly/index.ts';
import { leftOutText } from '../label/index.ts';
import { stream } from '../random/index.ts';
import { type ExperimentSpec, usesLabels } from '../spec/index.ts';
import { plural } from '../text/index.ts';
import type { Division } from './divide.ts';
import type { Part, Read } from './read.ts';

/** All warnings about sessions, their labels and what can be made of them. */
export function cautionsOf(
  spec: ExperimentSpec,
  { sessions, parts }: Pick<Read, 'sessions' | 'parts'>,
  { split, truth }: Pick<Division, 'split' | 'truth'>,
  contacts: Contacts,
): readonly string[] {
  return [
    ...(usesLabels(spec) ? parts.flat().flatMap((part) => labelCautions(spec, part)) : []),
    ...sideCautions(split, truth),
    ...unusableKinds(spec, sessions, split.train, contacts),
  ];
}

function labelCautions({ protocol }: ExperimentSpec, { dataset, day, from, to, labels }: Part): string[] {
  const name = day ?? dataset;
  if (labels === null)
    return [`${name}: nobody labelled these captures; ${plural(to - from, 'session')} count as normal`];
  const { account, unmatched, names, meanings } = labels;
  if (account === null) return [];
  const cautions: string[] = [];
  const unused = account.unused.map(({ path, columns }) => `${path}: ${columnsText(columns)}`);
  if (account.timeless > 0)
    cautions.push(
      `${name}: ${plural(account.timeless, 'label')} without a time, each for all sessions of its endpoints, whenever they were` +
        (unused.length === 0 ? '' : `; columns that are not used: ${unused.join('; ')}`),
    );
  const asNormal = 'labels' in protocol && protocol.labels?.unlabelled === 'as-normal';
  if (!asNormal || labels.counts.none === 0) {
    if (account.leftOut.length > 0) cautions.push(`${name}: ${leftOutText(account)}`);
    return cautions;
  }
  const missed = unmatched
    .filter((one) => meanings[names.indexOf(one.name)] === 'attack')
    .reduce((sum, { records }) => sum + records, 0);
  const facts = [
    ...(missed === 0 ? [] : [`${plural(missed, 'record')} of attacks met no session`]),
    ...(account.leftOut.length === 0 ? [] : [leftOutText(account)]),
  ];
  if (facts.length > 0)
    cautions.push(
      `${name}: ${facts.join('; ')}: ${plural(labels.counts.none, 'session')} without a label count as normal (protocol.labels.unlabelled), attacks may be among them`,
    );
  return cautions;
}

/** At most a dozen names. */
export const columnsText = (columns: readonly string[]): string =>
  columns.length <= MOST_COLUMNS
    ? columns.join(', ')
    : `${columns.slice(0, MOST_COLUMNS).join(', ')} and ${columns.length - MOST_COLUMNS} more`;

const MOST_COLUMNS = 12;

/** Below this a network has seen next to nothing. */
const FEW_SESSIONS = 20;

function sideCautions({ train, test }: Division['split'], truth: Division['truth']): string[] {
  const cautions: string[] = [];
  if (train.length < FEW_SESSIONS)
    cautions.push(`only ${plural(train.length, 'session')} to train on: the scores say little`);
  if (truth === null) return cautions;
  let attacks = 0;
  for (const session of test) if (truth.kindOf[session]! > 0) attacks++;
  if (attacks === test.length)
    cautions.push(
      'no test session is normal: false positive rate, AUC and average precision are undefined, and accuracy is recall',
    );
  if (attacks === 0)
    cautions.push('no test session is an attack: recall, AUC and average precision are undefined');
  return cautions;
}

/** Sessions that a kind is tried on. */
const MOST_TRIED = 256;

/** Kinds that apply to none of the training sessions, or of a sample of them from the first to the last. */
function unusableKinds(
  { anomalies, sessions: { maxPackets } }: ExperimentSpec,
  sessions: Read['sessions'],
  train: Uint32Array,
  contacts: Contacts,
): string[] {
  const tried = Math.min(MOST_TRIED, train.length);
  const sample = Array.from({ length: tried }, (_, i) => train[Math.floor((i * train.length) / tried)]!);
  const bytes = createSessionBytes(maxPackets, longestHeader(sessions));
  const names = new Set([...Object.keys(anomalies.kinds), ...Object.keys(anomalies.testKinds ?? {})]);
  return [...names].flatMap((name) => {
    const morpher = createMorpher({ ...anomalies, normal: 0, kinds: { [name]: 1 } }, contacts);
    const applies = sample.some((session) => {
      loadSession(sessions, session, bytes);
      return morpher.present(bytes, stream(1, 'applicable', name, session)) > 0;
    });
    if (applies) return [];
    const of = tried === train.length ? 'the' : `${tried} tried of the`;
    return [
      `the anomaly "${name}" can be made of none of ${of} ${plural(train.length, 'training session')}: its class stays empty, and other kinds take its place`,
    ];
  });
}
