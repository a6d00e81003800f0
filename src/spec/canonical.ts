/** One text for one value: what is hashed. */

/**
 * JSON without white space and with keys sorted by UTF-16 code units, numbers as ECMAScript writes them (the form of
 * RFC 8785). Keys whose value is undefined are left out.
 *
 * @throws TypeError for what JSON cannot hold (functions, non-finite numbers, …).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`canonical JSON: got ${value}, expected a finite number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') {
    throw new TypeError(`canonical JSON: got a value of type ${typeof value}, expected JSON`);
  }
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
}
