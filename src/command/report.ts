/** `sessionlab report`: figures, tables and a page out of results. */
import { FaultError } from '../fault/index.ts';
import {
  buildReport,
  differencesFrom,
  REPORT_FORMATS,
  type ReportFormat,
  reportOf,
  unverifiedNote,
  writeReport,
} from '../report/index.ts';
import { findFinished, findRun } from '../results/index.ts';
import { displayPath, plural } from '../text/index.ts';
import { defineCommand } from './define.ts';
import { FORCE_OPTION, RESULTS_OPTION, refuseExisting } from './options.ts';
import { namesOf } from './parse.ts';

interface ReportOptions {
  readonly results: string;
  readonly out: string;
  readonly format: readonly ReportFormat[];
  readonly check?: boolean;
  readonly force?: boolean;
}

export const command = defineCommand({
  name: 'report',
  description:
    'Make figures and tables for print, and a page to look at, from one run or the cells of a sweep.',
  operands: [['<run...>', 'experiments, or folders of runs']],
  options: [
    ['--out <folder>', 'where the files go', 'report'],
    [
      '--format <list>',
      'which of svg, pdf, png, html, md, tex, csv and card',
      namesOf('--format', REPORT_FORMATS),
      REPORT_FORMATS,
    ],
    ['--check', 'write nothing: fail where the folder does not hold what these results give'],
    RESULTS_OPTION,
    FORCE_OPTION,
  ],
  notes: `
figures/     confusion matrix; ROC, precision-recall and DET curves, with bands over seeds; accuracy by epoch; differences
             between the cells of a sweep; learning curve; reliance; reliability; attention, with what its card says
tables/      results, differences, kinds, baselines, reliance, as LaTeX (booktabs), Markdown and CSV
report.html  all of it and an explorer of the test sessions in one file that needs no network
cards.md     data card, model card and artefact appendix of each cell
report.json  every caption, every file with its SHA-256, and the result hashes that it was made from

Figures are one or two columns of a page wide (89 and 182 mm), vectors in SVG and PDF, with the letters of their font. The
same results give the same bytes on every machine: there is no date in them, and no path.`,
  examples: [
    'sessionlab report latest',
    'sessionlab report attention --out paper/figures --format pdf,tex',
    'sessionlab report results/quickstart --out report --check',
  ],
  exitCodes: {
    0: 'it is made, or is as it should be',
    1: 'with --check: a file is missing or other; or a defect of sessionlab',
    2: 'there is no such run, or the command line is wrong',
    3: 'a run is damaged',
  },
  run: async (
    [names]: readonly [readonly string[]],
    { results, out, format, check, force }: ReportOptions,
    { print, reporter, interruption },
  ) => {
    if (check !== true) refuseExisting(out, { force: force === true });
    const lists = names.map((name) =>
      name === 'latest' ? [findRun(name, results)] : findFinished(name, results),
    );
    const note = unverifiedNote(lists.flat());
    if (note !== null) reporter.line(note);
    const contents = await reportOf(lists);
    const files = await buildReport(contents, { formats: format, check: interruption.check });
    if (check === true) {
      const faults = differencesFrom(out, files);
      if (faults.length > 0) throw new FaultError(faults, 1);
      print(`${displayPath(out)}: ${plural(files.size, 'file')}, as these results give them\n`);
      return;
    }
    await writeReport(out, files);
    const { figures, tables } = contents;
    print(
      `${displayPath(out)}: ${plural(figures.length, 'figure')}, ${plural(tables.length, 'table')}, ${plural(files.size, 'file')}\n`,
    );
  },
});
