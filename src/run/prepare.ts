/** From a spec to data that can be trained and tested on. */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Contacts, collectContacts } from '../anomaly/index.ts';
import { displayPath, findCaptures } from '../capture/index.ts';
import { formatCount } from '../report/index.ts';
import {
  assembleSessions,
  type CaptureAccount,
  chronologicalSplit,
  lastShare,
  type SessionTable,
  type Split,
} from '../session/index.ts';
import {
  canonicalJson,
  ExitCode,
  FaultError,
  hashSpec,
  type ResolvedSpec,
  withSource,
} from '../spec/index.ts';
import type { Interruption } from './interrupt.ts';
import { findOverlap, type Overlap } from './overlap.ts';
import type { Reporter } from './progress.ts';
import { type SyntheticFile, syntheticCapture } from './synthetic.ts';

/** Everything of a run that does not depend on its seed. */
export interface Prepared {
  readonly resolved: ResolvedSpec;
  /** See hashSpec, with the contents of the captures: names the results. */
  readonly specHash: string;
  /** The capture that was made or found, of a synthetic data set. */
  readonly synthetic: SyntheticFile | null;
  readonly sessions: SessionTable;
  readonly account: CaptureAccount;
  /** Of finding and reading the captures. */
  readonly warnings: readonly string[];
  readonly split: Split;
  /** Training sessions that training.share leaves out. */
  readonly unused: number;
  /** Of the training sessions alone. */
  readonly contacts: Contacts;
  readonly overlap: Overlap;
  /** What all this took. */
  readonly milliseconds: number;
}

/** What was read, by what decides it: the cells of a sweep mostly share their data. */
export type DataCache = Map<string, Read>;

interface Read {
  readonly synthetic: SyntheticFile | null;
  readonly sessions: SessionTable;
  readonly account: CaptureAccount;
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

/** The last data set that was used stays in memory, no more: tables are large. */
const MOST_KEPT = 1;

/**
 * Finds or makes the captures, reads them, assembles and splits the sessions.
 *
 * @param results the results folder, where synthetic captures are kept
 * @throws FaultError when the data cannot be used; Interrupted
 */
export async function prepare(
  resolved: ResolvedSpec,
  results: string,
  reporter: Reporter,
  interruption: Interruption,
  cache: DataCache = new Map(),
): Promise<Prepared> {
  const { spec, dataset } = resolved;
  const key = canonicalJson({ dataset, sessions: spec.sessions });
  const read = cache.get(key) ?? (await readData(resolved, results, reporter, interruption));
  if (cache.size >= MOST_KEPT) cache.clear();
  cache.set(key, read);
  const { sessions, account } = read;
  const whole = chronologicalSplit(sessions, spec.protocol.train, spec.training.validation);
  const split = lastShare(whole, spec.training.share ?? 1);
  const unused = whole.train.length - split.train.length;
  const contacts = collectContacts(sessions, split.train);
  const specHash = hashSpec(spec, dataset, dataHashes(account));
  return {
    ...read,
    resolved,
    specHash,
    split,
    unused,
    contacts,
    overlap: findOverlap(sessions, split, contacts),
  };
}

async function readData(
  resolved: ResolvedSpec,
  results: string,
  reporter: Reporter,
  interruption: Interruption,
): Promise<Read> {
  const began = performance.now();
  const found = await captures(resolved, results, reporter, interruption);
  interruption.check();
  const { sessions, account } = await assembleSessions(
    found.paths,
    { ...resolved.spec.sessions, hash: true },
    ({ bytes, totalBytes, packets }) => {
      interruption.check();
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      reporter.status(() => `reading: ${percent}%, ${formatCount(packets)} packets`);
    },
  );
  reporter.clear();
  if (sessions.count === 0) throw nothingLeft(resolved, account);
  return {
    synthetic: found.synthetic,
    sessions,
    account,
    warnings: [...found.warnings, ...account.warnings],
    milliseconds: performance.now() - began,
  };
}

/** SHA-256 of every capture, in the order in which they are read. */
export function dataHashes(account: CaptureAccount): readonly string[] {
  return account.files.map(({ path, sha256 }) => {
    if (sha256 === undefined) throw new Error(`${path} was not hashed`);
    return sha256;
  });
}

interface Captures {
  readonly paths: readonly string[];
  readonly warnings: readonly string[];
  readonly synthetic: SyntheticFile | null;
}

async function captures(
  { dataset }: ResolvedSpec,
  results: string,
  reporter: Reporter,
  interruption: Interruption,
): Promise<Captures> {
  if (dataset.kind === 'synthetic') {
    reporter.status(() => `making the capture of ${dataset.name} …`);
    const synthetic = await syntheticCapture(dataset, results, interruption);
    reporter.clear();
    return { paths: [synthetic.path], warnings: [], synthetic };
  }
  try {
    return { ...(await findCaptures(dataset.captures, resolve(dataset.base))), synthetic: null };
  } catch (error) {
    throw error instanceof FaultError ? withSource(error, dataset) : error;
  }
}

function nothingLeft({ spec }: ResolvedSpec, account: CaptureAccount): FaultError {
  const { files, packets, leftOut, sessionsLeftOut } = account;
  const place = files.length === 1 ? displayPath(files[0]!.path) : `${files.length} captures`;
  const wanted = spec.sessions.protocols.map((name) => name.toUpperCase()).join(' or ');
  const reasons = [
    ...sessionsLeftOut.map(({ reason, sessions }) => `${formatCount(sessions)} × ${reason}`),
    ...leftOut.map(({ reason, packets: count }) => `${formatCount(count)} × ${reason}`),
  ];
  const why = reasons.length === 0 ? '' : ` (left out: ${reasons.join(', ')})`;
  return new FaultError(
    {
      place,
      problem: `no ${wanted} session in ${packets === 1 ? '1 packet' : `${formatCount(packets)} packets`}${why}`,
      cure: 'use other captures, or leave less out (sessions.protocols, sessions.minPackets)',
    },
    ExitCode.data,
  );
}
