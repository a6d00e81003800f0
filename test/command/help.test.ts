import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { COMMANDS } from '../../src/cli.ts';
import { idleProgram, misunderstood, wordsOf } from '../support/command-line.ts';

/** What `sessionlab … --help` prints. */
async function helpOf(...names: readonly string[]): Promise<string> {
  const { program, printed } = await idleProgram([...names, '--help']);
  await assert.rejects(
    program.parseAsync([...names, '--help'], { from: 'user' }),
    (error) => error instanceof CommanderError && error.exitCode === 0,
  );
  return printed();
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
        assert.equal(await misunderstood(words), null, line);
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
      assert.notEqual(await misunderstood(words), null, line);
    }
  });
});
