/** `sessionlab mlflow …` as a program. */
import { reportError } from '../../src/command/end.ts';
import { command as mlflowCommand } from '../../src/command/mlflow.ts';
import { endWith } from '../../src/command/streams.ts';

try {
  await mlflowCommand().exitOverride().parseAsync(process.argv.slice(2), { from: 'user' });
  await endWith(Number(process.exitCode ?? 0));
} catch (error) {
  await endWith(reportError(error));
}
