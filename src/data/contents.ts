/** The contents of what a spec reads, as they were found out when it was read: its results are found without reading it again. */
import { join, resolve } from 'node:path';
import { sha256OfFile, stampOf } from '../disk/index.ts';
import {
  canonicalJson,
  type DataContents,
  type ResolvedDataset,
  type ResolvedSpec,
  type SpecContents,
} from '../spec/index.ts';
import { createCache, isSettled } from './cache.ts';
import { captureInputs, labelPaths, wantedOf } from './inputs.ts';

/** Contents of captures, and of label files where they are used; kept in the results folder. */
export interface KnownContents {
  /** null where the files must be read. */
  load(spec: ResolvedSpec): Promise<SpecContents | null>;
  /** As load, and reads the files where nobody has noted what is in them. @throws FaultError when they cannot be read */
  find(spec: ResolvedSpec): Promise<SpecContents>;
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
  const known: KnownContents = {
    async load(spec) {
      if (isSynthetic(spec)) return {};
      const key = keyOf(spec);
      const now = await look(key, spec);
      return now === null ? null : cache.load(key, now.stamp);
    },
    async find(spec) {
      const noted = await known.load(spec);
      if (noted !== null) return noted;
      // Whoever looks again and again, and may not keep it, reads once.
      const key = canonicalJson([keyOf(spec), (await look(keyOf(spec), spec))?.stamp ?? null]);
      const before = foundByReading.get(key);
      if (before !== undefined) return before;
      const { contents } = await known.keep(spec, async () => ({ contents: await readContents(spec) }));
      foundByReading.set(key, contents);
      return contents;
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
  return known;
}

/** Contents by what decides which files are read and by their stamps: of this process. */
const foundByReading = new Map<string, SpecContents>();

/** The contents of all files that a spec reads, as readData finds them. */
async function readContents(spec: ResolvedSpec): Promise<SpecContents> {
  const sides: DataContents[] = [];
  for (const { dataset, days, labels } of wantedOf(spec)) {
    const inputs = dataset.kind === 'synthetic' ? [] : await captureInputs(dataset, days, labels);
    const captures = inputs.flatMap((input) => input.captures);
    sides.push({ captures: await hashesOf(captures), labels: await hashesOf(labelPaths(inputs)) });
  }
  const [dataset, testDataset] = sides;
  return { dataset, testDataset };
}

/** SHA-256 of files, one after the other. @throws FaultError when one cannot be read */
export async function hashesOf(paths: readonly string[]): Promise<readonly string[]> {
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await sha256OfFile(path));
  return hashes;
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
      for (const { captures } of inputs) for (const path of captures) paths.push(path);
      for (const path of labelPaths(inputs)) paths.push(path);
    }
  } catch {
    return null;
  }
  const stamps = paths.map((path) => stampOf(path));
  return stamps.includes(null) ? null : { paths, stamp: canonicalJson([paths, stamps]) };
}
