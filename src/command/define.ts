/**
 * A command is a value: its arguments, options, notes, examples and exit codes, and what it does in a context that it is
 * given. This file alone knows how commander is told.
 */
import { Command, type Option } from 'commander';
import type { ExitCode } from '../fault/index.ts';
import { type Interruption, listenForSignals } from '../run/index.ts';
import { createReporter, type Reporter } from '../text/index.ts';

/** An option: `--threads <number>`, what it means, how its text is read, its default; or one of commander's own. */
export type OptionRow =
  | Option
  | readonly [flags: string, help: string, parse?: Parse | undefined, preset?: unknown];
/** Reads the text of an option; one that may be repeated is given what stood before. @throws FaultError */
export type Parse = (text: string, before: never) => unknown;

/** A line of a shell, and what it is for. */
export type Example = string | readonly [line: string, meaning: string];

/** What a command is. `Operands` are its arguments in their order, `Options` what its options are read as. */
export interface CommandDefinition<Operands extends readonly unknown[], Options extends object> {
  readonly name: string;
  readonly description: string;
  /** `<spec>`, `[captures...]`, with what it is and its default. */
  readonly operands?: readonly (readonly [form: string, help: string, preset?: unknown])[];
  readonly options?: readonly OptionRow[];
  /** Paragraphs of the help before the examples. */
  readonly notes?: string;
  readonly examples: readonly Example[];
  /** What each exit code says. */
  readonly exitCodes?: Readonly<Partial<Record<ExitCode, string>>>;
  /** Does it. @returns the exit code where it is another than 0 @throws FaultError */
  readonly run: (
    operands: Operands,
    options: Options,
    context: Context,
  ) => Promise<ExitCode | void> | ExitCode | void;
}

/** What a command works with besides what it was told. */
export interface Context {
  /** Writes to standard output. */
  print(text: string): void;
  /** Writes a value as JSON to standard output, as one line or, with an indentation, as several. */
  printJson(value: unknown, indent?: number): void;
  /** Facts on standard output, or on standard error where that has JSON; progress on standard error. */
  readonly reporter: Reporter;
  /** Signals are heard from the first time that it is asked for until the command ends. */
  readonly interruption: Interruption;
}

/** Makes the command, anew for each program that it is added to. */
export function defineCommand<Operands extends readonly unknown[], Options extends object>(
  definition: CommandDefinition<Operands, Options>,
): () => Command {
  return () => {
    const { name, description, operands = [], options = [] } = definition;
    const command = new Command(name).description(description);
    for (const [form, help, preset] of operands) command.argument(form, help, preset);
    addOptions(command, options);
    return command.addHelpText('after', helpOf(definition)).action(async (...given: unknown[]) => {
      const self = given.pop() as Command;
      const chosen = given.pop() as Options;
      const { context, end } = createContext(self, 'json' in chosen && chosen.json === true);
      try {
        const code = await definition.run(given as unknown as Operands, chosen, context);
        if (typeof code === 'number') process.exitCode = code;
      } finally {
        end();
      }
    });
  };
}

/** A command that is nothing but the name of others. */
export function defineGroup(
  group: {
    readonly name: string;
    readonly description: string;
    readonly notes?: string;
    readonly examples: readonly Example[];
  },
  commands: readonly (() => Command)[],
): () => Command {
  return () => {
    const command = new Command(group.name)
      .description(group.description)
      .addHelpText('after', helpOf(group));
    for (const make of commands) command.addCommand(make());
    return command;
  };
}

function addOptions(command: Command, rows: readonly OptionRow[]): void {
  for (const row of rows) {
    if (!Array.isArray(row)) command.addOption(row as Option);
    else {
      const [flags, help, parse, preset] = row as Exclude<OptionRow, Option>;
      if (parse === undefined) command.option(flags, help, preset as string | undefined);
      else command.option(flags, help, parse as (text: string, before: unknown) => unknown, preset);
    }
  }
}

/** The part of the help behind the options. */
function helpOf({
  notes,
  examples,
  exitCodes = {},
}: Pick<CommandDefinition<readonly unknown[], object>, 'notes' | 'examples' | 'exitCodes'>): string {
  const width = Math.max(...examples.map((example) => (typeof example === 'string' ? 0 : example[0].length)));
  const lines = examples.map((example) =>
    typeof example === 'string' ? `  $ ${example}` : `  $ ${example[0].padEnd(width)}   ${example[1]}`,
  );
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `${code.padStart(5)}  ${meaning}`);
  return [
    ...(notes === undefined ? [] : ['', notes.trim()]),
    '',
    'Examples:',
    ...lines,
    ...(codes.length === 0 ? [] : ['', 'Exit codes:', ...codes]),
  ].join('\n');
}

function createContext(command: Command, json: boolean): { context: Context; end: () => void } {
  const print = (text: string) => void command.configureOutput().writeOut?.(text);
  let reporter: Reporter | undefined;
  let interruption: Interruption | undefined;
  const context: Context = {
    print,
    printJson: (value, indent) => print(`${JSON.stringify(value, null, indent)}\n`),
    get reporter() {
      reporter ??= createReporter(json ? process.stderr : { write: print }, process.stderr);
      return reporter;
    },
    get interruption() {
      interruption ??= listenForSignals(() =>
        context.reporter.line('stopping after this step; again stops at once …'),
      );
      return interruption;
    },
  };
  return {
    context,
    end() {
      reporter?.clear();
      interruption?.dispose();
    },
  };
}
