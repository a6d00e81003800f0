/** Reads a JSON file that a user wrote. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemPath } from '../disk/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { parseJson } from './json.ts';
import * as messages from './messages.ts';
import { shippedNames } from './shipped.ts';

/** Specs have a few kilobytes. A capture that was named by mistake is refused before it is read. */
const MAX_BYTES = 1 << 20;

/**
 * The value in a JSON file.
 *
 * @param kind what the file must be, for messages: "an experiment"
 * @throws FaultError when it cannot be read or is not JSON
 */
export async function readJson(path: string, kind: string): Promise<unknown> {
  const bytes = await readBytes(path, kind);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FaultError({ place: path, ...messages.notUtf8 });
  }
  const json = parseJson(text, path);
  if (json.faults !== undefined) throw new FaultError(json.faults);
  return json.value;
}

/** What is said of a path where nothing is or can be: the last of one with a NUL. */
const NOWHERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

async function readBytes(path: string, kind: string): Promise<Uint8Array> {
  try {
    const facts = await stat(systemPath(path));
    if (facts.isDirectory()) throw new FaultError({ place: path, ...messages.isFolder(kind) });
    if (facts.size > MAX_BYTES)
      throw new FaultError({ place: path, ...messages.tooLarge(facts.size, MAX_BYTES) });
    return await readFile(systemPath(path));
  } catch (error) {
    if (error instanceof FaultError || !(error instanceof Error)) throw error;
    const code = 'code' in error ? error.code : undefined;
    if (NOWHERE.has(String(code))) {
      throw new FaultError({ place: path, ...messages.noFile(kind, await nearestFile(path)) });
    }
    throw new FaultError(
      { place: path, ...messages.unreadable(String(code ?? error.message)) },
      ExitCode.machine,
    );
  }
}

/** A file in the same folder that may have been meant. */
async function nearestFile(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const names = (await listFolder(folder)).filter((name) => name.endsWith('.json'));
  const near = suggest(basename(path), names) ?? suggest(`${basename(path)}.json`, names);
  return near === undefined ? suggest(path, shippedNames()) : join(folder, near);
}

/** The names in a folder, sorted; none when it cannot be listed. */
export async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}
