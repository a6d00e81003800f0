/** Pins: what arrived first of a file that has no published hash, kept beside the data and held against later ones. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';

export interface Pin {
  readonly sha256: string;
  readonly bytes: number;
  /** Where it came from; null where somebody put it there. */
  readonly url: string | null;
}

export type Pins = Readonly<Record<string, Pin>>;

const NAME = 'pins.json';

/** The pins of a data set by the paths of its files. @throws FaultError (data) when their file is damaged */
export async function readPins(folder: string): Promise<Pins> {
  const path = join(folder, NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    const entries = Object.entries(value as Record<string, Pin>);
    const sound = entries.every(
      ([, pin]) => /^[0-9a-f]{64}$/.test(pin.sha256) && Number.isSafeInteger(pin.bytes),
    );
    if (sound) return Object.fromEntries(entries);
  } catch {
    // As below.
  }
  throw new FaultError(
    {
      place: path,
      problem: 'it is damaged, must hold the hash of every file',
      cure: 'remove it; `sessionlab data fetch` pins what is there',
    },
    ExitCode.data,
  );
}

export async function writePin(folder: string, file: string, pin: Pin): Promise<void> {
  const pins = { ...(await readPins(folder)), [file]: pin };
  const sorted = Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeWhole(join(folder, NAME), `${JSON.stringify(sorted, null, 2)}\n`, '--data');
}
