/** The figures of a finished run. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TopLevelSpec } from 'vega-lite';
import {
  ATTENTION_FILE,
  type AttentionRecord,
  type Evaluation,
  parseRecord,
} from '../../evaluation/index.ts';
import type { Picture } from '../../tracking/index.ts';
import { attentionFigure } from './attention.ts';
import { confusionFigure } from './confusion.ts';
import { render } from './render.ts';

/** Changes when the same numbers are to look otherwise. */
const VERSION = 1;

/** Sessions that are drawn, each of another kind; all can be had with `sessionlab explain`. */
const MOST = 2;

/**
 * The confusion matrix, and what the network attended to in sessions of two kinds, recognised ones before others. Nothing
 * is drawn before it is asked for.
 *
 * @throws FaultError (data) when an attention record is damaged
 */
export async function illustrate(folder: string): Promise<readonly Picture[]> {
  const evaluation = readFileSync(join(folder, 'evaluation.json'), 'utf8');
  const pictures = [
    picture('confusion-matrix', evaluation, () => confusionFigure(JSON.parse(evaluation) as Evaluation)),
  ];
  for (const { record, text } of await tellingRecords(join(folder, ATTENTION_FILE))) {
    const kind = record.kind.replace(/[^\w.-]/g, '_');
    pictures.push(picture(`attention/${kind}`, text, () => attentionFigure(record)));
  }
  return pictures;
}

function picture(name: string, source: string, figure: () => TopLevelSpec): Picture {
  const digest = createHash('sha256').update(`${VERSION}\n${name}\n${source}`).digest('hex');
  return { name, digest, draw: () => render(figure()) };
}

/** For each kind the first session that was recognised, else the first; anomalies before normal sessions. */
async function tellingRecords(file: string) {
  if (!existsSync(file)) return [];
  const chosen = new Map<string, { record: AttentionRecord; text: string; right: boolean }>();
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const record = parseRecord(text, `${file}: line ${++number}`);
    const right = record.actual === record.predicted;
    const best = chosen.get(record.kind);
    if (best === undefined || (right && !best.right)) chosen.set(record.kind, { record, text, right });
  }
  const rank = ({ record }: { record: AttentionRecord }) => (record.kind === record.classes[0] ? 1 : 0);
  return [...chosen.values()].sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
}
