/**
 * The queue of events: a binary heap of times in typed arrays.
 */

/** Events in the order of time; at the same time, in the order in which they were added. */
export interface Queue {
  readonly size: number;
  /** Time of the next event; Infinity when there is none. */
  readonly next: number;
  add(time: number, event: number): void;
  /** Takes the next event out. */
  take(): number;
}

export function createQueue(): Queue {
  let times = new Float64Array(64);
  let orders = new Float64Array(64);
  let events = new Int32Array(64);
  let size = 0;
  let added = 0;

  const before = (i: number, time: number, order: number): boolean =>
    times[i]! < time || (times[i] === time && orders[i]! < order);
  const place = (i: number, time: number, order: number, event: number): void => {
    times[i] = time;
    orders[i] = order;
    events[i] = event;
  };
  const move = (to: number, from: number): void => place(to, times[from]!, orders[from]!, events[from]!);

  return {
    get size() {
      return size;
    },
    get next() {
      return size === 0 ? Number.POSITIVE_INFINITY : times[0]!;
    },
    add(time, event) {
      if (size === times.length) {
        times = grown(times, new Float64Array(2 * size));
        orders = grown(orders, new Float64Array(2 * size));
        events = grown(events, new Int32Array(2 * size));
      }
      const order = added++;
      let at = size++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (before(parent, time, order)) break;
        move(at, parent);
        at = parent;
      }
      place(at, time, order, event);
    },
    take() {
      const taken = events[0]!;
      size--;
      const time = times[size]!;
      const order = orders[size]!;
      const event = events[size]!;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && before(child + 1, times[child]!, orders[child]!)) child++;
        if (!before(child, time, order)) break;
        move(at, child);
        at = child;
      }
      if (size > 0) place(at, time, order, event);
      return taken;
    },
  };
}

function grown<A extends Float64Array | Int32Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
