/** `sessionlab data synth`: the capture of a recipe, or the captures and labels of its days. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FaultError } from '../fault/index.ts';
import { loadManifest, loadManifestFile, loadRecipeFile, type Recipe } from '../spec/index.ts';
import { writeSyntheticCapture, writeSyntheticDays } from '../synth/index.ts';
import type { Terminal } from '../text/index.ts';
import { displayPath, formatBytes, formatCount } from '../text/index.ts';

export interface SynthFlags {
  readonly out: string;
  readonly seed?: number;
  readonly sessions?: number;
}

/** Makes a capture or, where the recipe has days, a folder of them. */
export async function synthesise(
  recipe: string,
  { out, seed, sessions }: SynthFlags,
  output: Terminal,
): Promise<void> {
  const found = await findRecipe(recipe);
  const wanted = {
    ...found,
    ...(seed === undefined ? {} : { seed }),
    ...(sessions === undefined ? {} : { sessions }),
  };
  if (wanted.days !== undefined) {
    await mkdir(out, { recursive: true });
    const lines = (await writeSyntheticDays(wanted, out)).flatMap(
      ({ capture, labels, bytes, packets, sessions: made, flows }) => [
        lineOf(join(out, capture), bytes, packets, made),
        ...(labels === null || flows === null
          ? []
          : [
              `${displayPath(join(out, labels))}: ${formatCount(flows.records)} records, ` +
                `${formatCount(flows.attackFlows)} flows of attacks\n`,
            ]),
      ],
    );
    output.write(lines.join(''));
    return;
  }
  await mkdir(dirname(out), { recursive: true });
  const { packets, bytes, sessions: made } = await writeSyntheticCapture(wanted, out);
  output.write(lineOf(out, bytes, packets, made));
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
