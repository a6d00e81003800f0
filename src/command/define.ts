/**
 * A command is a value: its arguments, options, notes, examples and exit codes, and what it does in a context that it is
 * given. This file alone knows how commander is told.
 */
import { Command, Option } from 'commander';
import { ExitCode, listenForSignals, type SignalInterruption } from '../fault/index.ts';
import { createReporter, jsonText, onTerminal, type Reporter } from '../text/index.ts';

/** An option: `--threads <number>`, what it means, how its text is read, its default; or one of commander's own. */
export type OptionRow =
  | Option
  | readonly [flags: string, help: string, preset?: string]
  | readonly [flags: string, help: string, parse: Parse, preset?: unknown];
/** Reads the text of an option; one that may be repeated is given what stood before. @throws FaultError */
export type Parse = (text: string, before: never) => unknown;

/** What the help says behind the options. */
interface HelpTexts {
  /** Paragraphs before the examples. */
  readonly notes?: string;
  /** Lines of a shell, some with what they are for. */
  readonly examples: readonly (string | readonly [line: string, meaning: string])[];
  /** What an exit code says of this command, where it says more or something else than of any. */
  readonly exitCodes?: Readonly<Partial<Record<ExitCode, string>>>;
}

/** What a command is. `Operands` are its arguments in their order, `Options` what its options are read as. */
export interface CommandDefinition<Operands extends readonly unknown[], Options extends object>
  extends HelpTexts {
  readonly name: string;
  readonly description: string;
  /** `<spec>`, `[captures...]`, with what it is and its default. */
  readonly operands?: readonly (readonly [form: string, help: string, preset?: unknown])[];
  readonly options?: readonly OptionRow[];
  /** Does it. @returns the exit code where it is another than 0 @throws FaultError */
  readonly run: (
    operands: Operands,
    options: Options,
    context: Context,
  ) => Promise<ExitCode | undefined> | Promise<void>;
}

/** What a command works with besides what it was told. */
export interface Context {
  /** Writes to standard output. */
  print(text: string): void;
  /** As print, of a text that has colours: who made it has escaped all that is not its own. */
  printStyled(text: string): void;
  /** Writes a value as JSON to standard output, as one line or, with an indentation, as several. */
  printJson(value: unknown, indent?: number): void;
  /** Facts on standard output, or on standard error where that has JSON; progress on standard error. */
  readonly reporter: Reporter;
  /** Signals are heard from the first time that it is asked for until the command ends. */
  readonly interruption: SignalInterruption;
}

/** Makes the command, anew for each program that it is added to. */
export function defineCommand<Operands extends readonly unknown[], Options extends object>(
  definition: CommandDefinition<Operands, Options>,
): () => Command {
  return () => {
    const { name, description, operands = [], options = [] } = definition;
    const command = new Command(name).description(description).addHelpText('after', helpText(definition));
    for (const [form, help, preset] of operands) command.argument(form, help, preset);
    for (const row of options) {
      if (row instanceof Option) command.addOption(row);
      else command.option(...(row as [flags: string, help: string, preset?: string]));
    }
    return command.action(async (...given: unknown[]) => {
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
  group: HelpTexts & { readonly name: string; readonly description: string },
  commands: readonly (() => Command)[],
): () => Command {
  return () => {
    const command = new Command(group.name)
      .description(group.description)
      .addHelpText('after', helpText(group));
    for (const make of commands) command.addCommand(make());
    return command;
  };
}

/** What an exit code says of any command; that data cannot be used is said by those that read some. */
const EXIT_CODES: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.ok]: 'it worked',
  [ExitCode.defect]: 'a defect of sessionlab; SESSIONLAB_DEBUG=1 shows where',
  [ExitCode.usage]: 'the command line is wrong',
  [ExitCode.machine]: 'the machine refuses: disk, memory, permission',
  [ExitCode.interrupted]: 'interrupted',
};

/** The part of the help behind the options. */
export function helpText({ notes, examples, exitCodes }: HelpTexts): string {
  const width = Math.max(...examples.map((example) => (typeof example === 'string' ? 0 : example[0].length)));
  const lines = examples.map((example) =>
    typeof example === 'string' ? `  $ ${example}` : `  $ ${example[0].padEnd(width)}   ${example[1]}`,
  );
  const codes = Object.entries({ ...EXIT_CODES, ...exitCodes });
  return [
    ...(notes === undefined ? [] : ['', notes.trim()]),
    ...['', 'Examples:', ...lines],
    ...['', 'Exit codes:', ...codes.map(([code, meaning]) => `${code.padStart(5)}  ${meaning}`)],
  ].join('\n');
}

function createContext(command: Command, json: boolean): { context: Context; end: () => void } {
  let reporter: Reporter | undefined;
  let interruption: SignalInterruption | undefined;
  const printStyled = (text: string) => {
    reporter?.clear();
    command.configureOutput().writeOut?.(text);
  };
  const print = (text: string) => printStyled(onTerminal(text));
  const context: Context = {
    print,
    printStyled,
    printJson: (value, indent) => print(`${jsonText(value, indent)}\n`),
    get reporter() {
      reporter ??= createReporter(json ? process.stderr : { write: print }, process.stderr);
      return reporter;
    },
    get interruption() {
      interruption ??= listenForSignals((why) =>
        context.reporter.line(
          `${why === null ? '' : `${why}: `}stopping after this step; again stops at once …`,
        ),
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
