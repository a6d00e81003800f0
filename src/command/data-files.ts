/** The files of data sets: list, fetch, verify. */
import {
  datasetFolder,
  type Fetched,
  type FileState,
  fetchFiles,
  filesOf,
  isSpent,
  lookAt,
  type StoredFile,
  verifyFile,
} from '../dataset/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  type CapturesManifest,
  type DataFile,
  dataFolder,
  loadManifest,
  type Manifest,
  manifestNames,
} from '../spec/index.ts';
import {
  alignColumns,
  createReporter,
  createTransfer,
  displayPath,
  formatBytes,
  plural,
  type Terminal,
} from '../text/index.ts';
import { abortOnSignal } from './signals.ts';

export interface ListFlags {
  readonly data?: string;
  readonly json?: boolean;
}

export interface DataFlags {
  readonly data?: string;
  readonly day?: readonly string[];
}

/** A manifest of captures, and the folder that its files are in. */
export interface Located {
  readonly manifest: CapturesManifest;
  readonly folder: string;
}

/** Finds a data set by its name. @throws FaultError (usage) when there is none */
export async function locate(
  name: string,
  data: string | undefined,
): Promise<Located | Exclude<Manifest, CapturesManifest>> {
  const manifest = await loadManifest(name, process.cwd());
  if (manifest.kind !== 'captures') return manifest;
  return { manifest, folder: datasetFolder(manifest, dataFolder(data)) };
}

/** Prints all data sets with what of them is there. */
export async function listData({ data, json }: ListFlags, output: Terminal): Promise<void> {
  const base = dataFolder(data);
  const names = await manifestNames(process.cwd());
  const sets = await Promise.all(names.map((name) => summaryOf(name, base)));
  if (json === true) {
    output.write(`${JSON.stringify({ folder: base, sets }, null, 2)}\n`);
    return;
  }
  const rows = sets.map((set) => [
    set.name,
    set.kind === 'synthetic' ? 'made from its recipe' : `${set.there} of ${set.files} files`,
    set.kind === 'synthetic' || set.bytes === null ? '' : formatBytes(set.bytes),
    set.kind === 'synthetic' || set.labels === null ? '' : `labels: ${set.labels}`,
  ]);
  const lines = alignColumns(rows, 'llrl');
  output.write(`Data sets below ${base}\n\n`);
  sets.forEach((set, i) => {
    output.write(`${lines[i]}\n    ${set.description}\n`);
  });
}

async function summaryOf(name: string, base: string) {
  const manifest = await loadManifest(name, process.cwd());
  const { kind, description } = manifest;
  if (kind === 'synthetic') return { name, kind, description, complete: true } as const;
  const found = await lookAt(manifest.files, datasetFolder(manifest, base));
  const needed = new Set(manifest.days.flatMap((day) => [...day.captures, ...day.labels]));
  const wanted = found.filter(({ file }) => needed.has(file.path));
  const there = wanted.filter((file) => file.found.state === 'there').length;
  const sizes = manifest.files.map(({ bytes, about }) => bytes ?? about);
  return {
    name,
    kind,
    description,
    files: wanted.length,
    there,
    complete: there === wanted.length,
    /** Of those whose size is known at all; null where none is. */
    bytes: sizes.every((size) => size === null) ? null : sizes.reduce<number>((sum, n) => sum + (n ?? 0), 0),
    labels: manifest.labels?.format ?? null,
    days: manifest.days.map((day) => day.name),
  } as const;
}

/** Downloads what is missing, and says what has to be done by hand. */
export async function fetchData(
  name: string,
  { data, day = [] }: DataFlags,
  output: Terminal,
): Promise<void> {
  const located = await locate(name, data);
  if ('recipe' in located) {
    output.write(`${name} is made from its recipe whenever it is needed: there is nothing to fetch.\n`);
    return;
  }
  const { manifest, folder } = located;
  const files = filesOf(manifest, day);
  const report = createReporter(output, process.stderr);
  const stop = abortOnSignal();
  const transfer = createTransfer();
  let current = '';
  report.fact(`${name}, below ${displayPath(folder)}\n`);
  let list: readonly Fetched[];
  try {
    list = await fetchFiles(files, folder, {
      signal: stop.signal,
      note: (text) => report.line(text),
      progress(file, bytes, total) {
        if (file.path !== current) transfer.begin(bytes);
        current = file.path;
        transfer.advance(bytes);
        report.status(() => `${file.path}: ${transfer.text(total)}`);
      },
      done: (fetched) => {
        current = '';
        report.fact(`  ${fetched.file.path}: ${describe(fetched)}\n`);
      },
    });
  } catch (error) {
    report.clear();
    throw stop.signal.aborted ? interrupted(name) : withHelp(error, located);
  } finally {
    stop.release();
    report.clear();
  }
  const faults = whatIsLeft(list, located);
  if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
  report.fact(`${name} is complete: ${plural(list.length, 'file')}\n`);
}

