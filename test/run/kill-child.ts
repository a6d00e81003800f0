/** A run in a process of its own that says when it begins: `SPEC OUT [STEPS BETWEEN CHECKPOINTS]`. */
import { endWith, reportError } from '../../src/command/end.ts';
import { listenForSignals, runExperiment } from '../../src/run/index.ts';
import { createReporter } from '../../src/text/index.ts';

const [spec = '', out = '', every = ''] = process.argv.slice(2);
process.stdout.write('begins\n');
const reporter = createReporter({ write: () => true }, process.stderr);
try {
  const { failure } = await runExperiment({
    spec,
    load: {},
    out,
    threads: 1,
    reporter,
    interruption: listenForSignals(() => undefined),
    checkpointEvery: every === '' ? null : Number(every),
  });
  if (failure !== null) throw failure;
  await endWith(0);
} catch (error) {
  await endWith(reportError(error));
}
