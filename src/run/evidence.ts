/** The files of a run. */
import { join } from 'node:path';
import type { Audit } from '../audit/index.ts';
import { writeWhole } from '../disk/index.ts';
import { chooseSessions, comparePublished, operatingPoints } from '../evaluation/index.ts';
import type { Interruption } from '../fault/index.ts';
import {
  ATTENTION_FILE,
  AUDIT_FILE,
  attentionRecords,
  BASELINES_FILE,
  baselineLines,
  CARD_FILE,
  CONTACTS_FILE,
  CURVES_FILE,
  contactLines,
  curveLines,
  EVALUATION_FILE,
  encodeSafetensors,
  PREDICTIONS_FILE,
  PUBLISHED_FILE,
  predictionLines,
  SPEC_FILE,
  VALIDATION_FILE,
  WEIGHTS_FILE,
} from '../results/index.ts';
import { canonicalJson } from '../spec/index.ts';
import { jsonText } from '../text/index.ts';
import { createPresenter } from '../training/index.ts';
import type { Assessed, Tested } from './assess.ts';
import type { RunContext } from './context.ts';
import { selfContained } from './record.ts';

/**
 * Writes everything but the journal and the record of the run.
 *
 * @returns how many sessions were written with their attention
 * @throws FaultError (machine) when a file cannot be written; Interrupted
 */
export async function writeEvidence(
  context: RunContext,
  tested: Tested,
  { findings, baselines, validation, card }: Assessed,
  audit: Audit,
): Promise<number> {
  const { prepared, plan, interruption, model, seed, partial } = context;
  const { sessions, specHash, resolved } = prepared;
  const { presented, surprises, origins, predicted, predictions, evaluation, detection } = tested;
  const { sessions: test } = presented;
  const write = (name: string, content: Parameters<typeof writeWhole>[1]) =>
    writeWhole(join(partial, name), content);

  const spec = selfContained(resolved);
  await write(SPEC_FILE, toJson(spec));
  await write(EVALUATION_FILE, toJson({ ...evaluation, detection, ...findings }));
  const points = operatingPoints({ ...predicted, classes: plan.classes });
  await write(CURVES_FILE, lines(curveLines(points), interruption));
  if (findings.baselines !== null)
    await write(
      BASELINES_FILE,
      lines(baselineLines(evaluation, detection, findings.baselines), interruption),
    );
  if (resolved.spec.published !== undefined)
    await write(PUBLISHED_FILE, toJson(comparePublished(evaluation, resolved.spec.published)));
  const kinds = presented.kindNames;
  const surprising = surprises?.bytes ?? null;
  const table = {
    ...{ sessions, test, classes: plan.classes, kinds, predicted, predictions, origins, baselines },
    surprising,
  };
  await write(PREDICTIONS_FILE, lines(predictionLines(table), interruption));
  if (validation !== null)
    await write(
      VALIDATION_FILE,
      lines(predictionLines({ ...table, ...validation, surprising: null }), interruption),
    );
  if (card !== null) await write(CARD_FILE, toJson(card));
  await write(AUDIT_FILE, toJson(audit));
  const metadata = { format: 'sessionlab', specHash, seed: String(seed), spec: canonicalJson(spec) };
  await write(WEIGHTS_FILE, encodeSafetensors({ parameters: model.parameters, metadata }));
  await write(CONTACTS_FILE, lines(contactLines(prepared.contacts.trained), interruption));
  const positions = chooseSessions(resolved.spec.attention, predicted.labels, predictions, test, seed);
  // Of these few their bytes are shown, too: they are presented once more.
  const presenter = createPresenter(plan.presentTest);
  const records = attentionRecords({
    ...{ sessions, presented, positions, model, presenter },
    surprise: surprises?.model ?? null,
    probabilities: tested.judged === null ? null : predicted.probabilities,
  });
  await write(ATTENTION_FILE, lines(records, interruption));
  return positions.length;
}

export const toJson = (value: object): string => `${jsonText(value, 2)}\n`;

/** Texts as they are, objects as a line of JSON each; a stop that was asked for is heard between two of them. */
export function* lines(
  items: Iterable<string | object>,
  interruption: Interruption,
): Generator<string, void, void> {
  for (const item of items) {
    interruption.check();
    yield typeof item === 'string' ? item : `${jsonText(item)}\n`;
  }
}
