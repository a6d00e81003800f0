/** Labels in columns, found by protocol and endpoints in either direction, then by time. */
import { Interner } from '../session/index.ts';
import type { LabelAccount } from './account.ts';
import { ADDRESS_WORDS } from './address.ts';

/** All labels of a data set. N labels, G groups: a group is one protocol between two endpoints. */
export interface LabelTable {
  /** N. */
  readonly count: number;
  /** Names of labels, sorted. */
  readonly names: readonly string[];
  /** [N]: index into `names`. */
  readonly label: Uint16Array;
  /** [N]: seconds since 1970 in the clock of the labels, ascending within a group; −∞ where a label has no time. */
  readonly start: Float64Array;
  /** [N]: end of the last moment, with the resolution that the time was written with. */
  readonly end: Float64Array;
  /** [N]: the latest end of the group's labels up to this one. */
  readonly reach: Float64Array;
  /** [G + 1]: the labels of group g are firstLabel[g] … firstLabel[g + 1] − 1. */
  readonly firstLabel: Uint32Array;
  /** Seconds between two times that the label files can tell apart, the coarsest of all. */
  readonly resolution: number;
  readonly account: LabelAccount;
  /**
   * The group of a protocol between two endpoints, in whichever order they are given; −1 when no label speaks of it.
   *
   * @param addresses [8]: the words of both addresses
   */
  readonly find: (protocol: number, addresses: Int32Array, portA: number, portB: number) => number;
}

/** Columns of so many records, in their order: numbers of the addresses and ports of both endpoints, and the rest. */
export function createColumns(size: number) {
  return {
    addressA: new Uint32Array(size),
    addressB: new Uint32Array(size),
    portA: new Uint16Array(size),
    portB: new Uint16Array(size),
    protocol: new Uint8Array(size),
    start: new Float64Array(size),
    end: new Float64Array(size),
    label: new Uint16Array(size),
  };
}

/** The first `count` records of the columns are there; `book` numbers their addresses. */
export type LabelColumns = Readonly<ReturnType<typeof createColumns>> & {
  readonly count: number;
  readonly book: Interner<Int32Array>;
};

/** What is sorted by group: the table without what reading knows. */
export type SortedLabels = Omit<LabelTable, 'names' | 'resolution' | 'account'> & {
  readonly duplicates: number;
};

/** Groups, sorts and takes out duplicates. The outcome does not depend on the order of the records. */
export function sortLabels(columns: LabelColumns): SortedLabels {
  const groups = new Interner(ADDRESS_WORDS, Int32Array);
  const key = new Int32Array(ADDRESS_WORDS);
  const { count, book, addressA, addressB, portA, portB, protocol, start, end, label } = columns;
  const group = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    setKey(key, protocol[i]!, addressA[i]!, addressB[i]!, portA[i]!, portB[i]!);
    group[i] = groups.add(key, 0);
  }
  const first = new Uint32Array(groups.count + 1);
  for (let i = 0; i < count; i++) first[group[i]! + 1]!++;
  for (let g = 0; g < groups.count; g++) first[g + 1]! += first[g]!;
  const order = new Uint32Array(count);
  const next = first.slice(0, groups.count);
  for (let i = 0; i < count; i++) order[next[group[i]!]!++] = i;

  const compare = (a: number, b: number): number =>
    ascending(start[a]!, start[b]!) || ascending(end[a]!, end[b]!) || label[a]! - label[b]!;
  const sorted = {
    label: new Uint16Array(count),
    start: new Float64Array(count),
    end: new Float64Array(count),
    reach: new Float64Array(count),
  };
  const firstLabel = new Uint32Array(groups.count + 1);
  let kept = 0;
  for (let g = 0; g < groups.count; g++) {
    const members = order.subarray(first[g]!, first[g + 1]!);
    if (!isSorted(members, compare)) members.sort(compare);
    let reach = Number.NEGATIVE_INFINITY;
    for (let m = 0; m < members.length; m++) {
      const from = members[m]!;
      if (m > 0 && compare(members[m - 1]!, from) === 0) continue;
      reach = Math.max(reach, end[from]!);
      sorted.label[kept] = label[from]!;
      sorted.start[kept] = start[from]!;
      sorted.end[kept] = end[from]!;
      sorted.reach[kept] = reach;
      kept++;
    }
    firstLabel[g + 1] = kept;
  }
  return {
    count: kept,
    label: sorted.label.slice(0, kept),
    start: sorted.start.slice(0, kept),
    end: sorted.end.slice(0, kept),
    reach: sorted.reach.slice(0, kept),
    firstLabel,
    duplicates: count - kept,
    find: (wanted, addresses, onePort, otherPort) => {
      const a = book.find(addresses, 0);
      const b = a < 0 ? -1 : book.find(addresses, ADDRESS_WORDS);
      if (b < 0) return -1;
      setKey(key, wanted, a, b, onePort, otherPort);
      return groups.find(key, 0);
    },
  };
}

/** −∞ − −∞ is no number, so that differences do not do. */
const ascending = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

function isSorted(members: Uint32Array, compare: (a: number, b: number) => number): boolean {
  for (let m = 1; m < members.length; m++) if (compare(members[m - 1]!, members[m]!) > 0) return false;
  return true;
}

/** Writes the key of a protocol between two endpoints, the same in both directions: address numbers, ports, protocol. */
function setKey(key: Int32Array, protocol: number, a: number, b: number, portA: number, portB: number): void {
  const swapped = a === b ? portA > portB : a > b;
  key[0] = swapped ? b : a;
  key[1] = swapped ? a : b;
  key[2] = swapped ? (portB << 16) | portA : (portA << 16) | portB;
  key[3] = protocol;
}
