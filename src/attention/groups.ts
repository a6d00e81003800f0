/** Attention weights in groups that each sum to 1: tokens of packets, or packets of sessions. */

/** What the network sees of an item's bytes, and whether they were edited. */
export const State = {
  plain: 0,
  edited: 1,
  /** Edited, but hidden: neither a hit nor a miss. */ unseen: 2,
} as const;

/** G groups of I items in all. */
export interface Groups {
  readonly count: number;
  /** [G]: the session of each group, its place in the test set; ascending. */
  readonly session: Uint32Array;
  /** [G]: what the position of the first item is called; that of item j is position[g] + j. */
  readonly position: Uint32Array;
  /** [G + 1]: the first item of each group. */
  readonly start: Uint32Array;
  /** [I]: attention weight. */
  readonly weight: Float32Array;
  /** [I]: see State. */
  readonly state: Uint8Array;
  /** [I]: what sort of item it is, whatever session it is in. */
  readonly cell: Uint32Array;
}

type Column = Float32Array | Uint32Array | Uint8Array;

/** A list that grows: groups are begun, then items added to them. */
export function createGroups() {
  let [groups, items] = [0, 0];
  let session = new Uint32Array(64);
  let position = new Uint32Array(64);
  let start = new Uint32Array(64);
  let weight = new Float32Array(1024);
  let state = new Uint8Array(1024);
  let cell = new Uint32Array(1024);
  return {
    begin(ofSession: number, firstPosition: number): void {
      // One more than there are: where the last one ends.
      if (groups + 1 >= session.length) {
        session = doubled(session);
        position = doubled(position);
        start = doubled(start);
      }
      session[groups] = ofSession;
      position[groups] = firstPosition;
      start[groups++] = items;
    },
    add(itsWeight: number, itsState: number, itsCell: number): void {
      if (items === weight.length) {
        weight = doubled(weight);
        state = doubled(state);
        cell = doubled(cell);
      }
      weight[items] = itsWeight;
      state[items] = itsState;
      cell[items++] = itsCell;
    },
    done(): Groups {
      start[groups] = items;
      return {
        count: groups,
        session: session.subarray(0, groups),
        position: position.subarray(0, groups),
        start: start.subarray(0, groups + 1),
        weight: weight.subarray(0, items),
        state: state.subarray(0, items),
        cell: cell.subarray(0, items),
      };
    },
  };
}

function doubled<A extends Column>(old: A): A {
  const grown = new (old.constructor as new (length: number) => A)(2 * old.length);
  grown.set(old);
  return grown;
}

/** A null map: what an item of a cell gets on average, over the groups of some sessions. */
export interface NullMap {
  /** Sum of the weights and number of the items of each cell. */
  readonly sum: Float64Array;
  readonly count: Float64Array;
  /** Whether a session is one that it was made of. */
  readonly isOf: (session: number) => boolean;
  /** The cell of item i of group g. */
  readonly cellOf: (g: number, i: number) => number;
}

/** Means by cell over the sessions of a population. */
export function nullMap(groups: Groups, isOf: NullMap['isOf'], cellOf: NullMap['cellOf']): NullMap {
  let cells = 0;
  forEachItem(groups, (g, i) => {
    cells = Math.max(cells, cellOf(g, i) + 1);
  });
  const sum = new Float64Array(cells);
  const count = new Float64Array(cells);
  forEachItem(groups, (g, i) => {
    if (!isOf(groups.session[g]!)) return;
    const cell = cellOf(g, i);
    sum[cell] = sum[cell]! + groups.weight[i]!;
    count[cell] = count[cell]! + 1;
  });
  return { sum, count, isOf, cellOf };
}

export function forEachItem({ count, start }: Groups, visit: (g: number, i: number) => void): void {
  for (let g = 0; g < count; g++) for (let i = start[g]!; i < start[g + 1]!; i++) visit(g, i);
}
