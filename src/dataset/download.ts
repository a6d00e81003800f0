/**
 * Downloads a file: goes on where an earlier try stopped, checks what arrived, and only then gives it its name.
 *
 * While it is on its way it is `.<name>.partial`, beside it `.<name>.partial.json` with what the server said of it, so
 * that the parts of two versions are never put together (RFC 9110 §13.1.5, If-Range).
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Lock,
  makeFolder,
  sha256OfFile,
  sizeOfFile,
  syncFolder,
  takeLock,
  writeFault,
  writeWhole,
} from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  type Answer,
  createHttpClient,
  type HttpClient,
  type HttpOptions,
  isPassing,
  pauseAfter,
  RequestError,
  retryAfter,
} from '../http/index.ts';
import { withoutPassword } from '../text/index.ts';

/** What is to be downloaded, and what it must be. */
export interface RemoteFile {
  readonly url: string;
  readonly path: string;
  readonly bytes: number | null;
  /** About how many bytes, where nobody states it exactly: it may become twice as long. */
  readonly about?: number | null;
  readonly sha256: string | null;
}

export interface DownloadOptions {
  readonly env?: HttpOptions['env'];
  /** Bytes of how many are there; null where the server does not say. */
  readonly progress?: (bytes: number, total: number | null) => void;
  /** A line about a new try. */
  readonly note?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stall?: number;
  /** Tries without a single new byte before it is given up. */
  readonly tries?: number;
  /** Milliseconds before the second try; twice as many before each further one. */
  readonly wait?: number;
  readonly tls?: HttpOptions['tls'];
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes that were there from an earlier try. */
  readonly resumed: number;
}

