/**
 * Downloads a file: goes on where an earlier try stopped, checks what arrived, and only then gives it its name.
 *
 * While it is on its way it is `.<name>.partial`, beside it `.<name>.partial.json` with what the server said of it, so
 * that the parts of two versions are never put together (RFC 9110 §13.1.5, If-Range).
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskFault, lock, makeFolder, sha256Of, sizeOf, syncFolder, writeWhole } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  type Answer,
  asRequestError,
  get,
  type RequestContext,
  RequestError,
  withoutPassword,
} from '../http/index.ts';

/** What is to be downloaded, and what it must be. */
export interface Wanted {
  readonly url: string;
  readonly path: string;
  readonly bytes: number | null;
  readonly sha256: string | null;
}

export interface DownloadOptions {
  readonly env?: RequestContext['env'];
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
  readonly tls?: RequestContext['tls'];
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
export async function download(wanted: Wanted, options: DownloadOptions = {}): Promise<Downloaded> {
  const { path } = wanted;
  const folder = dirname(path);
  await makeFolder(folder);
  const partial = join(folder, `.${basename(path)}.partial`);
  const release = await lock(`${partial}.lock`);
  try {
    const arrived = await receive(wanted, partial, options);
    await check(wanted, partial, arrived);
    await rename(partial, path);
    await rm(`${partial}.json`, { force: true });
    await syncFolder(folder);
    return arrived;
  } catch (error) {
    throw diskFault(path, error);
  } finally {
    await release();
  }
}

async function receive(wanted: Wanted, partial: string, options: DownloadOptions): Promise<Downloaded> {
  const { tries = 5, wait = 1000, note } = options;
  const resumed = (await resumable(wanted, partial))?.bytes ?? 0;
  let fruitless = 0;
  for (;;) {
    const before = (await sizeOf(partial)) ?? 0;
    try {
      const { from, ...arrived } = await tryOnce(wanted, partial, options);
      return { ...arrived, resumed: Math.min(resumed, from) };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof RequestError)) throw error;
      const now = (await sizeOf(partial)) ?? 0;
      fruitless = now > before ? 1 : fruitless + 1;
      // A name that is not known will hardly be known in a minute: the network is closed, or there is no such server.
      const most = error.unknownName && now === 0 ? Math.min(tries, 2) : tries;
      if (fruitless >= most || error.proxyStatus !== undefined) throw networkFault(wanted, error, now);
      note?.(`${error.message}; trying again`);
      await sleep(
        wait * 2 ** (fruitless - 1),
        undefined,
        options.signal === undefined ? {} : { signal: options.signal },
      );
    }
  }
}

