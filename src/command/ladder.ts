/** `sessionlab ladder`: what each defect of a replication does to the score. */
import { fileURLToPath } from 'node:url';
import { formatLadder, ladderCsv } from '../report/index.ts';
import { convergenceOf } from '../sweep/index.ts';
import { defineCommand } from './define.ts';
import { SWEEP_EXIT_CODES, SWEEP_OPTIONS, sweepAction } from './sweep-options.ts';

/** The ladder that comes with sessionlab. */
const LADDER = fileURLToPath(new URL('../../experiments/replication/ladder.json', import.meta.url));

export const command = defineCommand({
  name: 'ladder',
  description:
    'Run the defect ladder over paired seeds, and print what each defect adds to the score, with intervals.',
  operands: [['[spec]', 'a sweep whose first cell is the one without defects', LADDER]],
  options: [...SWEEP_OPTIONS, ['--csv', 'print CSV, a line for each rung, metric and presentation']],
  notes: `
A ladder is a sweep whose first cell is right and whose others each have one defect of a published experiment, with the
same seeds. What a defect adds to the score is tested by the primary metric, accuracy, with Holm's correction for all rungs.
Where the spec has evaluation.presentations, the weights of every rung are also tested with the test sessions presented
otherwise: what is lost by that is what the network relies on, which two scores with the same defect in training and test
cannot show. The one that comes with sessionlab (experiments/replication/ladder.json) has those of the Deep Session Learning
article and its code; experiments/replication/README.md says what each is, and what is not reproduced. It runs as sweep
does: it goes on where it was stopped, with workers or on a cluster.`,
  examples: [
    'sessionlab ladder',
    'sessionlab ladder --dry-run',
    'sessionlab ladder --dataset bigflows --set network.packet.units=100 --set network.session.units=100 --workers 2',
    'sessionlab ladder --csv > ladder.csv',
    'sessionlab ladder my-ladder.json',
  ],
  exitCodes: SWEEP_EXIT_CODES,
  run: sweepAction(false, ({ groups, runs }, { csv }) => {
    if (csv === true) return ladderCsv(groups);
    const finished = runs.flatMap(({ folder, metrics }) => (metrics === null ? [] : [folder]));
    return formatLadder(groups, convergenceOf(finished));
  }),
});
