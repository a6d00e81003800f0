/** When to send a request again. */

/** Whether the same request may do better later: 408, 429, and 5xx but "not implemented". */
export const isPassing = (status: number): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** No server is waited for any longer (milliseconds), whatever it asks for. */
const MOST = 60_000;

/** Milliseconds to wait for by a Retry-After header: seconds or a date (RFC 9110 §10.2.3); 0 without one. */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number {
  const text = String(header ?? '').trim();
  const wanted = /^\d+$/.test(text) ? 1000 * Number(text) : Date.parse(text) - now;
  return wanted > 0 ? Math.min(MOST, wanted) : 0;
}

/**
 * Milliseconds before a try: the first pause, twice as much before each further one, and not less than the server asks for.
 *
 * @param tries that failed before, from 1
 */
export function pauseAfter(tries: number, first: number, longest: number, wanted = 0): number {
  return Math.max(wanted, Math.min(longest, first * 2 ** (tries - 1)));
}

/** Waits, at most until the signal. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
}
