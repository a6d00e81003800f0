/** Puts defaults in the place of what is wrong, so that the rest of a spec can be checked at the same time. */
import { isObject, type Schema } from './defaults.ts';
import { keysOf } from './pointer.ts';
import { findFaults } from './validate.ts';

/**
 * The value without what is at the pointers, if there are any; of a list with something wrong in it, nothing is left.
 * Undefined when that does not make it valid.
 *
 * @param standIns values of keys that must be there and have no default
 */
export function withoutFaults(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  pointers: readonly string[],
  standIns: Readonly<Record<string, unknown>>,
): unknown {
  if (pointers.length === 0) return value;
  let repaired = structuredClone({ ...value });
  let wrong = pointers;
  // What is left after a removal can miss something in turn: then its surroundings go too. Specs are five levels deep.
  for (let round = 0; round < 5; round++) {
    for (const pointer of wrong) remove(repaired, keysOf(pointer).slice(0, round === 0 ? undefined : -round));
    repaired = { ...standIns, ...repaired };
    wrong = findFaults(schema, repaired).map((fault) => fault.pointer);
    if (wrong.length === 0) return repaired;
  }
  return undefined;
}

function remove(root: unknown, keys: readonly string[]): void {
  let parent: unknown = root;
  for (let i = 0; i < keys.length - 1; i++) {
    if (!isObject(parent)) return;
    const child: unknown = parent[keys[i]!];
    if (!isObject(child)) {
      delete parent[keys[i]!];
      return;
    }
    parent = child;
  }
  const last = keys.at(-1);
  if (last !== undefined && isObject(parent)) delete parent[last];
}
