/** `sessionlab explain`: shows what the network of a run attended to. */
import { colorMode, type ExplainOptions, explain, unverifiedNote } from '../report/index.ts';
import { findRun } from '../results/index.ts';
import { defineCommand } from './define.ts';
import { RESULTS_OPTION } from './options.ts';

export const command = defineCommand({
  name: 'explain',
  description:
    'Show test sessions of a run with the attention that the network paid to every byte (blue) and packet (red), ' +
    'the bytes that the morph edited (underlined), and how much attention they got.',
  operands: [['<run>', 'run folder, experiment or "latest"']],
  options: [
    ['-s, --session <id>', 'session id, or a text in its endpoints such as :443'],
    ['-k, --kind <kind>', 'sessions of this actual kind'],
    ['-a, --all', 'all sessions that match, not only the first'],
    ['-l, --list', 'list the sessions, a line each'],
    ['--json', 'print the records as JSON, a line each'],
    RESULTS_OPTION,
  ],
  notes: `
RUN is a run folder, an experiment, or "latest". Which sessions a run keeps is said by the part "attention" of its spec.
NO_COLOR turns colours off, FORCE_COLOR=1 (256 colours) or FORCE_COLOR=3 (24 bits) on where the output is no terminal.`,
  examples: [
    ['sessionlab explain latest', 'a recognised anomaly of the last run'],
    ['sessionlab explain quickstart --list', 'which sessions there are'],
    'sessionlab explain quickstart/3fa4/1 --session 1234',
    ['sessionlab explain latest --session 10.0.0.5 --all', 'all sessions with this text in an endpoint'],
    'sessionlab explain latest --kind normal',
    'sessionlab explain latest --all --json | jq .predicted',
  ],
  exitCodes: {
    2: 'there is no such run, or no session that was asked for',
    3: 'the run has no attention records, or they are damaged',
  },
  run: async ([run]: readonly [string], options: ExplainOptions, { printStyled, reporter }) => {
    const out = process.stdout;
    const color = colorMode(process.env, out.isTTY === true, out.isTTY === true ? out.getColorDepth() : 1);
    const folder = findRun(run, options.results);
    const note = unverifiedNote([folder]);
    if (note !== null) reporter.line(note);
    printStyled(explain(folder, options, { color, width: out.columns ?? 100 }));
  },
});
