/** Accuracy by epoch, and by how many sessions trained. */
import type { TopLevelSpec } from 'vega-lite';
import { DASHES, encodingOf } from './palette.ts';

/** What several seeds gave at one place. */
export interface LinePoint {
  readonly name: string;
  /** `training`, `validation` */
  readonly part: string;
  readonly x: number;
  readonly values: readonly number[];
}

/**
 * The mean over seeds as a line, the least and greatest as a band.
 *
 * @param xTitle what is counted
 * @param logarithmic where it grows by factors
 */
export function lineFigure(
  points: readonly LinePoint[],
  names: readonly string[],
  xTitle: string,
  logarithmic = false,
): TopLevelSpec {
  const values = points.map(({ name, part, x, values: of }) => ({
    name,
    part,
    x,
    mean: of.reduce((sum, y) => sum + y, 0) / of.length,
    low: Math.min(...of),
    high: Math.max(...of),
  }));
  const several = points.some(({ values: of }) => of.length > 1);
  const parts = [...new Set(points.map(({ part }) => part))];
  const encoding = encodingOf(names);
  const scale = logarithmic ? { type: 'log', nice: false } : { zero: false, nice: false };
  const x = {
    field: 'x',
    type: 'quantitative',
    title: xTitle,
    scale,
    axis: {
      tickMinStep: 1,
      format: ',d',
      ...(logarithmic ? { values: [...new Set(points.map((p) => p.x))] } : {}),
    },
  } as const;
  const y = {
    type: 'quantitative',
    title: 'accuracy',
    scale: { zero: false },
    axis: { format: '.0%' },
  } as const;
  const legend = parts.length < 2 ? null : ({ title: null, orient: 'bottom' } as const);
  const ofPart = <T>(range: readonly T[]) => ({
    field: 'part',
    type: 'nominal',
    scale: { domain: parts, range: range.slice(0, parts.length) },
    legend,
  });
  const dash = ofPart(DASHES);
  const shape = ofPart(['circle', 'square', 'triangle-up']);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values },
    width: 210,
    height: 160,
    layer: [
      ...(several
        ? [
            {
              mark: { type: 'area', opacity: 0.15 },
              encoding: {
                x,
                y: { ...y, field: 'low' },
                y2: { field: 'high' },
                color: encoding.color,
                detail: { field: 'part' },
              },
            } as const,
          ]
        : []),
      {
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: 'mean' }, color: encoding.color, strokeDash: dash },
      },
      {
        mark: { type: 'point', filled: true, size: 22, opacity: 1 },
        encoding: { x, y: { ...y, field: 'mean' }, color: encoding.color, shape },
      },
    ],
  } as TopLevelSpec;
}
