/** `sessionlab mlflow …` as a program. */
import { endWith, reportError } from '../../src/command/end.ts';
import { command as mlflowCommand } from '../../src/command/mlflow.ts';

try {
  await mlflowCommand().exitOverride().parseAsync(process.argv.slice(2), { from: 'user' });
  await endWith(Number(process.exitCode ?? 0));
} catch (error) {
  await endWith(reportError(error));
}
