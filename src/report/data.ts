/** The data of a run as text for the terminal: what was read, left out and divided, before anything is trained. */

import { Protocol } from '../capture/index.ts';
import { columnsText, type Part, type Prepared } from '../data/index.ts';
import { timeText } from '../evaluation/index.ts';
import type { Counted, LabelAccount } from '../label/index.ts';
import type { Plan } from '../run/index.ts';
import { partThatTests } from '../spec/index.ts';
import { alignColumns, displayPath, formatBytes, formatCount, formatPercent, plural } from '../text/index.ts';

/** Reasons for which packets were left out that are named one by one. */
const MOST_REASONS = 6;

type Unmatched = NonNullable<Part['labels']>['unmatched'];

export type Row = readonly [name: string, text: string];

/** A line for each row, ending with a line feed. */
export const block = (rows: readonly Row[]): string => `${alignColumns(rows, 'll', '').join('\n')}\n`;

/** Everything before training: the data, what was left out, the split, what the test sessions share with training. */
export function describePrepared(prepared: Prepared, plan: Plan): string {
  const { resolved, specHash, account, sessions, split, synthetic } = prepared;
  const { spec } = resolved;
  let tcp = 0;
  for (let s = 0; s < sessions.count; s++) if (sessions.protocol[s] === Protocol.tcp) tcp++;
  const { files, packets, bytes } = account;
  const name = files.length === 1 ? displayPath(files[0]!.path) : `${formatCount(files.length)} captures`;
  const state = synthetic === null ? '' : STATES[synthetic.state];
  const rows: Row[] = [
    ['experiment', `${spec.name}, spec ${specHash.slice(0, 12)}, ${seedsText(spec.seeds)}`],
    ['data', `${name}, ${formatBytes(bytes)}${state}`],
    [
      '',
      `${plural(packets, 'packet')} → ${plural(sessions.count, 'session')}: ${formatCount(tcp)} TCP, ${formatCount(sessions.count - tcp)} UDP`,
    ],
    ['initiator by', initiatorsOf(account)],
    ...leftOutRows(prepared),
    ...labelRows(prepared),
    [
      'split',
      [
        `${formatCount(split.train.length)} train`,
        ...(split.validation.length > 0 ? [`${formatCount(split.validation.length)} validate`] : []),
        `${formatCount(split.test.length)} test${testOf(prepared)}`,
      ].join(', '),
    ],
    ...sideRows(prepared),
    ...overlapRows(prepared),
    ['classes', `${plan.classes.join(', ')}`],
    ['network', `${formatCount(plan.parameters)} parameters, about ${formatBytes(plan.memory)} of memory`],
  ];
  return block(rows);
}

/** What says who began the sessions; a session that was joined across days counts on each. */
function initiatorsOf({ initiators, joinedAcrossDays }: Prepared['account']): string {
  const counts = initiators
    .map(({ evidence, sessions }) => `${evidence} ${formatCount(sessions)}`)
    .join(', ');
  return joinedAcrossDays === 0 ? counts : `${counts} (before ${formatCount(joinedAcrossDays)} were joined)`;
}

const STATES = {
  made: ', made now from its recipe',
  kept: ', made before from its recipe; its hash is right',
  replaced: ', made anew: what was there was not what the recipe makes now',
} as const;

function seedsText(seeds: readonly number[]): string {
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
}

/** Where test sessions come from. */
function testOf({ resolved, sessions, split, parts, truth }: Prepared): string {
  const { protocol } = resolved.spec;
  const { attacks } = resolved.spec.test ?? {};
  const how = attacks === 'transplanted' ? 'transplanted among its hosts' : 'as captured';
  const other = parts.length > 1 ? parts[1]![0]!.dataset : '';
  const elsewhere =
    attacks !== undefined
      ? ` of ${parts[0]![0]!.dataset}, and attacks of ${other}, ${how}`
      : other && ` of ${other}`;
  const labelled = truth === null ? '' : ', as labelled';
  switch (protocol.kind) {
    case 'chronological': {
      const first = sessions.firstRow[split.test[0]!]!;
      return `${elsewhere}, from ${timeText(sessions.seconds[first]!, sessions.nanoseconds[first]!)}${labelled}`;
    }
    case 'days':
      return `${elsewhere} (${protocol.test.join(', ')})${labelled}`;
    case 'random':
      return `${elsewhere}, drawn whatever their time${labelled}`;
    case 'k-fold':
      return `${elsewhere}, fold ${protocol.fold} of ${protocol.folds}${labelled}`;
    case 'rolling':
      return elsewhere === ''
        ? ` (part ${partThatTests(protocol)} of ${protocol.parts}, ${protocol.train} of which train)${labelled}`
        : `${elsewhere}${labelled}`;
    case 'overlapping':
      return ', the last in time';
  }
}

