/** `sessionlab export`: the sessions of a run or spec, as its network is shown them, for other programs. */
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { prepare } from '../data/index.ts';
import { borrowResults } from '../disk/index.ts';
import { type ExportedPart, exportSessions, type Format, formats } from '../export/index.ts';
import { checkFiles, findRun, readRecord, SPEC_FILE } from '../results/index.ts';
import {
  makePlan,
  type PartName,
  partNames,
  type ReadAgain,
  type ReopenedData,
  reopenData,
} from '../run/index.ts';
import { loadSpec } from '../spec/index.ts';
import { displayPath, formatCount } from '../text/index.ts';
import { type Context, defineCommand } from './define.ts';
import {
  FORCE_OPTION,
  JSON_OPTION,
  loadOptions,
  RESULTS_OPTION,
  refuseExisting,
  SPEC_OPTIONS,
  type SpecArguments,
  withStandardInput,
} from './options.ts';
import { namesOf, wholeNumber } from './parse.ts';

interface ExportArguments extends SpecArguments {
  readonly to: string;
  readonly format: Format;
  readonly part: readonly PartName[];
  readonly epoch: number;
  readonly results: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand({
  name: 'export',
  description:
    'Write the sessions of a run or spec as its network is shown them (tokens, labels, kinds, edited bytes, fields, ' +
    'times, endpoints), so that other programs learn from the same bytes.',
  operands: [['<run|spec>', 'a run, its folder, or a spec file']],
  options: [
    new Option('--to <folder>', 'where the files go').makeOptionMandatory(),
    new Option('--format <format>', 'arrays for NumPy, a table, or captures of the morphed packets')
      .choices([...formats])
      .default('npz'),
    ['--part <list>', 'which of train, validation and test', namesOf('--part', partNames), partNames],
    [
      '--epoch <number>',
      'training sessions are morphed anew in each epoch: as in this one',
      wholeNumber('--epoch', 1),
      1,
    ],
    ...SPEC_OPTIONS,
    RESULTS_OPTION,
    FORCE_OPTION,
    JSON_OPTION,
  ],
  notes: `
Sessions are presented as a run does it, with the same seed: predictions for test.* can be put beside those of the run,
joined by "session", and given to "sessionlab evaluate".

npz      tokens [N, P, T], lengths, packets, label, kind, session, start (ns), edited, field, … and the names they count
parquet  a row a session, a column a token (p0_t0 …), empty where there is no such token; csv is the same
pcap     the headers as morphed, without payload, a file for each link type; what they are is in the csv beside them

export.json says what a folder holds, with SHA-256 of the files, and of the presented sessions whatever the format.`,
  examples: [
    'sessionlab export latest --to sessions',
    'sessionlab export experiments/quickstart.json --to sessions --format parquet --part test',
    'sessionlab export experiments/bigflows.json --capture office.pcap --to sessions --format pcap',
    "python3 -c \"import numpy; print(numpy.load('sessions/test.npz')['tokens'].shape)\"",
  ],
  exitCodes: {
    2: 'there is no such run or spec, or no session of such a part',
    3: 'the data cannot be used',
  },
  run: ([name]: readonly [string], given: ExportArguments, context) =>
    withStandardInput(given, context, (options) => exportNamed(name, options, context)),
});

async function exportNamed(name: string, options: ExportArguments, context: Context): Promise<void> {
  refuseExisting(options.to, options, '--to');
  const { reporter, interruption, print, printJson } = context;
  const results = await borrowResults(resolve(options.results));
  const parts: ExportedPart[] = [];
  try {
    const reading = { results: results.path, interruption, observe: () => undefined };
    const { prepared, plan } = await openData(name, options, reading);
    await exportSessions(prepared, plan, {
      folder: options.to,
      format: options.format,
      parts: options.part,
      seed: prepared.resolved.spec.seeds[0]!,
      epoch: options.epoch,
      check: interruption.check,
      observe: (part) => {
        parts.push(part);
        if (options.json !== true) print(`${lineOf(part, options.to)}\n`);
      },
    });
  } finally {
    reporter.clear();
    await results.removeIfUnused();
  }
  if (options.json === true) printJson(parts, 2);
}

const lineOf = ({ part, sessions, hash, files }: ExportedPart, folder: string): string =>
  `${part}: ${formatCount(sessions)} sessions, ${hash.slice(0, 12)}: ${files
    .map((file) => displayPath(join(folder, file.name)))
    .join(', ')}`;

/** The data of a run as they were; or of a spec, be it that of a run with what the command line changes in it. */
async function openData(
  name: string,
  options: ExportArguments,
  reading: ReadAgain,
): Promise<Pick<ReopenedData, 'prepared' | 'plan'>> {
  const given = loadOptions(options);
  const folder = name.endsWith('.json') ? null : findRun(name, options.results);
  if (folder !== null && Object.keys(given).length === 0) return reopenData(folder, reading);
  if (folder !== null) await checkFiles(folder, [SPEC_FILE]);
  const resolved = await (folder === null
    ? loadSpec(name, given)
    : loadSpec(join(folder, SPEC_FILE), { seed: readRecord(folder).seed, ...given }));
  const prepared = await prepare(resolved, { ...reading, keep: true }, undefined, resolved.spec.seeds[0]);
  return { prepared, plan: makePlan(prepared) };
}
