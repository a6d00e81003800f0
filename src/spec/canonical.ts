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
  const object = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return `{${keys.sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`)}}`;
}
