/** From files to sessions and their labels: one table, with the parts that it was read in. */
import { performance } from 'node:perf_hooks';
import { sparePackets } from '../anomaly/index.ts';
import { type LabelledSessions, labelSessions, readDatasetLabels } from '../dataset/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  type Assembled,
  type CaptureAccount,
  concatSessions,
  type DefectCount,
  joinAcross,
  mergeAccounts,
  type SessionTable,
  withDefects,
} from '../session/index.ts';
import type { DataContents, ExperimentSpec, ResolvedSpec, SpecContents } from '../spec/index.ts';
import { displayPath, formatCount } from '../text/index.ts';
import { hashesOf } from './contents.ts';
import { type FindOptions, findInputs, type Input, labelPaths, type Wanted, wantedOf } from './inputs.ts';
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

export interface ReadDataOptions extends FindOptions {
  /** Whether sessions are kept in the results folder for the next run, and what was kept is used. */
  readonly keep: boolean;
}

/**
 * Finds or makes the captures of a spec and reads them.
 *
 * @throws FaultError when the data cannot be used; Interrupted
 */
export async function readData(resolved: ResolvedSpec, options: ReadDataOptions): Promise<Read> {
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
    const found = await findInputs(wanted, options);
    synthetic ??= found.synthetic === null ? null : fileOf(found.synthetic);
    options.interruption.check();
    const own: Part[] = [];
    const ownAccounts: CaptureAccount[] = [];
    const read: Assembled[] = [];
    for (const input of found.inputs) read.push(await readInput(input, resolved.spec, options));
    const { tables: whole, joined } = joinAcross(
      read.map(({ sessions }) => sessions),
      { ...resolved.spec.sessions, maxPackets: keptRows(resolved.spec) },
    );
    if (joined > 0)
      warnings.push(
        `sessions that go on from one day to another: ${formatCount(joined)}; each is one session of the day on which it began`,
      );
    for (const [i, input] of found.inputs.entries()) {
      const { dataset, day } = input;
      const account = { ...read[i]!.account, joinedAcrossDays: i === 0 ? joined : 0 };
      const { sessions, counts } = withDefects(whole[i]!, resolved.spec.sessions.defects ?? []);
      const labels = await labelInput(input, sessions, options);
      own.push({ dataset, day, from: count, to: count + sessions.count, labels });
      count += sessions.count;
      tables.push(sessions);
      ownAccounts.push(account);
      defects.push(...counts);
      // As many as files at most: too many for arguments.
      for (const warning of [...input.warnings, ...account.warnings]) warnings.push(warning);
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
  { captures, day }: Input,
  spec: ExperimentSpec,
  { results, keep, interruption, observe }: ReadDataOptions,
): Promise<Assembled> {
  const assembled = await cachedSessions(
    captures,
    { ...spec.sessions, maxPackets: keptRows(spec) },
    {
      results: keep ? results : null,
      refused: (path, why) => observe({ kind: 'cache-refused', path, why }),
      progress: ({ bytes, totalBytes, packets }) => {
        interruption.check();
        observe({ kind: 'reading', day, bytes, totalBytes, packets });
      },
    },
  );
  interruption.check();
  return assembled;
}

async function labelInput(
  { labels: source, folder, day }: Input,
  sessions: SessionTable,
  { interruption, observe }: ReadDataOptions,
): Promise<LabelledSessions | null> {
  if (source === null) return null;
  observe({ kind: 'labelling', day });
  const labels = labelSessions(sessions, await readDatasetLabels(source, folder));
  interruption.check();
  return labels;
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
