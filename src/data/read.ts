/** From files to sessions and their labels: one table, with the parts that it was read in. */
import { performance } from 'node:perf_hooks';
import { sparePackets } from '../anomaly/index.ts';
import { displayPath } from '../capture/index.ts';
import { type LabelledSessions, labelSessions, readDatasetLabels } from '../dataset/index.ts';
import { sha256Of } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import type { Interruption } from '../run/index.ts';
import {
  type CaptureAccount,
  concatSessions,
  type DefectCount,
  mergeAccounts,
  type SessionTable,
  withDefects,
} from '../session/index.ts';
import type { DataContents, ExperimentSpec, ResolvedSpec, SpecContents } from '../spec/index.ts';
import type { Reporter } from '../text/index.ts';
import { formatCount } from '../text/index.ts';
import { findInputs, type Input, labelPaths, type Wanted, wantedOf } from './inputs.ts';
import { cachedSessions } from './session-cache.ts';
import type { SyntheticFile } from './synthetic.ts';

/** Sessions that were read together: a day, or all of a data set. */
export interface Part {
  readonly dataset: string;
  /** null where it is all. */
  readonly day: string | null;
  /** Sessions from … to − 1 of the table, in the order of their times. */
  readonly from: number;
  readonly to: number;
  /** What is known about them; null where labels are not used. */
  readonly labels: LabelledSessions | null;
}

/** Everything that was read for a spec. */
export interface Read {
  /** The capture that was made or found, of a synthetic data set. */
  readonly synthetic: SyntheticFile | null;
  readonly sessions: SessionTable;
  /** Of the data set, then of the one that tests. */
  readonly parts: readonly (readonly Part[])[];
  readonly account: CaptureAccount;
  /** What `sessions.defects` took away. */
  readonly defects: readonly DefectCount[];
  /** Of finding and reading the captures. */
  readonly warnings: readonly string[];
  /** SHA-256 of all that was read; what the results are named after. */
  readonly contents: SpecContents;
  readonly milliseconds: number;
}

/**
 * Finds or makes the captures of a spec and reads them.
 *
 * @param results the results folder, where synthetic captures are kept
 * @param keep whether sessions are kept there for the next run, and what was kept is used
 * @throws FaultError when the data cannot be used; Interrupted
 */
export async function readData(
  resolved: ResolvedSpec,
  results: string,
  reporter: Reporter,
  interruption: Interruption,
  keep = true,
): Promise<Read> {
  const began = performance.now();
  const tables: SessionTable[] = [];
  const accounts: CaptureAccount[] = [];
  const parts: Part[][] = [];
  const defects: DefectCount[] = [];
  const warnings: string[] = [];
  const contents: DataContents[] = [];
  let synthetic: SyntheticFile | null = null;
  let count = 0;
  for (const wanted of wantedOf(resolved)) {
    const found = await findInputs(wanted, results, reporter, interruption);
    synthetic ??= found.synthetic === null ? null : fileOf(found.synthetic);
    interruption.check();
    const own: Part[] = [];
    const ownAccounts: CaptureAccount[] = [];
    for (const input of found.inputs) {
      const { sessions, account, counts, labels } = await readInput(
        input,
        resolved.spec,
        reporter,
        interruption,
        keep ? results : null,
      );
      const { dataset, day } = input;
      own.push({ dataset, day, from: count, to: count + sessions.count, labels });
      count += sessions.count;
      tables.push(sessions);
      ownAccounts.push(account);
      defects.push(...counts);
      warnings.push(...input.warnings, ...account.warnings);
    }
    parts.push(own);
    accounts.push(...ownAccounts);
    contents.push(await contentsOf(ownAccounts, found.inputs, wanted));
  }
  const account = mergeAccounts(accounts);
  const sessions = concatSessions(tables);
  if (sessions.count === 0) throw nothingLeft(resolved.spec, account);
  const milliseconds = performance.now() - began;
  const [dataset, testDataset] = contents;
  return {
    synthetic,
    sessions,
    parts,
    account,
    defects,
    warnings,
    contents: { dataset, testDataset },
    milliseconds,
  };
}

const fileOf = ({ path, state }: SyntheticFile): SyntheticFile => ({ path, state });

/**
 * Packets of a session that are kept: those that are read, and those that kinds of anomaly take the place of missing ones
 * from. Defects look at all that is kept: with them nothing else is.
 */
export function keptRows({ sessions, anomalies }: ExperimentSpec): number {
  const { maxPackets, defects = [] } = sessions;
  if (defects.length > 0) return maxPackets;
  const kinds = Object.keys({ ...anomalies.kinds, ...anomalies.testKinds });
  return maxPackets + sparePackets(kinds, maxPackets);
}

async function readInput(
  { captures, labels: source, folder, day }: Input,
  spec: ExperimentSpec,
  reporter: Reporter,
  interruption: Interruption,
  cache: string | null,
) {
  const prefix = day === null ? '' : `${day}: `;
  const options = { ...spec.sessions, maxPackets: keptRows(spec) };
  const { sessions: whole, account } = await cachedSessions(captures, options, {
    results: cache,
    note: (text) => reporter.line(text),
    progress: ({ bytes, totalBytes, packets }) => {
      interruption.check();
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      reporter.status(() => `${prefix}reading: ${percent}%, ${formatCount(packets)} packets`);
    },
  });
  const { sessions, counts } = withDefects(whole, spec.sessions.defects ?? []);
  if (source === null) {
    reporter.clear();
    return { sessions, account, counts, labels: null };
  }
  reporter.status(() => `${prefix}reading labels …`);
  const labels = labelSessions(sessions, await readDatasetLabels(source, folder));
  interruption.check();
  reporter.clear();
  return { sessions, account, counts, labels };
}

/** Of what is made of a recipe nothing: the recipe says it all. */
async function contentsOf(
  accounts: readonly CaptureAccount[],
  inputs: readonly Input[],
  { dataset }: Wanted,
): Promise<DataContents> {
  if (dataset.kind === 'synthetic') return { captures: [], labels: [] };
  const captures = accounts.flatMap(({ files }) =>
    files.map(({ path, sha256 }) => {
      if (sha256 === undefined) throw new Error(`${path} was not hashed`);
      return sha256;
    }),
  );
  return { captures, labels: await hashesOf(labelPaths(inputs)) };
}

function nothingLeft(spec: ExperimentSpec, account: CaptureAccount): FaultError {
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

async function hashesOf(paths: readonly string[]): Promise<readonly string[]> {
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await sha256Of(path));
  return hashes;
}
