/** The figures of a finished run. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TopLevelSpec } from 'vega-lite';
import { sha256 } from '../../disk/index.ts';
import type { AttentionRecord, Evaluation } from '../../evaluation/index.ts';
import {
  ATTENTION_FILE,
  CURVES_FILE,
  damaged,
  EVALUATION_FILE,
  parseRecord,
  readCard,
  readEvaluation,
} from '../../results/index.ts';
import { attentionFigure } from './attention.ts';
import { confusionFigure } from './confusion.ts';
import { type CurvePoint, detFigure, precisionRecallFigure, reliabilityFigure, rocFigure } from './curves.ts';
import { type Rendered, render } from './render.ts';

/** A picture that is drawn when it is needed. */
export interface Picture {
  /** Letters, digits, `/`, `.` and `-`: `confusion-matrix`, `attention/port-direction-switch`. */
  readonly name: string;
  /** Of everything that it is drawn from, and of the way it is drawn. */
  readonly digest: string;
  readonly draw: () => Promise<Rendered>;
}

/** Changes when the same numbers are to look otherwise. */
const VERSION = 2;

/** Sessions that are drawn, each of another kind; all can be had with `sessionlab explain`. */
const MOST = 2;

/**
 * The confusion matrix, the curves, and what the network attended to in sessions of two kinds, recognised ones before others. Nothing
 * is drawn before it is asked for.
 *
 * @throws FaultError (data) when the evaluation, the curves or an attention record are damaged
 */
export async function illustrate(folder: string): Promise<readonly Picture[]> {
  const evaluation = readEvaluation(folder);
  const source = readFileSync(join(folder, EVALUATION_FILE), 'utf8');
  const pictures = [picture('confusion-matrix', source, () => confusionFigure(evaluation))];
  pictures.push(...curvePictures(folder, evaluation, source));
  const card = readCard(folder);
  for (const { record, text } of await tellingRecords(join(folder, ATTENTION_FILE))) {
    const kind = record.kind.replace(/[^\w.-]/g, '_');
    pictures.push(
      picture(`attention/${kind}`, text + JSON.stringify(card), () => attentionFigure(record, card)),
    );
  }
  return pictures;
}

function curvePictures(folder: string, evaluation: Evaluation, source: string): readonly Picture[] {
  // Runs of older code have none.
  const file = join(folder, CURVES_FILE);
  if (!existsSync(file) || evaluation.ranking == null) return [];
  const text = readFileSync(file, 'utf8');
  const points = parseCurve(text, file);
  const { truePositives: m = 0, falsePositives: n = 0 } = points.at(-1) ?? {};
  const both = source + text;
  const pictures: Picture[] = [];
  if (m > 0 && n > 0)
    pictures.push(
      picture('curves/roc', both, () => rocFigure(points, evaluation)),
      picture('curves/precision-recall', both, () => precisionRecallFigure(points, evaluation)),
      picture('curves/det', both, () => detFigure(points, evaluation)),
    );
  if (evaluation.ranking.calibration != null)
    pictures.push(picture('curves/reliability', source, () => reliabilityFigure(evaluation)));
  return pictures;
}

/**
 * The counts in a table of curves.
 *
 * @throws FaultError (data) when it is damaged
 */
export function parseCurve(text: string, file: string): readonly CurvePoint[] {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = head.split(',');
  const columns = [names.indexOf('true_positives'), names.indexOf('false_positives')];
  return lines.map((line, i) => {
    const cells = line.split(',');
    const [truePositives, falsePositives] = columns.map((c) => Number(cells[c] || Number.NaN));
    if (!Number.isSafeInteger(truePositives) || !Number.isSafeInteger(falsePositives))
      throw damaged(
        `${file}: line ${i + 2}`,
        `got "${line.slice(0, 60)}", expected counts in true_positives and false_positives`,
      );
    return { truePositives: truePositives!, falsePositives: falsePositives! };
  });
}

function picture(name: string, source: string, figure: () => TopLevelSpec): Picture {
  const digest = sha256(`${VERSION}\n${name}\n${source}`);
  return { name, digest, draw: () => render(figure()) };
}

/** For each kind the first session that was recognised, else the first; anomalies before normal sessions. */
export async function tellingRecords(file: string) {
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
