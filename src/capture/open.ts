/** Opens a capture file: recognises its format and gives a reader that stands before the first record. */
import type { Hash } from 'node:crypto';
import { garbledFault, hasLost } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { ByteWindow } from './byte-window.ts';
import { type Feed, FileFeed, GzipFeed } from './feed.ts';
import { OpenFile } from './open-file.ts';
import { PcapReader } from './pcap.ts';
import { PcapngReader } from './pcapng.ts';
import type { RecordReader } from './reader.ts';
import { RECOGNISE_BYTES, type Recognised, recognise } from './recognise.ts';
import { ZstdFeed } from './zstd.ts';

/** A capture that is being read. */
export interface OpenCapture {
  readonly path: string;
  /** Size of the file when it was opened: so much of it is read, also when it grows meanwhile. */
  readonly bytes: number;
  /** Device and inode. */
  readonly inode: string;
  readonly reader: RecordReader;
  readonly window: ByteWindow;
  /** The bytes of the file. */
  readonly file: FileFeed;
  /** The bytes of the capture: those of the file, or what they decompress to. */
  readonly feed: Feed;
  /** As of the reader, with `.gz` or `.zst` where the file is compressed. */
  readonly format: string;
  /** What has happened to the file since it was opened, in words; undefined when nothing has. */
  change(): string | undefined;
  close(): void;
}

/**
 * Opens a capture.
 *
 * @param hash takes up all bytes of the file that are read
 * @throws FaultError (data) when it is no capture or not there, (machine) when it cannot be opened
 */
export async function openCapture(path: string, chunkBytes: number, hash?: Hash): Promise<OpenCapture> {
  const { handle, bytes, inode, change } = openFile(path);
  try {
    const head = new Uint8Array(RECOGNISE_BYTES);
    let recognised = recognise(head.subarray(0, handle.read(head, 0, RECOGNISE_BYTES, 0)));
    const file = new FileFeed(handle, bytes, hash);
    const compression =
      recognised.kind === 'gzip' || recognised.kind === 'zstd' ? recognised.kind : undefined;
    const feed = compression === undefined ? file : new { gzip: GzipFeed, zstd: ZstdFeed }[compression](file);
    // Of very many small files, most of a window would be made for nothing.
    const most = compression === undefined ? Math.max(RECOGNISE_BYTES, bytes + 1) : chunkBytes;
    const window = new ByteWindow(feed, Math.min(chunkBytes, most));
    while (window.end < RECOGNISE_BYTES && !window.ended) await window.refill();
    if (compression !== undefined) recognised = recogniseInside(window, feed);
    if (recognised.kind === 'gzip' || recognised.kind === 'zstd')
      throw new Error('a stream inside another is never recognised as compressed');
    if (recognised.kind === 'none') {
      const { problem, cure } = recognised;
      throw new FaultError({ place: displayPath(path), problem, cure }, ExitCode.data);
    }
    const reader =
      recognised.kind === 'pcap' ? new PcapReader(window, recognised.variant) : new PcapngReader(window);
    const suffix = compression === undefined ? '' : { gzip: '.gz', zstd: '.zst' }[compression];
    const format = `${reader.format}${suffix}`;
    const close = (): void => {
      feed.close();
      handle.close();
    };
    return { path, bytes, inode, reader, window, file, feed, format, change, close };
  } catch (error) {
    handle.close();
    throw asFault(path, error);
  }
}

/** What a compressed stream holds. */
function recogniseInside(window: ByteWindow, feed: Feed): Recognised {
  const recognised = recognise(window.bytes.subarray(0, Math.min(window.end, RECOGNISE_BYTES)));
  if (recognised.kind === 'gzip' || recognised.kind === 'zstd')
    return {
      kind: 'none',
      problem: 'it is compressed twice',
      cure: 'decompress it once (`gunzip`, `zstd -d`)',
    };
  if (recognised.kind !== 'none') return recognised;
  const damage = feed.damage === undefined ? '' : `; ${feed.damage}`;
  return { ...recognised, problem: `${recognised.problem} (after decompression${damage})` };
}

type Opened = { readonly handle: OpenFile } & Pick<OpenCapture, 'bytes' | 'inode' | 'change'>;

function openFile(path: string): Opened {
  let handle: OpenFile;
  try {
    handle = new OpenFile(path);
  } catch (error) {
    throw fileFault(path, error);
  }
  const { stat } = handle;
  const bytes = Number(stat.size);
  const change = (): string | undefined => {
    const now = handle.statNow();
    if (now.size < stat.size) return `it became shorter while it was read (${bytes} bytes, then ${now.size})`;
    if (now.size === stat.size && now.mtimeNs === stat.mtimeNs) return undefined;
    return `it was written to while it was read: what it held at first counts (${bytes} bytes, now ${now.size})`;
  };
  if (stat.isFile()) return { handle, bytes, inode: `${stat.dev}:${stat.ino}`, change };
  handle.close();
  if (stat.isFIFO())
    throw new FaultError(
      {
        place: displayPath(path),
        problem: 'it is a pipe, which can be read only once',
        cure: 'give it to standard input: `sessionlab inspect - < PIPE`, or write it to a file first',
      },
      ExitCode.data,
    );
  throw new FaultError(
    {
      place: displayPath(path),
      problem: stat.isDirectory() ? 'it is a folder, expected a file' : 'it is no regular file',
      cure: 'name a capture file',
    },
    ExitCode.data,
  );
}

/** An error of the operating system as a fault about the file; anything else as it is. */
export function asFault(path: string, error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? fileFault(path, error) : error;
}

/** What the operating system says about a file, as a fault. */
export function fileFault(path: string, error: unknown): FaultError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const place = displayPath(path);
  if (hasLost(path)) return garbledFault(place);
  switch (code) {
    case 'ENOENT':
      return new FaultError({ place, problem: 'no such file', cure: 'check the path' }, ExitCode.data);
    case 'EACCES':
    case 'EPERM':
      return new FaultError(
        { place, problem: 'no permission to read it', cure: 'change its permissions (chmod, chown)' },
        ExitCode.machine,
      );
    case 'ENXIO':
      return new FaultError(
        { place, problem: 'it is no regular file', cure: 'name a capture file' },
        ExitCode.data,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new FaultError(
        { place, problem: `no room is left on the disk (${code})`, cure: 'make room' },
        ExitCode.machine,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new FaultError(
        {
          place,
          problem: 'too many open files',
          cure: 'raise the limit (`ulimit -n`) or read fewer captures at once',
        },
        ExitCode.machine,
      );
    default:
      return new FaultError(
        { place, problem: `it cannot be read (${code})`, cure: 'check the disk and the path' },
        ExitCode.machine,
      );
  }
}
