/** One text for one value: what is hashed. */

/**
 * JSON without white space and with keys sorted by UTF-16 code units, numbers as ECMAScript writes them (the form of
 * RFC 8785). Keys whose value is undefined are left out.
 *
 * @throws TypeError for what JSON cannot hold (functions, non-finite numbers, …).
 */
export function canonicalJson(value: unknown): string {
  return canonical(value, null);
}

/** The same of many values that share parts, each part once. Nobody may change them meanwhile. */
export function createCanonical(): (value: unknown) => string {
  const memo = new WeakMap<object, string>();
  return (value) => canonical(value, memo);
}

function canonical(value: unknown, memo: WeakMap<object, string> | null): string {
  if (memo === null || typeof value !== 'object' || value === null) return write(value, memo);
  let text = memo.get(value);
  if (text === undefined) {
    text = write(value, memo);
    memo.set(value, text);
  }
  return text;
}

function write(value: unknown, memo: WeakMap<object, string> | null): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`canonical JSON: got ${value}, expected a finite number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonical(item, memo)).join(',')}]`;
  if (typeof value !== 'object') {
    throw new TypeError(`canonical JSON: got a value of type ${typeof value}, expected JSON`);
  }
  const object = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const part = object[key];
    if (part === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(part, memo)}`;
  }
  return `{${text}}`;
}