/** How sessions came by their labels, a line a part. */
function labelRows({ parts }: Prepared): Row[] {
  const rows = parts.flat().flatMap(({ dataset, day, labels }): string[] => {
    if (labels === null) return [];
    const { exact, agreeing, conflicting, otherwise, none } = labels.counts;
    const ways = [
      [exact, 'by one label'],
      [agreeing, 'by several that agree'],
      [conflicting, 'by several that do not'],
      [otherwise, 'for want of others'],
      [none, 'not at all'],
    ] as const;
    const how = ways.filter(([count]) => count > 0).map(([count, way]) => `${formatCount(count)} ${way}`);
    const lines = [`${day ?? dataset}: ${how.join(', ')}`];
    const { estimate, offset } = labels;
    if (estimate !== null) {
      const { support, voters, runnerUp } = estimate;
      const next =
        runnerUp === null ? 'no other' : `${runnerUp.offset} s has ${formatCount(runnerUp.support)}`;
      lines.push(
        `  clock offset ${estimate.offset} s, estimated: ${formatCount(support)} of ${formatCount(voters)} sessions speak for it; ${next}`,
      );
    } else if (offset !== null) lines.push(`  clock offset ${offset} s, as given`);
    if (labels.account !== null) lines.push(...recordLines(labels.account, labels.unmatched));
    return lines;
  });
  return rows.map((text, i) => [i === 0 ? 'labelled' : '', text]);
}

/** What became of the records of label files, as far as something did. */
function recordLines({ leftOut, tolerated, unused }: LabelAccount, unmatched: Unmatched): string[] {
  const missed = unmatched.map(({ name, records }) => `${formatCount(records)} ${name}`);
  const listed = (what: string, list: readonly Counted[]): string[] => [
    ...list
      .slice(0, MOST_REASONS)
      .map(
        ({ what: reason, times, first }) => `  ${formatCount(times)} × ${reason}; ${what}, first ${first}`,
      ),
    ...(list.length > MOST_REASONS
      ? [`  and ${plural(list.length - MOST_REASONS, 'more reason')} in run.json`]
      : []),
  ];
  return [
    ...(missed.length === 0 ? [] : [`  labels that met no session: ${missed.slice(0, 8).join(', ')}`]),
    ...listed('record left out', leftOut),
    ...listed('read all the same', tolerated),
    ...unused.map(({ path, columns }) => `  columns of ${path} that are not used: ${columnsText(columns)}`),
  ];
}

/** What the protocol leaves out, and what is on both sides. */
function sideRows({ leftOut, contaminated, onBothSides, defects, split }: Prepared): Row[] {
  const rows = leftOut.map(
    ({ side, reason, sessions }): Row => ['', `  ${plural(sessions, `${side} session`)} left out: ${reason}`],
  );
  if (contaminated > 0)
    rows.push(['', `  ${plural(contaminated, 'session')} labelled as attacks train as normal ones`]);
  if (onBothSides > 0)
    rows.push([
      '',
      `  ${formatCount(onBothSides)} of the ${formatCount(split.test.length)} test sessions are in training, too`,
    ]);
  for (const { reason, sessions, packets } of defects)
    rows.push([
      '',
      `  defect: ${plural(sessions, 'session')} and ${plural(packets, 'packet')} gone: ${reason}`,
    ]);
  return rows;
}

function leftOutRows({ account }: Prepared): Row[] {
  const { packets, keptPackets, leftOut, sessionsLeftOut } = account;
  const rows: Row[] = [];
  const left = packets - keptPackets;
  rows.push([
    'left out',
    left === 0 ? 'nothing' : `${plural(left, 'packet')} (${formatPercent(left / packets, 3)})`,
  ]);
  const sorted = [...leftOut].sort((a, b) => b.packets - a.packets);
  for (const { reason, packets: count } of sorted.slice(0, MOST_REASONS))
    rows.push(['', `  ${formatCount(count)}  ${reason}`]);
  const rest = sorted.slice(MOST_REASONS);
  const more = rest.reduce((sum, { packets: count }) => sum + count, 0);
  if (more > 0)
    rows.push([
      '',
      `  ${formatCount(more)}  for ${plural(rest.length, 'more reason')}: see sessionlab inspect`,
    ]);
  for (const { reason, sessions } of sessionsLeftOut)
    rows.push(['', `  ${plural(sessions, 'session')}: ${reason}`]);
  return rows;
}

function overlapRows({ overlap, contacts, watched, truth, parts }: Prepared): Row[] {
  const share = (count: number) => formatPercent(count / overlap.sessions, 3);
  const { ipv4, ipv6 } = contacts.trained;
  const addresses = ipv4.addresses.count + ipv6.addresses.count;
  const where = parts.length > 1 ? ` of ${parts[1]![0]!.dataset}` : '';
  const own = contacts.test === contacts.trained;
  return [
    [
      'known',
      `of the test sessions, ${share(overlap.pairs)} are between two addresses that talk in training, too,`,
    ],
    ['', `${share(overlap.services)} go to an address and port that are served there,`],
    ['', `${share(overlap.addresses)} have both addresses among the ${formatCount(addresses)} of training`],
    ...(truth !== null || own
      ? []
      : [['', `their morphs know ${plural(watched.test.length, 'earlier session')}${where}`] as const]),
  ];
}
