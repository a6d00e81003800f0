import type { TopLevelSpec } from 'vega-lite';

/** The picture alone: its title stands in the caption. */
export function untitled(spec: TopLevelSpec): TopLevelSpec {
  const { title: _, ...rest } = spec;
  return rest as TopLevelSpec;
}
