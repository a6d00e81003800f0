/** The order of a session's packets where the capture does not have them in the order of time. */

/**
 * Seconds. A packet that is earlier than one before it in the capture is put in front of it, unless it is further back
 * than this: then the clock was set, or captures were put together, and the order of the capture goes on from there.
 */
export const ORDER_WINDOW = 3600;

/** Nanoseconds from one time to another. */
export const between = (
  seconds: number,
  nanoseconds: number,
  later: number,
  laterNanoseconds: number,
): number => (later - seconds) * 1e9 + (laterNanoseconds - nanoseconds);

/**
 * The packets in order of time (ties: order of the capture), within runs that end where a packet is further back than
 * ORDER_WINDOW from the latest of its run.
 *
 * @param seconds [n] in the order of the capture
 * @returns [n]: places in that order
 */
export function orderInTime(seconds: ArrayLike<number>, nanoseconds: ArrayLike<number>): Uint32Array {
  const n = seconds.length;
  const run = new Uint32Array(n);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let latest = 0;
  for (let i = 1; i < n; i++) {
    run[i] = run[i - 1]!;
    const back = between(seconds[i]!, nanoseconds[i]!, seconds[latest]!, nanoseconds[latest]!);
    if (back > ORDER_WINDOW * 1e9) run[i]!++;
    if (back <= 0 || run[i] !== run[i - 1]) latest = i;
  }
  return order.sort(
    (a, b) => run[a]! - run[b]! || seconds[a]! - seconds[b]! || nanoseconds[a]! - nanoseconds[b]! || a - b,
  );
}
