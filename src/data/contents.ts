/** The contents of what a spec reads, as they were found out when it was read: its results are found without reading it again. */
import { join, resolve } from 'node:path';
import { canonicalJson, type ResolvedDataset, type ResolvedSpec, type SpecContents } from '../spec/index.ts';
import { createCache, isSettled, stampOf } from './cache.ts';
import { captureInputs, labelPaths, wantedOf } from './inputs.ts';

/** Contents of captures, and of label files where they are used; kept in the results folder. */
export interface KnownContents {
  /** null where the files must be read. */
  load(spec: ResolvedSpec): Promise<SpecContents | null>;
  /** Reads what a spec needs and keeps its contents, unless the files change meanwhile. */
  keep<T extends { readonly contents: SpecContents }>(spec: ResolvedSpec, read: () => Promise<T>): Promise<T>;
}

/** Whether all that a spec reads is made of recipes: then it says itself what is in it. */
const isSynthetic = ({ dataset, testDataset }: ResolvedSpec): boolean =>
  dataset.kind === 'synthetic' && (testDataset ?? dataset).kind === 'synthetic';

/** @param results the results folder */
export function knownContents(results: string): KnownContents {
  const cache = createCache<SpecContents>(join(results, '.known', 'data.json'));
  const found = new Map<string, Promise<Files | null>>();
  const look = (key: string, spec: ResolvedSpec): Promise<Files | null> => {
    const looked = found.get(key) ?? filesOf(spec);
    found.set(key, looked);
    return looked;
  };
  return {
    async load(spec) {
      if (isSynthetic(spec)) return {};
      const key = keyOf(spec);
      const now = await look(key, spec);
      return now === null ? null : cache.load(key, now.stamp);
    },
    async keep(spec, read) {
      if (isSynthetic(spec)) return read();
      const before = await filesOf(spec);
      const value = await read();
      const after = await filesOf(spec);
      if (before === null || after?.stamp !== before.stamp || !after.paths.every(isSettled)) return value;
      const key = keyOf(spec);
      found.set(key, Promise.resolve(after));
      cache.put(key, after.stamp, value.contents);
      await cache.save();
      return value;
    },
  };
}

/** What decides which files are read. */
function keyOf(spec: ResolvedSpec): string {
  return canonicalJson(
    wantedOf(spec).map(({ dataset, days, labels }) =>
      dataset.kind === 'synthetic'
        ? null
        : [dataset.captures, resolve(dataset.base), days, labels ? labelsIn(dataset) : null],
    ),
  );
}

const labelsIn = ({ labels, manifest }: Extract<ResolvedDataset, { kind: 'captures' }>) =>
  labels ?? [manifest?.labels ?? null, manifest?.days ?? null];

interface Files {
  readonly paths: readonly string[];
  readonly stamp: string;
}

/** All files that a spec reads as they are now; null where they cannot be found. */
async function filesOf(spec: ResolvedSpec): Promise<Files | null> {
  const paths: string[] = [];
  try {
    for (const { dataset, days, labels } of wantedOf(spec)) {
      if (dataset.kind === 'synthetic') continue;
      const inputs = await captureInputs(dataset, days, labels);
      paths.push(...inputs.flatMap(({ captures }) => captures), ...labelPaths(inputs));
    }
  } catch {
    return null;
  }
  const stamps = paths.map((path) => stampOf(path));
  return stamps.includes(null) ? null : { paths, stamp: canonicalJson([paths, stamps]) };
}
