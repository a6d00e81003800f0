/** Whether large values stand where something was edited: in one group of values. */
import { State } from './groups.ts';

/** How n values point at the edited ones among them. */
export interface Pointed {
  /** Share of the pairs of an edited and a plain item in which the edited one has more, ties one half (Mann–Whitney). */
  readonly auc: number;
  /** Precision at 1: whether the item with the most is edited; of ties the mean of all orders. */
  readonly top: number;
  /** Precision at k, where k items are edited. */
  readonly topEdited: number;
}

/**
 * @param values [n]; of unseen items they do not count
 * @param states [n], see State: with at least one edited and one plain item
 * @param order [n]: room for numbers
 */
export function point(values: Float64Array, states: Uint8Array, n: number, order: Float64Array): Pointed {
  let [edited, plain, pairs] = [0, 0, 0];
  let counted = 0;
  for (let i = 0; i < n; i++) {
    if (states[i] === State.unseen) continue;
    order[counted++] = values[i]!;
    if (states[i] !== State.edited) {
      plain++;
      continue;
    }
    edited++;
    for (let j = 0; j < n; j++)
      if (states[j] === State.plain) pairs += values[i]! > values[j]! ? 1 : values[i] === values[j] ? 0.5 : 0;
  }
  const ascending = order.subarray(0, counted).sort();
  const precision = (k: number): number => {
    const least = ascending[counted - k]!;
    let [above, level, hits, ties] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      if (states[i] === State.unseen || values[i]! < least) continue;
      const isEdited = states[i] === State.edited ? 1 : 0;
      if (values[i]! > least) {
        above++;
        hits += isEdited;
      } else {
        level++;
        ties += isEdited;
      }
    }
    return (hits + ((k - above) * ties) / level) / k;
  };
  return { auc: pairs / (edited * plain), top: precision(1), topEdited: precision(edited) };
}
