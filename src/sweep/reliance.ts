/** What networks rely on: each cell of a sweep under every presentation of the test sessions, seed by seed. */
import { metricUnder, presentationsIn } from '../evaluation/index.ts';
import { type PairedDifference, pairedDifference } from '../statistics/index.ts';
import type { Group } from './groups.ts';

/** A cell of the matrix: trained as one group is, tested under one presentation. */
export interface Presented {
  /** Mean over the seeds; null where no seed has it. */
  readonly mean: number | null;
  /** Under the presentation − as the group's own spec tests, over its seeds; null without a seed that has both. */
  readonly change: PairedDifference | null;
}

/** A row of the matrix. */
export interface Reliance {
  readonly name: string;
  readonly specHash: string;
  readonly seeds: number;
  /** As the group's own spec tests. */
  readonly own: number | null;
  /** By the name of the presentation. */
  readonly under: ReadonlyMap<string, Presented>;
}

/** The presentations that any of the groups has, as they come. */
export const presentationsOf = (groups: readonly Group[]): readonly string[] =>
  presentationsIn(groups.flatMap(({ metrics }) => [...metrics.values()].flatMap((run) => Object.keys(run))));

/** The metrics that are known under presentations. */
export const presentedMetrics = (groups: readonly Group[]): readonly string[] => {
  const names = groups.flatMap(({ metrics }) => [...metrics.values()].flatMap((run) => Object.keys(run)));
  const [presentation] = presentationsIn(names);
  if (presentation === undefined) return [];
  const ending = metricUnder('', presentation);
  return [
    ...new Set(names.flatMap((name) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : []))),
  ];
};

/** The matrix of a metric: trained × tested. */
export function relianceOf(groups: readonly Group[], metric: string): readonly Reliance[] {
  const presentations = presentationsOf(groups);
  return groups.map(({ name, specHash, metrics }) => {
    const runs = [...metrics.values()];
    const under = presentations.map((presentation): [string, Presented] => {
      const presented = metricUnder(metric, presentation);
      const changes = runs.flatMap((run) => {
        const [before, after] = [run[metric] ?? null, run[presented] ?? null];
        return before === null || after === null ? [] : [after - before];
      });
      const change = changes.length === 0 ? null : pairedDifference(changes);
      return [presentation, { mean: meanOf(runs.map((run) => run[presented])), change }];
    });
    const own = meanOf(runs.map((run) => run[metric]));
    return { name, specHash, seeds: runs.length, own, under: new Map(under) };
  });
}

function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const there = values.filter((value) => value !== null && value !== undefined);
  return there.length === 0 ? null : there.reduce((sum, x) => sum + x, 0) / there.length;
}
