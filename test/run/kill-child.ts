/** A run in a process of its own that says when it begins: `SPEC OUT [STEPS BETWEEN CHECKPOINTS]`. */
import { reportError } from '../../src/command/end.ts';
import { endWith } from '../../src/command/streams.ts';
import { listenForSignals } from '../../src/fault/index.ts';
import { specReport } from '../../src/report/index.ts';
import { runSpec } from '../../src/sweep/index.ts';
import { createReporter } from '../../src/text/index.ts';

const [spec = '', out = '', every = ''] = process.argv.slice(2);
process.stdout.write('begins\n');
const reporter = createReporter({ write: () => true }, process.stderr);
try {
  const { failure } = await runSpec({
    spec,
    load: {},
    out,
    threads: 1,
    observe: specReport(reporter),
    interruption: listenForSignals(() => undefined),
    checkpointEvery: every === '' ? null : Number(every),
  });
  if (failure !== null) throw failure;
  await endWith(0);
} catch (error) {
  await endWith(reportError(error));
}
