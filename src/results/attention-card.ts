/** Reads the card of a run's attention back. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import type { AttentionCard } from '../attention/index.ts';
import { misfit } from './check.ts';
import { CARD_FILE } from './files.ts';
import { checkBytes, damaged } from './record.ts';

const text = Type.String();
const whole = Type.Integer({ minimum: 0 });
const orNull = Type.Union([Type.Number(), Type.Null()], { 'x-expected': 'a number or null' });
const attention = Type.Enum(['none', 'mean', 'tanh', 'additive', 'dot']);
const interval = { low: orNull, high: orNull };
/** See Estimate. */
const estimate = Type.Object({
  value: orNull,
  ...interval,
  clustered: Type.Optional(
    Type.Object({
      by: text,
      clusters: whole,
      intervals: Type.Array(Type.Object({ by: text, clusters: whole, ...interval })),
    }),
  ),
});
const against = { attention: estimate, normal: estimate, position: estimate };

/** See AttentionCard. */
export const cardSchema = Type.Object({
  format: Type.Literal(1),
  sessions: whole,
  attention: Type.Object({ packet: attention, session: attention }),
  says: Type.Array(text),
  pointing: Type.Array(
    Type.Object({
      level: Type.Enum(['packet', 'session']),
      kind: text,
      finding: Type.Enum(['shows', 'leans', 'not', 'avoids', 'undecided', 'nothing']),
      says: text,
      all: whole,
      sessions: whole,
      leftOut: Type.Object({ unseen: whole, everything: whole, unmatched: whole }),
      share: Type.Object({ ...against, uniform: orNull }),
      times: Type.Object({ normal: estimate, position: estimate }),
      auc: Type.Object({ ...against, overNormal: estimate, overPosition: estimate }),
      top: Type.Object(against),
      topEdited: Type.Object(against),
    }),
  ),
  replaced: Type.Array(
    Type.Object({
      level: Type.Enum(['packet', 'session', 'both']),
      by: Type.Enum(['uniform', 'mean']),
      finding: Type.Enum(['irrelevant', 'used', 'undecided']),
      says: text,
      accuracy: estimate,
      change: estimate,
      agreement: estimate,
    }),
  ),
});

/**
 * The card of a run; null where it has none, as runs of older code.
 *
 * @throws FaultError (data) when it is damaged, or was changed after the run
 */
export function readCard(folder: string): AttentionCard | null {
  const path = join(folder, CARD_FILE);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  checkBytes(folder, CARD_FILE, bytes);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw damaged(path, 'is damaged: no JSON');
  }
  const problem = misfit(cardSchema, value);
  if (problem !== null) throw damaged(path, `is damaged: ${problem}`);
  return value as AttentionCard;
}
