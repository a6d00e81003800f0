/** The queue of events: a binary heap by time. */

/** Events in the order of time; at the same time, in the order in which they were added. */
export interface Queue {
  readonly size: number;
  /** Time of the next event; Infinity when there is none. */
  readonly next: number;
  add(time: number, event: number): void;
  /** Takes the next event out. */
  take(): number;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly event: number;
}

const before = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);

export function createQueue(): Queue {
  const heap: Entry[] = [];
  let added = 0;
  return {
    get size() {
      return heap.length;
    },
    get next() {
      return heap[0]?.time ?? Number.POSITIVE_INFINITY;
    },
    add(time, event) {
      const entry = { time, order: added++, event };
      let at = heap.push(entry) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (before(heap[parent]!, entry)) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = entry;
    },
    take() {
      const { event } = heap[0]!;
      const last = heap.pop()!;
      const size = heap.length;
      if (size === 0) return event;
      let at = 0;
      for (let child = 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, last)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
      return event;
    },
  };
}
