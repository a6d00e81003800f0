/** `sessionlab data`: data sets on this machine — what is known, what is there, how it gets there, what is in it. */
import { Command } from 'commander';
import type { Terminal } from '../text/index.ts';
import { type DataFlags, fetchData, type ListFlags, listData, verifyData } from './data-files.ts';
import { type InspectDataFlags, inspectData } from './data-inspect.ts';
import { type SynthFlags, synthesise } from './data-synth.ts';
import { append, DATA_HELP, parseSeed } from './spec-options.ts';

const HELP = `
A data set is a manifest: datasets/NAME.json in a folder above the one you are in, or one that comes with sessionlab. Its
files go to DATA/NAME/, where DATA is that of --data, else of the variable SESSIONLAB_DATA, else where the system keeps
the data of programs (~/.local/share/sessionlab on Linux).

Examples:
  $ sessionlab data list
  $ sessionlab data fetch bigflows
  $ sessionlab run experiments/bigflows.json           reads it from there
  $ sessionlab data inspect iscx2012 --day testbed-13jun
  $ sessionlab data synth synthetic-office --out office.pcap
  $ sessionlab data fetch --help`;

const LIST_HELP = `
Examples:
  $ sessionlab data list
  $ sessionlab data list --data /mnt/captures
  $ sessionlab data list --json | jq '.sets[] | select(.complete) | .name'`;

const FETCH_HELP = `
What is there already is verified and kept. A download that broke off goes on where it stopped, if the server still has
the same file. Only a file that is whole and has the right size and SHA-256 gets its name; where no SHA-256 is published,
what arrives first is pinned in DATA/NAME/pins.json and held against everything later. Honoured: http_proxy,
https_proxy, all_proxy and no_proxy.

Where a data set asks for a registration, or the network is closed, it is said what to do by hand: files that are put
into the folder count as if they had been fetched.

Examples:
  $ sessionlab data fetch bigflows
  $ sessionlab data fetch ctu13 --day scenario-9 --data /mnt/captures
  $ https_proxy=http://proxy.example:3128 sessionlab data fetch smallflows
  $ sessionlab data fetch iscx2012                     says how to get it, and what is still missing

Exit codes: 0 everything is there, 2 the command line is wrong, 3 files are missing, wrong or have changed, 4 the disk or
the network refuses, 130 interrupted (what arrived is kept).`;

const VERIFY_HELP = `
Examples:
  $ sessionlab data verify bigflows
  $ sessionlab data verify iscx2012 --day testbed-12jun --day testbed-13jun

Exit codes: 0 everything is there and right, 3 files are missing or wrong.`;

const INSPECT_HELP = `
Reads the captures that are there, day by day, and joins the labels to their sessions: how many sessions have which
label, how they came by it, and how far the clock of the labels is from that of the captures.

Examples:
  $ sessionlab data inspect iscx2012
  $ sessionlab data inspect ctu13 --day scenario-1 --json

Exit codes: 0 it worked, 3 a file cannot be used or the clock offset cannot be told.`;

const SYNTH_HELP = `
RECIPE is the name of a synthetic data set, a manifest, or a file with a recipe alone. The same recipe makes the same
bytes on every machine. Of a recipe with days --out is a folder: a capture for each day, and labels in the XML of
ISCX 2012.

Examples:
  $ sessionlab data synth synthetic-office --out office.pcap
  $ sessionlab data synth synthetic-office --sessions 100 --seed 7 --out small.pcap
  $ sessionlab data synth my-network.json --out mine.pcap
  $ sessionlab data synth synthetic-iscx --out iscx/`;

/** The command, ready to be added to the program. */
export function dataCommand(): Command {
  const command = new Command('data')
    .summary('list, fetch, verify, inspect and make data sets')
    .description('Data sets: what is known, what is there, how it gets there, and what is in it.')
    .addHelpText('after', HELP);
  command
    .command('list')
    .description('List all data sets, and what of them is there.')
    .option('--data <folder>', DATA_HELP)
    .option('--json', 'print a JSON object')
    .addHelpText('after', LIST_HELP)
    .action((options: ListFlags, self: Command) => listData(options, outputOf(self)));
  withFiles(command.command('fetch'), 'which days or scenarios to fetch; may be repeated (default: all)')
    .description('Download what is missing of a data set, and verify what is there.')
    .addHelpText('after', FETCH_HELP)
    .action((name: string, options: DataFlags, self: Command) => fetchData(name, options, outputOf(self)));
  withFiles(command.command('verify'), 'which days or scenarios to verify; may be repeated (default: all)')
    .description('Read all files of a data set and hold them against their SHA-256.')
    .addHelpText('after', VERIFY_HELP)
    .action((name: string, options: DataFlags, self: Command) => verifyData(name, options, outputOf(self)));
  withFiles(command.command('inspect'), 'which days or scenarios to inspect; may be repeated (default: all)')
    .description('Show days and files of a data set, and the sessions and labels of what is there.')
    .option('--json', 'print a JSON object')
    .addHelpText('after', INSPECT_HELP)
    .action((name: string, options: InspectDataFlags, self: Command) =>
      inspectData(name, options, outputOf(self)),
    );
  command
    .command('synth')
    .description('Make the capture of a recipe.')
    .argument('<recipe>', 'a synthetic data set, or a file')
    .requiredOption('--out <path>', 'the capture; of a recipe with days the folder for them')
    .option('--seed <number>', 'in place of that of the recipe', parseSeed)
    .option('--sessions <number>', 'in place of those of the recipe', (text) => Number(text))
    .addHelpText('after', SYNTH_HELP)
    .action((recipe: string, options: SynthFlags, self: Command) =>
      synthesise(recipe, options, outputOf(self)),
    );
  return command;
}

const outputOf = (command: Command): Terminal => ({
  write: (text) => command.configureOutput().writeOut?.(text),
});

function withFiles(command: Command, days: string): Command {
  return command
    .argument('<name>', 'the data set, see sessionlab data list')
    .option('--day <name>', days, append)
    .option('--data <folder>', DATA_HELP);
}
