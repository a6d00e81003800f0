/** What MLflow is to hold of one run: everything, before anything is sent. */
import { createHash } from 'node:crypto';
import { sha256 } from '../../disk/index.ts';
import type { DatasetInput, Metric, Pair } from './client.ts';
import type { Upload } from './transport.ts';

/** Changes when the same results folder is to look otherwise in MLflow. */
const FORMAT = 1;

/** Our own tags. */
export const TAGS = {
  /** Finds the run again: see runKey. */
  key: 'sessionlab.key',
  /** `N:digest`: how many points are there for certain, and which. */
  position: 'sessionlab.position',
  /** The digest of everything, set last: a run that has it needs nothing. */
  synced: 'sessionlab.synced',
  /** The digest of the note that we wrote: another note is somebody's own. */
  note: 'sessionlab.note',
} as const;

/** A file to be stored with a run. */
export interface Artifact {
  readonly path: string;
  /** Tells contents apart without having them. */
  readonly digest: string;
  readonly upload: () => Promise<Upload>;
}

export interface ModelContent {
  readonly name: string;
  readonly params: readonly Pair[];
  readonly step: number;
  readonly files: readonly Artifact[];
}

export interface RunContent {
  readonly key: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
  /** Markdown. */
  readonly note: string | null;
  /** In the order in which they were measured; more may follow, none changes. */
  readonly points: readonly Metric[];
  readonly inputs: readonly DatasetInput[];
  readonly files: readonly Artifact[];
  readonly model: ModelContent | null;
  /** null while it goes on. */
  readonly end: { readonly status: 'FINISHED' | 'FAILED' | 'KILLED'; readonly time: number } | null;
}

/** Tags of everything that we send. */
export const SOURCE_TAGS: readonly Pair[] = [
  ['mlflow.source.type', 'LOCAL'],
  ['mlflow.source.name', 'sessionlab'],
];

export function textArtifact(path: string, text: string): Artifact {
  const bytes = Buffer.from(text);
  return { path, digest: sha256(bytes), upload: async () => bytesUpload(bytes) };
}

export function bytesUpload(bytes: Uint8Array): Upload {
  return { size: bytes.length, open: () => bytes };
}

/** A name with only what keys may have. */
export const plainKey = (name: string): string => name.replace(/[^\w.\- ]/g, '_').slice(0, 200);

/** Counts points and hashes them, so that any beginning of a list can be told from another. */
export interface PointsDigest {
  readonly count: number;
  add(points: readonly Metric[]): void;
  /** `N:digest` of all that was added. */
  position(): string;
}

export function createPointsDigest(): PointsDigest {
  const hash = createHash('sha256');
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(points) {
      for (const { key, value, timestamp, step = 0 } of points)
        hash.update(`${key}\n${value}\n${timestamp}\n${step}\n`);
      count += points.length;
    },
    position: () => `${count}:${hash.copy().digest('hex').slice(0, 32)}`,
  };
}

/** The position after all of these points. */
export function positionOf(points: readonly Metric[]): string {
  const digest = createPointsDigest();
  digest.add(points);
  return digest.position();
}

/**
 * How many of the points a recorded position says are there.
 *
 * @returns null when it is a position in other points
 */
export function pointsThere(position: string | undefined, points: readonly Metric[]): number | null {
  if (position === undefined) return 0;
  const count = Number(/^(\d{1,12}):/.exec(position)?.[1] ?? Number.NaN);
  if (!(count <= points.length)) return null;
  return positionOf(points.slice(0, count)) === position ? count : null;
}

/** Two contents with the same digest need nothing to become one another. */
export function contentDigest(content: RunContent): string {
  const { points, files, model, ...rest } = content;
  const fingerprints = (list: readonly Artifact[]) => list.map(({ path, digest }) => [path, digest]);
  const modelPart = model === null ? null : { ...model, files: fingerprints(model.files) };
  const whole = [FORMAT, rest, positionOf(points), fingerprints(files), modelPart];
  return sha256(JSON.stringify(whole)).slice(0, 32);
}
