/** `sessionlab data synth`: the capture of a recipe, or the captures and labels of its days. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { makeFolder } from '../disk/index.ts';
import { FaultError } from '../fault/index.ts';
import { loadManifest, loadManifestFile, loadRecipeFile, type Recipe } from '../spec/index.ts';
import { writeSyntheticCapture, writeSyntheticDays } from '../synth/index.ts';
import { displayPath, formatBytes, formatCount } from '../text/index.ts';
import { defineCommand } from './define.ts';
import { FORCE_OPTION, refuseExisting } from './options.ts';
import { seedNumber, wholeNumber } from './parse.ts';

interface SynthOptions {
  readonly out: string;
  readonly seed?: number;
  readonly sessions?: number;
  readonly force?: boolean;
}

export const synthCommand = defineCommand({
  name: 'synth',
  description: 'Make the capture of a recipe.',
  operands: [['<recipe>', 'a synthetic data set, or a file']],
  options: [
    new Option(
      '--out <path>',
      'the capture; of a recipe with days the folder for them',
    ).makeOptionMandatory(),
    ['--seed <number>', 'in place of that of the recipe', seedNumber],
    ['--sessions <number>', 'in place of those of the recipe', wholeNumber('--sessions', 1)],
    FORCE_OPTION,
  ],
  notes: `
RECIPE is the name of a synthetic data set, a manifest, or a file with a recipe alone. The same recipe makes the same
bytes on every machine. Of a recipe with days --out is a folder: a capture for each day, and labels in the XML of
ISCX 2012.`,
  examples: [
    'sessionlab data synth synthetic-office --out office.pcap',
    'sessionlab data synth synthetic-office --sessions 100 --seed 7 --out small.pcap',
    'sessionlab data synth my-network.json --out mine.pcap',
    'sessionlab data synth synthetic-iscx --out iscx/',
  ],
  exitCodes: { 2: 'the command line or the recipe is wrong' },
  run: async ([name]: readonly [string], options: SynthOptions, { print }) => {
    const { out, seed, sessions } = options;
    const recipe = {
      ...(await findRecipe(name)),
      ...(seed === undefined ? {} : { seed }),
      ...(sessions === undefined ? {} : { sessions }),
    };
    refuseExisting(out, options);
    print(recipe.days === undefined ? await makeCapture(recipe, out) : await makeDays(recipe, out));
  },
});

/** Makes a capture. @returns what to say of it */
async function makeCapture(recipe: Recipe, out: string): Promise<string> {
  await makeFolder(dirname(out));
  const { packets, bytes, sessions } = await writeSyntheticCapture(recipe, out);
  return lineOf(out, bytes, packets, sessions);
}

/** Makes a folder with a capture for each day, and labels. @returns what to say of each */
async function makeDays(recipe: Recipe, out: string): Promise<string> {
  await makeFolder(out);
  const lines = (await writeSyntheticDays(recipe, out)).flatMap(
    ({ capture, labels, bytes, packets, sessions, flows }) => [
      lineOf(join(out, capture), bytes, packets, sessions),
      ...(labels === null || flows === null
        ? []
        : [
            `${displayPath(join(out, labels))}: ${formatCount(flows.records)} records, ` +
              `${formatCount(flows.attackFlows)} flows of attacks\n`,
          ]),
    ],
  );
  return lines.join('');
}

const lineOf = (path: string, bytes: number, packets: number, sessions: number): string =>
  `${displayPath(path)}: ${formatBytes(bytes)}, ${formatCount(packets)} packets, ${formatCount(sessions)} sessions\n`;

/** The recipe of a synthetic data set, of a manifest, or of a file with nothing else. */
async function findRecipe(text: string): Promise<Recipe> {
  const isFile = text.endsWith('.json') || text.includes('/');
  if (isFile && existsSync(text)) {
    const recipe = await loadRecipeFile(text);
    if (recipe !== undefined) return recipe;
  }
  const manifest = isFile ? await loadManifestFile(text) : await loadManifest(text, process.cwd(), 'recipe');
  if (manifest.kind === 'synthetic') return manifest.recipe;
  throw new FaultError({
    place: text,
    problem: 'its captures are real: there is no recipe to make them by',
    cure: `\`sessionlab data fetch ${manifest.name}\`, or name a synthetic data set`,
  });
}
