/** What MLflow takes. The server cuts longer values off with the answer 200, so they are refused here. */

export const limits = {
  /** Of one log-batch, and of all three together. */
  metrics: 1000,
  params: 100,
  tags: 100,
  batch: 1000,
  /** Characters. */
  key: 250,
  param: 6000,
  tag: 8000,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  /** Bytes of a file's name. */
  fileName: 255,
} as const;

/** Keys of metrics, params and tags. Not all that the server takes, but all that every version takes. */
export function checkKey(key: string): void {
  if (!/^[\w/.\- :]+$/.test(key))
    throw new RangeError(`key ${JSON.stringify(key)}: only letters, digits and _ / . - : and blanks`);
  if (key.length > limits.key)
    throw new RangeError(`key ${key.slice(0, 40)}…: ${key.length} characters, at most ${limits.key}`);
  // Keys are paths to a file store.
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new RangeError(`key ${JSON.stringify(key)}: an empty part, "." or ".." between slashes`);
}

/** @throws RangeError when a value is longer than what is stored */
export function checkLength(what: string, value: string, most: number): void {
  // The server counts code points.
  if (value.length > most && [...value].length > most)
    throw new RangeError(`${what}: ${value.length} characters, at most ${most}`);
}

/** A whole number of milliseconds since 1970 that is no mistake. */
export function checkTime(what: string, time: number): void {
  if (!Number.isSafeInteger(time) || time <= 0)
    throw new RangeError(`${what}: ${time}, expected milliseconds since 1970`);
}

/**
 * The path of an artifact within its run, ready for an address.
 *
 * @throws RangeError for what a server takes for another path: `..`, `%`, `#`
 */
export function artifactPath(path: string): string {
  const parts = path.split('/');
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..')
      throw new RangeError(`artifact ${JSON.stringify(path)}: an empty part, "." or ".." between slashes`);
    if (/[\p{Cc}%#?\\:*"<>|]/u.test(part))
      throw new RangeError(`artifact ${JSON.stringify(path)}: a character that not every server can store`);
    if (Buffer.byteLength(part) > limits.fileName)
      throw new RangeError(`artifact ${JSON.stringify(path)}: a name of more than ${limits.fileName} bytes`);
  }
  return parts.map(encodeURIComponent).join('/');
}
