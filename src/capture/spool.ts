/** A capture on standard input: kept as a file while it is read, since captures are looked into before they are read. */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeTemporary } from '../disk/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { asFault } from './open.ts';

/** What stands for standard input where captures are named. */
const STANDARD_INPUT = '-';

/** Of the folder that it is kept in; then comes the number of the process. */
const PREFIX = 'sessionlab-input-';

/** Captures of which none is standard input any more. */
export interface Spooled {
  readonly patterns: readonly string[];
  /** Removes what was kept; it is also removed when the process ends. */
  remove(): void;
}

/**
 * Copies standard input to a file in the temporary folder where `-` is among the patterns, and names that file instead.
 *
 * @param signal stops it
 * @throws FaultError when there is nothing to read, or no room for it; Interrupted
 */
export async function spoolStandardInput(
  patterns: readonly string[],
  input: Readable & { readonly isTTY?: boolean } = process.stdin,
  signal?: AbortSignal,
): Promise<Spooled> {
  const count = patterns.filter((pattern) => pattern === STANDARD_INPUT).length;
  if (count === 0) return { patterns, remove: () => undefined };
  if (count > 1) throw fault('is named twice, and can be read only once', 'name it once');
  if (input.isTTY === true)
    throw fault('is a terminal, expected a capture', 'pipe one in: `tcpdump -w - | sessionlab inspect -`');
  removeTemporary(tmpdir(), PREFIX);
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = () => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  const path = join(folder, 'standard-input');
  try {
    await pipeline(input, createWriteStream(path), { ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    remove();
    if (signal?.aborted === true) throw new Interrupted();
    throw asFault(path, error);
  }
  return { patterns: patterns.map((pattern) => (pattern === STANDARD_INPUT ? path : pattern)), remove };
}

function fault(problem: string, cure: string): FaultError {
  return new FaultError({ place: 'standard input', problem, cure }, ExitCode.usage);
}
