/** Reads the audit of a run back. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import { type Audit, areas } from '../audit/index.ts';
import { AUDIT_FILE } from './files.ts';
import { readChecked } from './record.ts';

const text = Type.String();
const whole = Type.Integer({ minimum: 0 });
const orNull = <S extends Type.TSchema>(schema: S, expected: string) =>
  Type.Union([schema, Type.Null()], { 'x-expected': expected });
const number = orNull(Type.Number(), 'a number or null');
const status = Type.Enum(['finding', 'checked', 'open', 'not applicable']);
/** See Estimate; what else it has is not looked at. */
const estimate = Type.Object({ value: number, low: number, high: number });

/** See Audit. */
export const auditSchema = Type.Object({
  format: Type.Literal(1),
  sessions: whole,
  says: Type.Array(text),
  leaks: whole,
  simple: whole,
  open: whole,
  checks: Type.Array(
    Type.Object({
      area: Type.Enum([...areas]),
      name: text,
      kind: orNull(text, 'a kind or null'),
      status,
      grade: Type.Enum(['leak', 'simple']),
      says: text,
      size: orNull(estimate, 'an estimate or null'),
      cure: orNull(text, 'a text or null'),
    }),
  ),
  pitfalls: Type.Array(Type.Object({ name: text, status, says: text })),
});

/**
 * The audit of a run; null where it has none, as runs of older code.
 *
 * @throws FaultError (data) when it is damaged, or was changed after the run
 */
export function readAudit(folder: string): Audit | null {
  if (!existsSync(join(folder, AUDIT_FILE))) return null;
  return readChecked(folder, AUDIT_FILE, auditSchema) as Audit;
}