/** What the server said of the file that a partial one is the beginning of. */
interface Origin {
  readonly url: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/**
 * Downloads a file.
 *
 * @throws FaultError (data) when the server has it no more or it is not what was wanted; (machine) when the network or
 *   the disk refuses: what arrived is kept then, and the next call goes on there
 */
export async function download(wanted: RemoteFile, options: DownloadOptions = {}): Promise<Downloaded> {
  const { path } = wanted;
  const { env = process.env, stall = 60_000, signal, tls } = options;
  const folder = dirname(path);
  await makeFolder(folder, '--data');
  const partial = join(folder, `.${basename(path)}.partial`);
  const lock = claim(`${partial}.lock`);
  const http = createHttpClient({
    env,
    timeout: stall,
    ...(signal === undefined ? {} : { signal }),
    ...(tls === undefined ? {} : { tls }),
  });
  try {
    const arrived = await receive(http, wanted, partial, options);
    await check(wanted, partial, arrived);
    await rename(partial, path);
    await rm(`${partial}.json`, { force: true });
    await syncFolder(folder);
    return arrived;
  } catch (error) {
    throw writeFault(path, error, '--data');
  } finally {
    http.close();
    lock.release(true);
  }
}

/** One download of a file at a time: a second one would write over what the first has written. */
function claim(path: string): Lock {
  let lock: ReturnType<typeof takeLock>;
  try {
    lock = takeLock(path);
  } catch (error) {
    throw writeFault(path, error, '--data');
  }
  if (!('heldBy' in lock)) return lock;
  const { pid, host } = lock.heldBy;
  const problem = `process ${pid === 0 ? '?' : pid} on ${host === '' ? 'some machine' : host} is downloading the same file`;
  const cure = 'wait for it; if there is no such process, remove this file';
  throw new FaultError({ place: path, problem, cure }, ExitCode.machine);
}

/** Milliseconds that are not exceeded between two tries. */
const LONGEST_WAIT = 60_000;

async function receive(
  http: HttpClient,
  wanted: RemoteFile,
  partial: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { tries = 5, wait = 1000, note, signal } = options;
  const resumed = (await resumable(wanted, partial))?.bytes ?? 0;
  let fruitless = 0;
  for (;;) {
    const before = (await sizeOfFile(partial)) ?? 0;
    try {
      const { from, ...arrived } = await tryOnce(http, wanted, partial, options);
      return { ...arrived, resumed: Math.min(resumed, from) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RequestError)) throw error;
      const now = (await sizeOfFile(partial)) ?? 0;
      fruitless = now > before ? 1 : fruitless + 1;
      // A name that is not known will hardly be known in a minute: the network is closed, or there is no such server.
      const most = error.kind === 'unknown name' && now === 0 ? Math.min(tries, 2) : tries;
      if (fruitless >= most || !error.passing) throw networkFault(wanted, error, now);
      note?.(`${error.message}; trying again`);
      const pause = pauseAfter(fruitless, wait, LONGEST_WAIT, error.retryAfter);
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** The beginning of the file that is there, and what it is the beginning of. */
async function resumable(
  { url, sha256 }: RemoteFile,
  partial: string,
): Promise<{ bytes: number; origin: Origin } | undefined> {
  const bytes = (await sizeOfFile(partial)) ?? 0;
  if (bytes === 0) return undefined;
  try {
    const origin = JSON.parse(await readFile(`${partial}.json`, 'utf8')) as Origin;
    // Without a mark of its version, only the hash in the end can tell whether the parts belong together.
    const marked = origin.etag !== null || origin.lastModified !== null || sha256 !== null;
    return origin.url === url && marked ? { bytes, origin } : undefined;
  } catch {
    return undefined;
  }
}

async function tryOnce(
  http: HttpClient,
  wanted: RemoteFile,
  partial: string,
  options: DownloadOptions,
): Promise<{ bytes: number; sha256: string; from: number }> {
  const there = await resumable(wanted, partial);
  const answer = await http.get(new URL(wanted.url), {
    'accept-encoding': 'identity',
    ...(there === undefined ? {} : rangeOf(there)),
  });
  try {
    return await take(answer, wanted, partial, there?.bytes, options);
  } finally {
    answer.discard();
  }
}

/** @param begun bytes that are there, of which the answer may be the rest */
async function take(
  answer: Answer,
  wanted: RemoteFile,
  partial: string,
  begun: number | undefined,
  options: DownloadOptions,
): Promise<{ bytes: number; sha256: string; from: number }> {
  const { status, statusLine, headers } = answer;
  const from = status === 206 ? rangeStart(answer) : 0;
  if (status === 416 || (status === 206 && from !== begun)) {
    const total = Number(/^bytes \*\/(\d+)$/.exec(headerOf(answer, 'content-range'))?.[1] ?? Number.NaN);
    if (status === 416 && total === begun)
      return { bytes: total, sha256: await sha256OfFile(partial), from: total };
    // What is there is no beginning of what the server has.
    await rm(partial, { force: true });
    throw serverError('the server has another version than the one that was begun');
  }
  if (isPassing(status))
    throw serverError(`the server answers ${statusLine}`, retryAfter(headers['retry-after']));
  if (status !== 200 && status !== 206) throw refusal(wanted, answer);
  const length = headerOf(answer, 'content-length');
  const total = length === '' ? null : from + Number(length);
  if (isWebPage(wanted, answer) || (wanted.bytes !== null && total !== null && total !== wanted.bytes))
    throw otherThing(wanted, answer, total);
  const hash = createHash('sha256');
  if (from > 0) for await (const chunk of createReadStream(partial)) hash.update(chunk as Buffer);
  else {
    const origin: Origin = {
      url: wanted.url,
      etag: strongTag(headerOf(answer, 'etag')),
      lastModified: headerOf(answer, 'last-modified') || null,
    };
    await writeWhole(`${partial}.json`, `${JSON.stringify(origin)}\n`, '--data');
  }
  const most = await boundOf(wanted, partial, from);
  const file = await open(partial, from > 0 ? 'r+' : 'w');
  try {
    await checkSpace(wanted, partial, total === null ? null : total - from);
    const bytes = await write(answer, file, from, total, hash, options, most);
    await file.sync();
    return { bytes, sha256: hash.digest('hex'), from };
  } catch (error) {
    // What is too long is no beginning of what is wanted.
    if (error === most.fault)
      await Promise.all([partial, `${partial}.json`].map((p) => rm(p, { force: true })));
    throw error;
  } finally {
    await file.close();
  }
}

const headerOf = ({ headers }: Answer, name: string): string => String(headers[name] ?? '');

/** What another try may mend. */
const serverError = (problem: string, after = 0): RequestError =>
  new RequestError('other', problem, NETWORK_CURE, { retryAfter: after });

function rangeOf({ bytes, origin }: { bytes: number; origin: Origin }): Record<string, string> {
  const mark = origin.etag ?? origin.lastModified;
  return { range: `bytes=${bytes}-`, ...(mark === null ? {} : { 'if-range': mark }) };
}

/** If-Range compares strongly: a weak tag never matches. */
const strongTag = (tag: string): string | null => (tag === '' || tag.startsWith('W/') ? null : tag);

const rangeStart = (answer: Answer): number =>
  Number(/^bytes (\d+)-/.exec(headerOf(answer, 'content-range'))?.[1] ?? Number.NaN);

/** Writes the body from `from` on. @throws RequestError when it ends too early */
async function write(
  answer: Answer,
  file: FileHandle,
  from: number,
  total: number | null,
  hash: Hash,
  { progress }: DownloadOptions,
  most: Bound,
): Promise<number> {
  let at = from;
  progress?.(at, total);
  for await (const chunk of answer.chunks()) {
    if (at + chunk.length > most.bytes) throw most.fault;
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
    hash.update(chunk);
    at += chunk.length;
    progress?.(at, total);
  }
  if (total !== null && at < total) throw serverError(`the connection ended after ${at} of ${total} bytes`);
  return at;
}

/** How long a file may become, and what is said of one that is longer. */
interface Bound {
  readonly bytes: number;
  readonly fault: FaultError;
}

/** Share of what is free on the disk that a file may take where nobody says how long it is. */
const SHARE = 0.9;

/** The size that it must have, or twice what it has about; else what the disk has room for, with something left. */
async function boundOf(wanted: RemoteFile, partial: string, from: number): Promise<Bound> {
  const { url, path, about = null } = wanted;
  const bytes = wanted.bytes ?? (about === null ? null : 2 * about);
  if (bytes !== null) {
    const problem =
      wanted.bytes === null
        ? `the server sends more than twice the ${about} bytes that it has about`
        : `the server sends more than the ${bytes} bytes that it must have`;
    const cure = 'the file has changed where it comes from: get it elsewhere';
    return { bytes, fault: new FaultError({ place: withoutPassword(url), problem, cure }, ExitCode.data) };
  }
  const { bavail, bsize } = await statfs(dirname(partial)).catch(() => ({ bavail: Infinity, bsize: 1 }));
  const most = from + Math.floor(SHARE * bavail * bsize);
  const problem = `nobody says how long it is, and after ${most} bytes the disk is all but full`;
  const cure = 'is it the right address? free some space, or choose another folder with --data';
  return { bytes: most, fault: new FaultError({ place: path, problem, cure }, ExitCode.machine) };
}

async function checkSpace({ path }: RemoteFile, partial: string, needed: number | null): Promise<void> {
  if (needed === null) return;
  const { bavail, bsize } = await statfs(dirname(partial)).catch(() => ({ bavail: Infinity, bsize: 1 }));
  if (bavail * bsize >= needed) return;
  throw new FaultError(
    {
      place: path,
      problem: `needs ${needed} more bytes, the disk has ${bavail * bsize}`,
      cure: 'free some space, or choose another folder with --data',
    },
    ExitCode.machine,
  );
}

/** What arrived must be what was wanted; else it is put aside, so that the next try does not go on with it. */
async function check(
  { path, bytes, sha256, url }: RemoteFile,
  partial: string,
  arrived: { readonly bytes: number; readonly sha256: string },
): Promise<void> {
  const wrong =
    bytes !== null && arrived.bytes !== bytes
      ? `got ${arrived.bytes} bytes, must have ${bytes}`
      : sha256 !== null && arrived.sha256 !== sha256
        ? `got SHA-256 ${arrived.sha256}, must be ${sha256}`
        : undefined;
  if (wrong === undefined) return;
  await rename(partial, `${path}.rejected`);
  await rm(`${partial}.json`, { force: true });
  throw new FaultError(
    {
      place: withoutPassword(url),
      problem: `${wrong}; what arrived is kept as ${basename(path)}.rejected`,
      cure: 'the file has changed where it comes from, or somebody has changed it on the way: get it elsewhere',
    },
    ExitCode.data,
  );
}

function isWebPage({ path }: RemoteFile, answer: Answer): boolean {
  return /^text\/html\b/i.test(headerOf(answer, 'content-type')) && !/\.html?$/i.test(path);
}

function otherThing(wanted: RemoteFile, answer: Answer, total: number | null): FaultError {
  const page = isWebPage(wanted, answer);
  return new FaultError(
    {
      place: withoutPassword(wanted.url),
      problem: page
        ? `a web page came${answer.url.href === wanted.url ? '' : ` from ${answer.url.origin}`}, must be ${basename(wanted.path)}`
        : `the server has ${total} bytes, must be ${wanted.bytes}`,
      cure: page
        ? 'open the address in a browser: it may ask for a registration, or the network for a login'
        : 'the file has changed where it comes from: get it elsewhere',
    },
    ExitCode.data,
  );
}

function refusal(wanted: RemoteFile, { status, statusLine, url }: Answer): FaultError {
  const cure =
    status === 401 || status === 403
      ? 'open the address in a browser: it may ask for a registration'
      : 'open the address in a browser: the file may have moved';
  const problem = `the server ${url.host} answers ${statusLine}`;
  return new FaultError({ place: withoutPassword(wanted.url), problem, cure }, ExitCode.data);
}

const NETWORK_CURE =
  'check the network, and the proxy (https_proxy) where there is one; or get the file by hand';

function networkFault({ url }: RemoteFile, error: RequestError, bytes: number): FaultError {
  const kept = bytes > 0 ? `; ${bytes} bytes are kept and the next try goes on there` : '';
  // What no second try mends, or a proxy refuses, has better advice than to look at the network.
  const cure = !error.passing || error.kind === 'proxy' ? error.cure : NETWORK_CURE;
  return new FaultError(
    { place: withoutPassword(url), problem: `${error.message}${kept}`, cure },
    ExitCode.machine,
  );
}
