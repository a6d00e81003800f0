/** The table of the comparison: medians, and how they compare. */

import { distribution } from '../../src/bench/distribution.ts';
import type { Machine } from '../../src/bench/machine.ts';
import { formatCommit } from '../../src/bench/suite-text.ts';
import type { CodeVersion } from '../../src/results/index.ts';
import { alignColumns, formatBytes, formatCount } from '../../src/text/index.ts';
import type { OursReport } from './ours.ts';
import type { Times } from './tools.ts';

export interface CapturesReport {
  readonly format: 'sessionlab captures 1';
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: Machine;
  readonly code: CodeVersion;
  readonly capture: { readonly bytes: number; readonly packets: number; readonly sessions: number };
  readonly loadBefore: number;
  /** Times of each round, of all tools together. */
  readonly rounds: readonly Times[];
  readonly ours: readonly OursReport[];
  readonly versions: readonly string[];
  readonly left: readonly { readonly id: string; readonly reason: string }[];
}

/** What all others are compared with. */
const BASE = 'sessionlab, later readings';

/** The report as text, ending with a line break. */
export function formatCaptures(report: CapturesReport): string {
  const { machine, code, capture, rounds, ours, left, versions, loadBefore } = report;
  const titles = Object.keys(rounds[0]!);
  const medianOf = (title: string, what: 'wall' | 'cpu') =>
    distribution(rounds.map((round) => round[title]![what])).median;
  const ratio = (title: string, what: 'wall' | 'cpu') => {
    const value = medianOf(title, what) / medianOf(BASE, what);
    return `${value.toFixed(value < 10 ? 2 : 1)} ×`;
  };
  const rows = titles.map((title) => {
    const all = rounds.map((round) => round[title]!.wall / 1000);
    const time = medianOf(title, 'wall');
    const isOurs = title.startsWith('sessionlab');
    return [
      title,
      `${(time / 1000).toFixed(2)} s`,
      `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`,
      formatCount(Math.round((1000 * capture.packets) / time)),
      isOurs ? '' : ratio(title, 'wall'),
      `${(medianOf(title, 'cpu') / 1000).toFixed(2)} s`,
      isOurs ? '' : ratio(title, 'cpu'),
    ];
  });
  const lines = [
    `Reading a capture of ${formatBytes(capture.bytes)}: ${formatCount(capture.packets)} packets, ${formatCount(capture.sessions)} sessions`,
    `${report.date}, sessionlab ${code.version} (${formatCommit(code)})`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}; load before the start ${loadBefore.toFixed(2)}`,
    `medians of ${rounds.length} rounds in turn, from the page cache; ours on one thread, without the start of Node; the others with theirs`,
    '',
    ...alignColumns(
      [['', 'time', 'least–most', 'packets/s', 'ours is', 'processors', 'ours is'], ...rows],
      'lrrrrrr',
      '',
    ),
    '',
    `memory of ours: at most ${formatBytes(Math.max(...ours.map(({ memory }) => memory)))}`,
    ...versions,
    ...left.map(({ id, reason }) => `not measured: ${id}: ${reason}`),
  ];
  return `${lines.join('\n')}\n`;
}
