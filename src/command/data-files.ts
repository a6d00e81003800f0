/** `sessionlab data list`, `fetch` and `verify`: the files of data sets. */
import {
  adviseByHand,
  type Fetched,
  faultsOf,
  fetchFiles,
  filesOf,
  leftByHand,
  locateDataset,
  lookAt,
  type StoredFile,
  summariseDataset,
  verifyFile,
} from '../dataset/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatDatasets, formatFetched, formatFileState } from '../report/index.ts';
import { dataFolder, manifestNames, ownManifest } from '../spec/index.ts';
import { createTransfer, displayPath, plural } from '../text/index.ts';
import { defineCommand, type OptionRow } from './define.ts';
import { DATA_OPTION, JSON_OPTION } from './options.ts';
import { append } from './parse.ts';

/** What is asked for of a data set. */
export interface DataOptions {
  readonly data?: string;
  readonly day?: readonly string[];
}

export const DATASET_OPERAND = ['<name>', 'the data set, see sessionlab data list'] as const;
/** --day and --data. */
export const DAY_OPTIONS: readonly OptionRow[] = [
  ['--day <name>', 'which days or scenarios; may be repeated (default: all)', append],
  DATA_OPTION,
];

export const listCommand = defineCommand({
  name: 'list',
  description: 'List all data sets, and what of them is there.',
  options: [DATA_OPTION, JSON_OPTION],
  examples: [
    'sessionlab data list',
    'sessionlab data list --data /mnt/captures',
    "sessionlab data list --json | jq '.sets[] | select(.complete) | .name'",
  ],
  run: async (
    _: readonly [],
    { data, json }: { readonly data?: string; readonly json?: boolean },
    { print, printJson },
  ) => {
    const folder = dataFolder(data);
    const names = await manifestNames(process.cwd());
    const sets = await Promise.all(names.map((name) => summariseDataset(name, folder)));
    if (json === true) printJson({ folder, sets }, 2);
    else print(formatDatasets(folder, sets));
  },
});

export const fetchCommand = defineCommand({
  name: 'fetch',
  description: 'Download what is missing of a data set, and verify what is there.',
  operands: [DATASET_OPERAND],
  options: DAY_OPTIONS,
  notes: `
What is there already is verified and kept. A download that broke off goes on where it stopped, if the server still has
the same file. Only a file that is whole and has the right size and SHA-256 gets its name; where no SHA-256 is published,
what arrives first is pinned in DATA/NAME/pins.json and held against everything later. Honoured: http_proxy,
https_proxy, all_proxy and no_proxy.

Where a data set asks for a registration, or the network is closed, it is said what to do by hand: files that are put
into the folder count as if they had been fetched.`,
  examples: [
    'sessionlab data fetch bigflows',
    'sessionlab data fetch ctu13 --day scenario-9 --data /mnt/captures',
    'https_proxy=http://proxy.example:3128 sessionlab data fetch smallflows',
    ['sessionlab data fetch iscx2012', 'says how to get it, and what is still missing'],
  ],
  exitCodes: {
    0: 'everything is there',
    3: 'files are missing, wrong or have changed',
    4: 'the disk or the network refuses',
    130: 'interrupted (what arrived is kept)',
  },
  run: async ([name]: readonly [string], { data, day }: DataOptions, { print, reporter, interruption }) => {
    const located = await locateDataset(name, data);
    if ('recipe' in located)
      return print(`${name} is made from its recipe whenever it is needed: there is nothing to fetch.\n`);
    const { signal } = interruption;
    const transfer = createTransfer();
    let current = '';
    const wanted = filesOf(located.manifest, day);
    reporter.fact(await headOf(name, located.folder));
    let list: readonly Fetched[];
    try {
      list = await fetchFiles(wanted, located.folder, {
        signal,
        note: reporter.line,
        progress(file, bytes, total) {
          if (file.path !== current) transfer.begin(bytes);
          current = file.path;
          transfer.advance(bytes);
          reporter.status(() => `${file.path}: ${transfer.text(total)}`);
        },
        done: (fetched) => {
          current = '';
          reporter.fact(`  ${fetched.file.path}: ${formatFetched(fetched)}\n`);
        },
      });
    } catch (error) {
      throw signal.aborted ? interrupted(name) : adviseByHand(error, located);
    }
    const faults = leftByHand(list, located);
    if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
    reporter.fact(`${name} is complete: ${plural(list.length, 'file')}\n`);
  },
});

/** Where the files are, and whose manifest it is where it is not ours. */
async function headOf(name: string, folder: string): Promise<string> {
  const manifest = await ownManifest(name, process.cwd());
  const by = manifest === null ? '' : `, by the manifest ${displayPath(manifest)}`;
  return `${name}, below ${displayPath(folder)}${by}\n`;
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

export const verifyCommand = defineCommand({
  name: 'verify',
  description: 'Read all files of a data set and hold them against their SHA-256.',
  operands: [DATASET_OPERAND],
  options: DAY_OPTIONS,
  examples: [
    'sessionlab data verify bigflows',
    'sessionlab data verify iscx2012 --day testbed-12jun --day testbed-13jun',
  ],
  exitCodes: { 0: 'everything is there and right', 3: 'files are missing or wrong' },
  run: async ([name]: readonly [string], { data, day }: DataOptions, { print, reporter, interruption }) => {
    const located = await locateDataset(name, data);
    if ('recipe' in located)
      return print(
        `${name} is made from its recipe, and is verified whenever it is read: there are no files.\n`,
      );
    const { manifest, folder } = located;
    const verified: StoredFile[] = [];
    const files = await lookAt(filesOf(manifest, day), folder);
    reporter.fact(await headOf(name, folder));
    for (const stored of files) {
      const { file } = stored;
      const transfer = createTransfer();
      transfer.begin(0);
      const found =
        stored.found.state !== 'there'
          ? stored.found
          : await verifyFile(file, folder, (bytes) => {
              interruption.check();
              transfer.advance(bytes);
              reporter.status(() => `${file.path}: ${transfer.text(file.bytes)}`);
            });
      reporter.fact(`  ${file.path}: ${formatFileState(found)}\n`);
      verified.push({ ...stored, found });
    }
    const faults = faultsOf(name, verified);
    if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
  },
});