function describe({ action, found, file }: Fetched): string {
  const size = 'bytes' in found ? formatBytes(found.bytes) : '';
  if (action === 'byHand') return 'missing';
  if (action === 'unpack') return `missing; it comes out of ${file.unpack?.from}`;
  return `${action === 'fetched' ? 'fetched' : 'is there'}, ${size}, ${stateText(found)}`;
}

function stateText(found: FileState): string {
  switch (found.state) {
    case 'missing':
      return 'missing';
    case 'there':
      return 'not verified';
    case 'wrong':
      return found.problem;
    case 'pinned':
      return `SHA-256 ${found.sha256}, pinned: none is published`;
    case 'verified':
      return `SHA-256 ${found.sha256}, that of the ${found.by}`;
  }
}

/** What somebody has to do by hand. */
function whatIsLeft(list: readonly Fetched[], { manifest, folder }: Located) {
  const byHand = list.filter(({ action }) => action === 'byHand');
  const unpack = list.filter(({ action }) => action === 'unpack');
  const faults = unpack.map(({ file }) => ({
    place: displayPath(`${folder}/${file.path}`),
    problem: 'it is missing',
    cure: `unpack it: cd ${folder} && ${file.unpack!.command}`,
  }));
  if (byHand.length === 0) return faults;
  return [
    ...faults,
    {
      place: `data set ${manifest.name}`,
      problem: `${byHand.length} of ${list.length} files are missing and cannot be downloaded: ${some(byHand.map(({ file }) => file.path))}`,
      cure: byHandText(manifest, folder),
    },
  ];
}

function byHandText({ source }: CapturesManifest, folder: string): string {
  const what = source.byHand ?? 'Ask whoever has it.';
  const page = source.page === null ? '' : ` Page: ${source.page}.`;
  return `this folder is ${folder}. ${what}${page}`;
}

const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`;

/** Where the network refuses, the way without it. */
function withHelp(error: unknown, { manifest, folder }: Located): unknown {
  if (!(error instanceof FaultError) || !error.faults.some(({ place }) => /^https?:/.test(place)))
    return error;
  return new FaultError(
    [
      ...error.faults,
      {
        place: `data set ${manifest.name}`,
        problem: 'it is not complete',
        cure: `call it again, or get it by hand: ${byHandText(manifest, folder)}`,
      },
    ],
    error.exitCode,
  );
}

const interrupted = (name: string): FaultError =>
  new FaultError(
    {
      place: `data set ${name}`,
      problem: 'interrupted; what arrived is kept',
      cure: 'the same command goes on there',
    },
    ExitCode.interrupted,
  );

/** Reads all files and holds them against their hashes. */
export async function verifyData(
  name: string,
  { data, day = [] }: DataFlags,
  output: Terminal,
): Promise<void> {
  const located = await locate(name, data);
  if ('recipe' in located) {
    output.write(
      `${name} is made from its recipe, and is verified whenever it is read: there are no files.\n`,
    );
    return;
  }
  const { manifest, folder } = located;
  const report = createReporter(output, process.stderr);
  const stop = abortOnSignal();
  const files = await lookAt(filesOf(manifest, day), folder);
  const faults: { place: string; problem: string; cure: string }[] = [];
  report.fact(`${name}, below ${displayPath(folder)}\n`);
  const missing: StoredFile[] = [];
  try {
    for (const stored of files) {
      const found = stored.found.state === 'there' ? await verify(stored.file, folder) : stored.found;
      report.fact(`  ${stored.file.path}: ${stateText(found)}\n`);
      if (found.state === 'missing') missing.push(stored);
      if (found.state === 'wrong')
        faults.push({
          place: displayPath(stored.path),
          problem: found.problem,
          cure: `remove it and \`sessionlab data fetch ${name}\``,
        });
    }
  } finally {
    stop.release();
    report.clear();
  }
  const lost = missing.filter(({ file }) => !isSpent(file, files));
  if (lost.length > 0)
    faults.push({
      place: `data set ${name}`,
      problem: `${lost.length} of ${files.length} files are missing: ${some(lost.map(({ file }) => file.path))}`,
      cure: `\`sessionlab data fetch ${name}\` gets them or says how`,
    });
  if (faults.length > 0) throw new FaultError(faults, ExitCode.data);

  async function verify(file: DataFile, below: string): Promise<FileState> {
    const transfer = createTransfer();
    transfer.begin(0);
    return verifyFile(file, below, (bytes) => {
      if (stop.signal.aborted) throw interrupted(name);
      transfer.advance(bytes);
      report.status(() => `${file.path}: ${transfer.text(file.bytes)}`);
    });
  }
}
