/** Reads capture files as one data set, ordered in time, with an account of every record. */
import { createHash, type Hash } from 'node:crypto';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import type { Tunnels } from './decode.ts';
import { FileQueue } from './file-queue.ts';
import { Intake, isAfter, type Limit, type PacketSink } from './intake.ts';
import type { LeftOut } from './left-out.ts';
import { linkTypeNames } from './names.ts';
import { asFault, type OpenCapture, openCapture } from './open.ts';
import { Status } from './reader.ts';
import { type CaptureBegin, sameCaptures } from './same.ts';

/** A time stamp: whole seconds since 1970 and nanoseconds. */
export interface CaptureTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One file of a data set. */
export interface CaptureFile {
  readonly path: string;
  /** `pcap-le-us` (byte order, resolution), `pcapng`, each with `.gz` or `.zst` where compressed. */
  readonly format: string;
  /** Packet records. */
  readonly packets: number;
  /** Size of the file. */
  readonly bytes: number;
  /** Of the bytes of the file, when it was asked for. */
  readonly sha256?: string;
}

/** What was read. */
export interface CaptureReading {
  readonly files: readonly CaptureFile[];
  /** Packet records of all files: handed on + left out. */
  readonly packets: number;
  readonly decoded: number;
  readonly leftOut: readonly LeftOut[];
  /** Bytes of all files. */
  readonly bytes: number;
  /** Bytes on the wire of all packets, as the records say. */
  readonly wireBytes: number;
  /** Undamaged packets by link type; 0 for one that a file only declares. */
  readonly linkTypes: readonly {
    readonly linkType: number;
    readonly name: string;
    readonly packets: number;
  }[];
  /** The earliest and the latest time stamp; null when no record has one. */
  readonly firstTime: CaptureTime | null;
  readonly lastTime: CaptureTime | null;
  /** Records that are earlier than one read before them; by at most so many seconds. */
  readonly backwards: { readonly records: number; readonly seconds: number };
  /** Packets that carry others which were not looked at (`outer`), by what carries them. */
  readonly tunnels: readonly { readonly tunnel: string; readonly packets: number }[];
  readonly warnings: readonly string[];
}

/** How far the reading is. `bytes` of `totalBytes` of the files themselves. */
export interface Progress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly packets: number;
}

export interface ReadOptions {
  /** Also hash the bytes of every file, in the same pass. */
  readonly hash?: boolean;
  /** `outer` by default. */
  readonly tunnels?: Tunnels;
  /** Called after every chunk. */
  readonly progress?: (progress: Progress) => void;
  /** Size of a window in bytes; by default 256 KiB, less for many files. */
  readonly chunkBytes?: number;
}

const MIN_CHUNK = 1 << 16;
/** Fits into the second-level cache, where the parser finds it. */
const MAX_CHUNK = 1 << 18;
/** For the windows of all files together, as far as MIN_CHUNK allows. */
const CHUNK_BUDGET = 1 << 25;

/**
 * Reads captures and hands every packet that can be part of a session to the sink.
 *
 * The same capture by two names, also compressed, is read once, with a warning.
 *
 * Several files are merged by the time of their next packets (ties: order of the paths). Within a file the order of
 * the capture is kept even where time stamps go backwards. A file is open only from its first packet to its last.
 *
 * @throws FaultError (data) naming every file that is no capture or not there; nothing has been handed on then
 */
export async function readCaptures(
  paths: readonly string[],
  sink: PacketSink,
  options: ReadOptions = {},
): Promise<CaptureReading> {
  const merge = new Merge(paths, sink, options);
  await merge.begin();
  await merge.run();
  return merge.finish();
}

class Merge {
  private readonly paths: readonly string[];
  private readonly intake: Intake;
  private readonly options: ReadOptions;
  private readonly chunkBytes: number;
  private readonly queue: FileQueue;
  private readonly open: (OpenCapture | undefined)[];
  private readonly hashes: (Hash | undefined)[];
  private readonly files: (CaptureFile | undefined)[];
  private readonly warnings: string[][];
  private readonly declared = new Set<number>();
  private bytesRead = 0;
  private totalBytes = 0;
  private readonly begins: CaptureBegin[] = [];

