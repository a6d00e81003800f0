/** What MLflow takes. The server cuts longer values off with the answer 200, so they are refused here. */
import { ExitCode, FaultError } from '../../fault/index.ts';

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

/** Names come from specs, labels and folders: whoever chose them can choose others. */
function beyond(
  problem: string,
  cure = 'choose another name in the spec, the labels or the folder; the results themselves are whole',
): FaultError {
  return new FaultError({ place: 'MLflow', problem, cure }, ExitCode.data);
}

/** Keys of metrics, params and tags. Not all that the server takes, but all that every version takes. */
export function checkKey(key: string): void {
  if (!/^[\w/.\- :]+$/.test(key))
    throw beyond(`key ${JSON.stringify(key)}: only letters, digits and _ / . - : and blanks`);
  if (key.length > limits.key)
    throw beyond(`key ${key.slice(0, 40)}…: ${key.length} characters, at most ${limits.key}`);
  // Keys are paths to a file store.
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw beyond(`key ${JSON.stringify(key)}: an empty part, "." or ".." between slashes`);
}

/** @throws FaultError when a value is longer than what is stored */
export function checkLength(what: string, value: string, most: number): void {
  // The server counts code points.
  if (value.length > most && [...value].length > most)
    throw beyond(`${what}: ${value.length} characters, at most ${most}`);
}

/** A whole number of milliseconds since 1970 that is no mistake. */
export function checkTime(what: string, time: number): void {
  if (!Number.isSafeInteger(time) || time <= 0)
    throw beyond(
      `${what}: ${time}, expected milliseconds since 1970`,
      'is the clock right, or was a file of the run edited?',
    );
}

/**
 * The path of an artifact within its run, ready for an address.
 *
 * @throws FaultError for what a server takes for another path: `..`, `%`, `#`
 */
export function artifactPath(path: string): string {
  const parts = path.split('/');
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..')
      throw beyond(`artifact ${JSON.stringify(path)}: an empty part, "." or ".." between slashes`);
    if (/[\p{Cc}%#?\\:*"<>|]/u.test(part))
      throw beyond(`artifact ${JSON.stringify(path)}: a character that not every server can store`);
    if (Buffer.byteLength(part) > limits.fileName)
      throw beyond(`artifact ${JSON.stringify(path)}: a name of more than ${limits.fileName} bytes`);
  }
  return parts.map(encodeURIComponent).join('/');
}
