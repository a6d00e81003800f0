/** `sessionlab study`: figures, tables and claimed numbers, bound to the specs that they come from. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  buildStudy,
  checkClaims,
  differencesFrom,
  formatClaims,
  REPORT_FORMATS,
  type ReportContents,
  readStudy,
  reportOf,
  type Study,
  specOf,
  writeReport,
} from '../report/index.ts';
import { locateShipped } from '../spec/index.ts';
import { finishedFolders } from '../sweep/index.ts';
import { displayPath, plural } from '../text/index.ts';
import { type Context, defineCommand, defineGroup } from './define.ts';
import { missingRuns } from './missing-runs.ts';
import { DATA_OPTION, RESULTS_OPTION } from './options.ts';
import { threadCount } from './parse.ts';

interface StudyOptions {
  readonly results: string;
  readonly out?: string;
  readonly data?: string;
}

interface BuildOptions extends StudyOptions {
  readonly threads: number;
}

const FORMATS = REPORT_FORMATS.filter((format) => format !== 'html' && format !== 'card');

/** Where the files of a study go: by default below the working folder, named by it. */
const folderOf = (study: Study, { out }: StudyOptions): string => out ?? study.name;

const OUT = [
  '--out <folder>',
  'where the figures and tables are (default: a folder of the name of the study)',
] as const;
const THREADS = ['--threads <number>', 'threads', threadCount, availableParallelism()] as const;

const build = defineCommand({
  name: 'build',
  description:
    'Run what is missing of a study, make its figures and tables, and hold its claims against the results.',
  operands: [['<study>', 'file of a study']],
  options: [OUT, RESULTS_OPTION, THREADS, DATA_OPTION],
  examples: ['sessionlab study build experiments/quickstart.study'],
  exitCodes: {
    0: 'all is made, and every claim holds',
    1: 'a claim does not hold; or a defect of sessionlab',
    2: 'the study or a spec is wrong',
    3: 'data cannot be used',
  },
  run: async ([path]: readonly [string], options: BuildOptions, context) => {
    const study = readStudy(locateShipped(path));
    const reports = await reportsOf(study, (spec) => makeRuns(spec, options, context));
    const checked = checkClaims(study, reports);
    const folder = folderOf(study, options);
    const { check } = context.interruption;
    const files = await buildStudy(study, reports, checked, { formats: FORMATS, check });
    await writeReport(folder, files);
    context.print(`${displayPath(folder)}: ${plural(files.size, 'file')}\n${formatClaims(checked)}`);
    return checked.every(({ holds }) => holds) ? ExitCode.ok : 1;
  },
});

const check = defineCommand({
  name: 'check',
  description:
    'Fail where a claimed number of a study no longer holds, or where its figures and tables, if they are there, are not what the results give.',
  operands: [['<study>', 'file of a study']],
  options: [OUT, RESULTS_OPTION, DATA_OPTION],
  notes: `
Nothing is trained: results must be there ("sessionlab study build" makes them).`,
  examples: ['sessionlab study check experiments/quickstart.study'],
  exitCodes: {
    0: 'every claim holds',
    1: 'a claim does not hold, or a file is other; or a defect of sessionlab',
    2: 'the study is wrong, or results are missing',
    3: 'data cannot be used',
  },
  run: async ([path]: readonly [string], options: StudyOptions, context) => {
    const study = readStudy(locateShipped(path));
    const load = options.data === undefined ? {} : { data: options.data };
    const reports = await reportsOf(study, (spec) => finishedFolders(spec, load, options.results));
    const checked = checkClaims(study, reports);
    context.print(formatClaims(checked));
    const folder = folderOf(study, options);
    if (existsSync(folder)) {
      const files = await buildStudy(study, reports, checked, {
        formats: FORMATS,
        check: context.interruption.check,
      });
      const faults = differencesFrom(folder, files);
      if (faults.length > 0) throw new FaultError(faults, 1);
    }
    return checked.every(({ holds }) => holds) ? ExitCode.ok : 1;
  },
});

/** What every spec of a study gives, whose folders of runs are given. @throws FaultError where one is missing or damaged */
async function reportsOf(
  study: Study,
  foldersOf: (spec: string) => Promise<readonly (string | null)[]>,
): Promise<ReadonlyMap<string, ReportContents>> {
  const reports = new Map<string, ReportContents>();
  for (const of of Object.keys(study.specs)) {
    const folders = await foldersOf(specOf(study, of));
    const there = folders.filter((folder) => folder !== null);
    if (there.length < folders.length)
      throw new FaultError({
        place: `${displayPath(study.path)}: /specs/${of}`,
        problem: `${there.length} of ${plural(folders.length, 'run')} are there`,
        cure: `make the others: sessionlab study build ${displayPath(study.path)}`,
      });
    reports.set(of, await reportOf([there]));
  }
  return reports;
}

/** Runs what is missing of a spec. @returns the folders of all its runs */
async function makeRuns(
  spec: string,
  { results, ...options }: BuildOptions,
  context: Context,
): Promise<readonly string[]> {
  const runs = await missingRuns(spec, { ...options, out: results }, context);
  return runs.map(({ folder }) => folder);
}

export const command = defineGroup(
  {
    name: 'study',
    description: 'Figures, tables and claimed numbers, bound to the specs that they come from.',
    notes: `
A study is a file of JSON: specs by name; figures and tables, each one of "sessionlab report" of a spec; and claims, each a
metric of a spec (its mean over seeds, or the paired difference from another cell) with its value and tolerance. See
docs/report.md.`,
    examples: [
      'sessionlab study build experiments/quickstart.study',
      'sessionlab study check experiments/quickstart.study',
    ],
  },
  [build, check],
);
