/** The seeds of a spec together: the content of the run that is the parent of theirs. */
import { SPEC_FILE, type StoredSpec, type SweepPlace } from '../../results/index.ts';
import { onOneLine } from '../../text/index.ts';
import type { Metric, Pair } from './client.ts';
import { plainKey, type RunContent, SOURCE_TAGS, textArtifact } from './content.ts';
import { specParams } from './params.ts';
import type { FoundRun } from './read-run.ts';

/**
 * The parent of runs of one spec. Point k of each `mean/…` is the mean of the first k runs that finished, so that a later
 * run adds points and changes none.
 *
 * @param runs of one spec hash, at least one
 * @param goesOn whether another of them is under way
 */
export function cellContent(runs: readonly FoundRun[], goesOn: boolean): RunContent {
  const finished = runs
    .filter((run) => run.facts !== null)
    .sort((a, b) => a.content.end!.time - b.content.end!.time || a.seed - b.seed);
  const { specHash } = runs[0]!;
  const started = Math.min(...runs.map((run) => run.content.started));
  const ends = runs.map((run) => run.content.end?.time ?? started);
  const spec = finished[0]?.facts?.spec ?? null;
  // Which seeds, and on how many machines, is for the seeds to say.
  const { seeds: _, ...shared } = spec ?? {};
  return {
    ...earlyCell(specHash, started, spec, sweepOf(runs)),
    note: null,
    points: means(finished),
    inputs: [],
    files: spec === null ? [] : [textArtifact(SPEC_FILE, `${JSON.stringify(shared, null, 2)}\n`)],
    model: null,
    end: goesOn ? null : { status: finished.length > 0 ? 'FINISHED' : 'KILLED', time: Math.max(...ends) },
  };
}

/** What a parent has from its first moment. */
export function earlyCell(
  specHash: string,
  started: number,
  spec: StoredSpec | null,
  sweep: SweepPlace | null,
) {
  const params: readonly Pair[] = spec === null ? [] : specParams(spec);
  const tags: readonly Pair[] = [...SOURCE_TAGS, ['spec hash', specHash]];
  // Names of runs are shown in narrow columns.
  const name = sweep === null ? specHash.slice(0, 8) : onOneLine(sweep.cell).slice(0, LONGEST_NAME);
  return { key: `cell/${specHash}`, name, started, params, tags };
}

const LONGEST_NAME = 120;

/** The sweep of a cell: that of the first of its runs that was made in one. */
export function sweepOf(runs: readonly FoundRun[]): SweepPlace | null {
  const bySeed = [...runs].sort((a, b) => a.seed - b.seed);
  return bySeed.find(({ facts }) => facts?.record.sweep !== undefined)?.facts?.record.sweep ?? null;
}

function means(finished: readonly FoundRun[]): readonly Metric[] {
  const sums = new Map<string, number>();
  return finished.flatMap(({ content }, index) => {
    const count = index + 1;
    const { time } = content.end!;
    const last = new Map(
      content.points.filter(({ key }) => key.startsWith('test/')).map((p) => [p.key, p.value]),
    );
    for (const key of index === 0 ? last.keys() : [...sums.keys()]) {
      const value = last.get(key);
      // A rate that one of them has not got has no mean.
      if (value === undefined) sums.delete(key);
      else sums.set(key, (sums.get(key) ?? 0) + value);
    }
    const point = (name: string, value: number): Metric => ({
      key: `mean/${plainKey(name)}`,
      value,
      timestamp: time,
      step: count,
    });
    return [
      point('seeds', count),
      ...[...sums].map(([key, sum]) => point(key.slice('test/'.length), sum / count)),
    ];
  });
}
