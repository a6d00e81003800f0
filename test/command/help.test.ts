import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Command, CommanderError } from 'commander';
import { COMMANDS, createProgram } from '../../src/cli.ts';

/** A program whose commands do nothing, and what it prints. */
async function idleProgram(args: readonly string[]): Promise<{ program: Command; printed: () => string }> {
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

/** What `sessionlab … --help` prints. */
async function helpOf(...names: readonly string[]): Promise<string> {
  const { program, printed } = await idleProgram([...names, '--help']);
  await assert.rejects(
    program.parseAsync([...names, '--help'], { from: 'user' }),
    (error) => error instanceof CommanderError && error.exitCode === 0,
  );
  return printed();
}

/** The words behind `sessionlab` in a line of a shell, as far as the line is its command; null when it has none. */
function wordsOf(line: string): readonly string[] | null {
  const [shell = ''] = line.split(/ {3,}/);
  const words = (shell.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) =>
    word.replaceAll(/['"]/g, ''),
  );
  const from = words.indexOf('sessionlab');
  if (from < 0) return null;
  const rest = words.slice(from + 1);
  const to = rest.findIndex((word) => word === '|' || word === '>');
  return to < 0 ? rest : rest.slice(0, to);
}

const examplesIn = (help: string): readonly string[] =>
  [...help.matchAll(/^ {2}\$ (.*)$/gm)].map((match) => match[1]!);

/** Every command and subcommand, by its words. */
const all: (readonly string[])[] = [[]];
for (const [name, [, load]] of Object.entries(COMMANDS)) {
  all.push([name]);
  for (const each of (await load()).command().commands) all.push([name, each.name()]);
}

describe('the help of every command', () => {
  for (const names of all)
    it(['sessionlab', ...names].join(' '), async () => {
      const help = await helpOf(...names);
      const own = ['sessionlab', ...names].join(' ');
      const examples = examplesIn(help);
      assert.ok(
        examples.some((line) => line.includes(own)),
        `no example of ${own}`,
      );
      const codes = [...help.slice(help.indexOf('Exit codes:')).matchAll(/^ +(\d+) {2}\S/gm)].map(
        ([, code]) => Number(code),
      );
      assert.deepEqual(
        codes.filter((code) => code !== 3 && code !== 141),
        [0, 1, 2, 4, 130],
      );
      // What trains stops after a checkpoint when nobody reads what it prints.
      const trains = ['run', 'sweep', 'retry', 'ladder'].includes(names.join(' '));
      assert.equal(codes.includes(141), trains);
      assert.equal(new Set(codes).size, codes.length);
      for (const line of examples) {
        const words = wordsOf(line);
        if (words === null) continue;
        const { program, printed } = await idleProgram(words);
        await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => {
          const shown = error instanceof CommanderError && error.exitCode === 0;
          assert.ok(shown, `${line}: ${printed()}${error}`);
        });
      }
    });

  it('would find an option or a command that does not exist, and a value that is refused', async () => {
    for (const line of [
      'sessionlab run x.json --thread 2 | jq .',
      'sessionlab data fetsch bigflows   what it is for',
      'A=b sessionlab doctor --threads 0',
      'sessionlab mlflow sync one two',
    ]) {
      const words = wordsOf(line)!;
      const { program } = await idleProgram(words);
      await assert.rejects(program.parseAsync(words, { from: 'user' }), line);
    }
  });
});
