/** Lines of a shell that call sessionlab, in helps and documents, and whether a program that does nothing understands them. */
import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../src/cli.ts';

/** A program whose commands do nothing, and what it prints. */
export async function idleProgram(
  args: readonly string[],
): Promise<{ program: Command; printed: () => string }> {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const program = await createProgram(args);
  const still = (command: Command): void => {
    command.configureOutput({ writeOut: write, writeErr: write, outputError: write });
    if (command.commands.length === 0) command.action(() => undefined);
    for (const each of command.commands) still(each);
  };
  still(program);
  return { program, printed: () => text };
}

/** The words behind `sessionlab` in a line of a shell, as far as the line is its command; null when it has none. */
export function wordsOf(line: string): readonly string[] | null {
  const [shell = ''] = line.split(/ {3,}|\s+# /);
  const words = (shell.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) =>
    word.replaceAll(/['"]/g, ''),
  );
  const from = words.indexOf('sessionlab');
  if (from < 0) return null;
  const rest = words.slice(from + 1);
  const to = rest.findIndex((word) => /^(\||>|&&|&)$/.test(word));
  return to < 0 ? rest : rest.slice(0, to);
}

/** What is wrong with a command line; null where the program understands it, or it only asks for help. */
export async function misunderstood(words: readonly string[]): Promise<string | null> {
  const { program, printed } = await idleProgram(words);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return String(error);
    if (error.exitCode !== 0) return printed();
  }
  return null;
}
