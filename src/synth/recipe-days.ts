/** The days in a recipe that is given as JSON, as far as their form goes; what they mean is checked in spec/. */

import { type Fault, suggest } from '../fault/index.ts';
import { ATTACK_KINDS, type AttackKind, type RecipeDay } from '../spec/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** @returns the field with its defaults, or nothing where it is not given or wrong; its faults are added */
export function daysField(
  given: unknown,
  place: string,
  faults: Fault[],
): { readonly days?: readonly RecipeDay[] } {
  if (given === undefined) return {};
  const wrong = (pointer: string, value: unknown, expected: string, cure?: string): undefined => {
    const problem = `got ${JSON.stringify(value) ?? String(value)}, must be ${expected}`;
    faults.push({ place: `${place}/days${pointer}`, problem, ...(cure === undefined ? {} : { cure }) });
    return undefined;
  };
  if (!Array.isArray(given) || given.length === 0) {
    wrong('', given, 'a list of days');
    return {};
  }
  const days = (given as readonly unknown[]).map((day, i) => {
    if (typeof day !== 'object' || day === null) return wrong(`/${i}`, day, 'an object with "name", "date"');
    const { name, date, sessions, attacks = [], labels = true, article = null } = day as Json;
    const at = `/${i}`;
    if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
      return wrong(`${at}/name`, name, 'a name of letters, digits, ".", "_" and "-"');
    if (typeof date !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(date))
      return wrong(`${at}/date`, date, 'a date such as 2010-06-13');
    if (sessions !== undefined && !isCount(sessions))
      return wrong(`${at}/sessions`, sessions, 'an integer ≥ 1');
    if (typeof labels !== 'boolean') return wrong(`${at}/labels`, labels, 'true or false');
    if (article !== 'train' && article !== 'test' && article !== null)
      return wrong(`${at}/article`, article, 'one of train, test, or null');
    if (!Array.isArray(attacks)) return wrong(`${at}/attacks`, attacks, 'a list of attacks');
    const checked = (attacks as readonly unknown[]).map((attack, j) => {
      const { kind, sessions: count } = (attack ?? {}) as Json;
      if (!(ATTACK_KINDS as readonly unknown[]).includes(kind)) {
        const near = typeof kind === 'string' ? suggest(kind, ATTACK_KINDS) : undefined;
        const cure = near === undefined ? undefined : `did you mean "${near}"?`;
        return wrong(`${at}/attacks/${j}/kind`, kind, `one of ${ATTACK_KINDS.join(', ')}`, cure);
      }
      if (!isCount(count)) return wrong(`${at}/attacks/${j}/sessions`, count, 'an integer ≥ 1');
      return { kind: kind as AttackKind, sessions: count };
    });
    if (checked.includes(undefined)) return undefined;
    return {
      name,
      date,
      ...(sessions === undefined ? {} : { sessions }),
      attacks: checked as RecipeDay['attacks'],
      labels,
      article,
    } as RecipeDay;
  });
  return days.includes(undefined) ? {} : { days: days as readonly RecipeDay[] };
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;
