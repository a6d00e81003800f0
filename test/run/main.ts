/** The command `run` in a process of its own, ended as the program ends: for tests that send signals. */
import { Command } from 'commander';
import { reportError } from '../../src/command/end.ts';
import { command as runCommand } from '../../src/command/run.ts';
import { endWith, guardStreams } from '../../src/command/streams.ts';

guardStreams();
const program = new Command('sessionlab').exitOverride();
program.addCommand(runCommand().exitOverride());
try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
  await endWith(Number(process.exitCode ?? 0));
} catch (error) {
  await endWith(reportError(error));
}