  constructor(paths: readonly string[], sink: PacketSink, options: ReadOptions) {
    this.paths = paths;
    this.intake = new Intake(sink, options.tunnels ?? 'outer');
    this.options = options;
    const share = Math.floor(CHUNK_BUDGET / Math.max(1, paths.length));
    this.chunkBytes = options.chunkBytes ?? Math.min(MAX_CHUNK, Math.max(MIN_CHUNK, share));
    this.queue = new FileQueue(paths.length);
    this.open = paths.map(() => undefined);
    this.files = paths.map(() => undefined);
    this.warnings = paths.map(() => []);
    this.hashes = paths.map(() => undefined);
  }

  /** Looks into every file: refuses those that are no captures, finds when each begins. */
  async begin(): Promise<void> {
    const faults: Fault[] = [];
    let exitCode: ExitCode = ExitCode.data;
    for (const [file, path] of this.paths.entries()) {
      try {
        await this.look(file, path);
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        faults.push(...error.faults);
        if (error.exitCode === ExitCode.machine) exitCode = ExitCode.machine;
      }
    }
    if (faults.length > 0) throw new FaultError(faults, exitCode);
    const places = new Map(this.paths.map((path, file) => [path, file]));
    for (const { path, bytes, as } of await sameCaptures(this.begins)) {
      const file = places.get(path)!;
      this.queue.remove(file);
      this.totalBytes -= bytes;
      this.warnings[file] = [`${displayPath(path)}: the same capture as ${displayPath(as)}, read once`];
    }
  }

  private async look(file: number, path: string): Promise<void> {
    const capture = await openCapture(path, MIN_CHUNK);
    try {
      this.totalBytes += capture.bytes;
      const { reader, window } = capture;
      let status = reader.next();
      while (status === Status.more) {
        await refill(path, window);
        status = window.ended ? endOf(reader) : reader.next();
      }
      this.begins.push({
        path,
        bytes: capture.bytes,
        inode: capture.inode,
        record: status === Status.record ? firstRecord(reader) : '',
      });
      // A file without packets has its turn at once, so that it is in the account.
      if (status === Status.record) this.queue.insert(file, reader.packet.seconds, reader.packet.nanoseconds);
      else this.queue.insert(file, Number.NEGATIVE_INFINITY, 0);
    } finally {
      capture.close();
    }
  }

  async run(): Promise<void> {
    try {
      while (this.queue.size > 0) await this.turn(this.queue.first);
    } finally {
      for (const capture of this.open) capture?.close();
    }
  }

  /** The first file's packets up to where another file's next packet comes before its own. */
  private async turn(file: number): Promise<void> {
    const { queue, intake } = this;
    const second = queue.second;
    const limit: Limit = {
      seconds: second < 0 ? Number.POSITIVE_INFINITY : queue.secondsOf(second),
      nanoseconds: second < 0 ? 0 : queue.nanosecondsOf(second),
      tie: file < second,
    };
    let capture = this.open[file];
    let status: Status = Status.record;
    if (capture === undefined) {
      if (this.options.hash === true) this.hashes[file] = createHash('sha256');
      capture = await openCapture(this.paths[file]!, this.chunkBytes, this.hashes[file]);
      this.open[file] = capture;
      status = await this.next(capture);
    }
    const { packet } = capture.reader;
    while (status === Status.record) {
      status = intake.run(capture, file, limit);
      if (status === Status.more) status = await this.next(capture);
      if (status === Status.record && isAfter(packet, limit)) {
        queue.removeFirst();
        return queue.insert(file, packet.seconds, packet.nanoseconds);
      }
    }
    queue.removeFirst();
    await this.close(file, capture);
  }

  /** The next record, with as many refills as it takes. */
  private async next(capture: OpenCapture): Promise<Status> {
    const { reader, window, file, path } = capture;
    for (;;) {
      const status = reader.next();
      if (status !== Status.more) return status;
      const before = file.position;
      await refill(path, window);
      this.advance(file.position - before);
      if (window.ended) return endOf(reader);
    }
  }

  private advance(bytes: number): void {
    this.bytesRead += bytes;
    this.options.progress?.({
      bytes: this.bytesRead,
      totalBytes: this.totalBytes,
      packets: this.intake.packets,
    });
  }