/** The beginning of the file that is there, and what it is the beginning of. */
async function resumable(
  { url, sha256 }: Wanted,
  partial: string,
): Promise<{ bytes: number; origin: Origin } | undefined> {
  const bytes = (await sizeOf(partial)) ?? 0;
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
  wanted: Wanted,
  partial: string,
  options: DownloadOptions,
): Promise<{ bytes: number; sha256: string; from: number }> {
  const { env = process.env, stall = 60_000, signal, tls } = options;
  const context: RequestContext = {
    env,
    stall,
    ...(signal === undefined ? {} : { signal }),
    ...(tls === undefined ? {} : { tls }),
  };
  const there = await resumable(wanted, partial);
  const answer = await get(new URL(wanted.url), there === undefined ? {} : rangeOf(there), context);
  const { status, headers, body } = answer;
  const from = status === 206 ? rangeStart(answer) : 0;
  if (status === 416 || (status === 206 && from !== there?.bytes)) {
    body.resume();
    const total = Number(/^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
    if (status === 416 && total === there?.bytes)
      return { bytes: total, sha256: await sha256Of(partial), from: total };
    // What is there is no beginning of what the server has.
    await rm(partial, { force: true });
    throw new RequestError('the server has another version than the one that was begun');
  }
  if (status !== 200 && status !== 206) {
    body.resume();
    if (status === 408 || status === 429 || status >= 500)
      throw new RequestError(`the server answers ${status} ${body.statusMessage ?? ''}`.trim());
    throw refusal(wanted, answer);
  }
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const total = length === null ? null : from + length;
  if (isWebPage(wanted, answer) || (wanted.bytes !== null && total !== null && total !== wanted.bytes)) {
    body.destroy();
    throw otherThing(wanted, answer, total);
  }
  const hash = createHash('sha256');
  if (from > 0) await hashBeginning(partial, hash);
  else
    await writeWhole(
      `${partial}.json`,
      `${JSON.stringify({
        url: wanted.url,
        etag: strongTag(headers.etag),
        lastModified: headers['last-modified'] ?? null,
      } satisfies Origin)}\n`,
    );
  const file = await open(partial, from > 0 ? 'r+' : 'w');
  try {
    await checkSpace(wanted, partial, total === null ? null : total - from);
    const bytes = await write(answer, file, from, total, hash, options);
    await file.sync();
    return { bytes, sha256: hash.digest('hex'), from };
  } finally {
    body.destroy();
    await file.close();
  }
}

function rangeOf({ bytes, origin }: { bytes: number; origin: Origin }): Record<string, string> {
  const mark = origin.etag ?? origin.lastModified;
  return { range: `bytes=${bytes}-`, ...(mark === null ? {} : { 'if-range': mark }) };
}

/** If-Range compares strongly: a weak tag never matches. */
const strongTag = (tag: string | undefined): string | null =>
  tag === undefined || tag.startsWith('W/') ? null : tag;

function rangeStart({ headers }: Answer): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

async function hashBeginning(path: string, hash: Hash): Promise<void> {
  const file = await open(path, 'r');
  try {
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  } finally {
    await file.close();
  }
}

/** Writes the body from `from` on. @throws RequestError when it ends too early */
async function write(
  { body }: Answer,
  file: FileHandle,
  from: number,
  total: number | null,
  hash: Hash,
  { progress, stall = 60_000 }: DownloadOptions,
): Promise<number> {
  let at = from;
  body.setTimeout(stall, () => {
    body.destroy(new RequestError(`no byte for ${stall / 1000} s`));
  });
  progress?.(at, total);
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throw asRequestError(error);
    });
    if (next.done === true) break;
    const chunk = next.value;
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
    hash.update(chunk);
    at += chunk.length;
    progress?.(at, total);
  }
  if (total !== null && at < total)
    throw new RequestError(`the connection ended after ${at} of ${total} bytes`);
  return at;
}

async function checkSpace({ path }: Wanted, partial: string, needed: number | null): Promise<void> {
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
  { path, bytes, sha256, url }: Wanted,
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

function isWebPage({ path }: Wanted, { headers }: Answer): boolean {
  return /^text\/html\b/i.test(headers['content-type'] ?? '') && !/\.html?$/i.test(path);
}

function otherThing(wanted: Wanted, answer: Answer, total: number | null): FaultError {
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

function refusal(wanted: Wanted, { status, body, url }: Answer): FaultError {
  const place = withoutPassword(wanted.url);
  const problem = `the server ${url.host} answers ${status} ${body.statusMessage ?? ''}`.trim();
  const cure =
    status === 401 || status === 403
      ? 'open the address in a browser: it may ask for a registration'
      : status === 407
        ? 'name the proxy with user and password: http://user:password@host:port'
        : 'open the address in a browser: the file may have moved';
  return new FaultError({ place, problem, cure }, status === 407 ? ExitCode.machine : ExitCode.data);
}

function networkFault({ url }: Wanted, error: RequestError, bytes: number): FaultError {
  const kept = bytes > 0 ? `; ${bytes} bytes are kept and the next try goes on there` : '';
  const cure =
    error.proxyStatus === 407
      ? 'name the proxy with user and password: http://user:password@host:port'
      : 'check the network, and the proxy (https_proxy) where there is one; or get the file by hand';
  return new FaultError(
    { place: withoutPassword(url), problem: `${error.message}${kept}`, cure },
    ExitCode.machine,
  );
}