  private async close(file: number, capture: OpenCapture): Promise<void> {
    const hash = this.hashes[file];
    // Where the reader stopped early, the rest of a gzip stream may tell why.
    if (capture.feed !== capture.file) await skipRest(capture);
    if (hash !== undefined) await hashRest(capture);
    this.open[file] = undefined;
    this.hashes[file] = undefined;
    const change = capture.change();
    capture.close();
    const { reader, feed, path, format } = capture;
    for (const linkType of reader.linkTypes) this.declared.add(linkType);
    const found = [...reader.warnings];
    if (feed.damage !== undefined) found.push(feed.damage);
    if (change !== undefined) found.push(change);
    const { carried, missing } = reader.stamps;
    if (carried > 0)
      found.push(`time stamps with a fraction of a second or more: ${carried}; the excess counts as seconds`);
    if (missing > 0)
      found.push(`packets without time stamp: ${missing}; each takes the time of the packet before it`);
    this.warnings[file] = found.map((warning) => `${displayPath(path)}: ${warning}`);
    this.files[file] = {
      path,
      format,
      packets: reader.packet.record,
      bytes: capture.bytes,
      ...(hash === undefined ? {} : { sha256: hash.digest('hex') }),
    };
  }

  finish(): CaptureReading {
    const { intake } = this;
    const files = this.files.filter((file) => file !== undefined);
    const packets = files.reduce((sum, file) => sum + file.packets, 0);
    if (packets !== intake.packets || intake.decoded + intake.leftOut.total !== intake.packets)
      throw new Error(
        `${packets} records, ${intake.packets} taken: ${intake.decoded} decoded + ${intake.leftOut.total} left out`,
      );
    const timed = intake.firstSeconds <= intake.lastSeconds;
    return {
      files,
      packets,
      decoded: intake.decoded,
      leftOut: intake.leftOut.list(),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      wireBytes: intake.wireBytes,
      linkTypes: listLinkTypes(intake.linkTypes, this.declared),
      firstTime: timed ? { seconds: intake.firstSeconds, nanoseconds: intake.firstNanoseconds } : null,
      lastTime: timed ? { seconds: intake.lastSeconds, nanoseconds: intake.lastNanoseconds } : null,
      backwards: { records: intake.backwards, seconds: intake.furthestBack },
      tunnels: [...intake.tunnels]
        .map(([tunnel, count]) => ({ tunnel, packets: count }))
        .sort((a, b) => b.packets - a.packets || (a.tunnel < b.tunnel ? -1 : 1)),
      warnings: this.warnings.flat(),
    };
  }
}

/** What the first record of a capture is, to tell it from others. */
function firstRecord({ packet }: OpenCapture['reader']): string {
  const { seconds, nanoseconds, captured, original, linkType } = packet;
  return [seconds, nanoseconds, captured, original, linkType].join(' ');
}

function listLinkTypes(counts: Float64Array, declared: ReadonlySet<number>): CaptureReading['linkTypes'] {
  return [...declared]
    .sort((a, b) => a - b)
    .map((linkType) => ({
      linkType,
      name: linkTypeNames[linkType] ?? 'unnamed',
      packets: counts[linkType]!,
    }));
}

/** What a reader has when nothing follows what is in its window. */
function endOf(reader: OpenCapture['reader']): Status {
  const status = reader.next();
  return status === Status.more ? reader.conclude() : status;
}

async function refill(path: string, window: OpenCapture['window']): Promise<void> {
  try {
    await window.refill();
  } catch (error) {
    throw asFault(path, error);
  }
}

/** Reads what a damaged capture leaves unread. */
async function skipRest({ path, window }: OpenCapture): Promise<void> {
  while (!window.ended) {
    window.start = window.end;
    await refill(path, window);
  }
}

/** Reads what is left of the file itself, for its hash. */
async function hashRest(capture: OpenCapture): Promise<void> {
  const scratch = new Uint8Array(MIN_CHUNK);
  try {
    while ((await capture.file.read(scratch, 0)) > 0);
  } catch (error) {
    throw asFault(capture.path, error);
  }
}
