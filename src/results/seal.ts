/**
 * The seal of a run: run.json has the size and SHA-256 of every file beside it, and a hash over itself. It tells what was
 * changed by accident or by hand; who forges all of it anew is not found out by a hash without a secret.
 */
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { sha256, sha256OfFile } from '../disk/index.ts';
import { canonicalJson } from '../spec/index.ts';
import type { Fitting } from './check.ts';
import { RUN_FILE } from './files.ts';

/** What run.json says of a file beside it. */
export const sealedFile = Type.Object({
  path: Type.String(),
  bytes: Type.Integer({ minimum: 0 }),
  /** Hexadecimal digits. */
  sha256: Type.String(),
});
export type SealedFile = Fitting<typeof sealedFile>;

/** SHA-256 of a record without its own seal, in canonical JSON: how it is laid out does not matter, what it says does. */
export function sealOf(record: Readonly<Record<string, unknown>>): string {
  const { seal: _, ...rest } = record;
  return sha256(canonicalJson(rest));
}

/** A record with its seal. @param files of its run */
export function withSeal<R extends object>(record: R, files: readonly SealedFile[]) {
  // What is hashed is what will be read: a field that is undefined is none.
  const read = JSON.parse(JSON.stringify({ ...record, files })) as Record<string, unknown>;
  return { ...record, files, seal: sealOf(read) };
}

/** Size and SHA-256 of the files in the folder of a run as they are now, by name, but for run.json and hidden ones. */
export async function hashFiles(folder: string): Promise<readonly SealedFile[]> {
  const files: SealedFile[] = [];
  for (const path of namesIn(folder)) files.push(await hashFile(folder, path));
  return files;
}

export async function hashFile(folder: string, path: string): Promise<SealedFile> {
  const file = join(folder, path);
  return { path, sha256: await sha256OfFile(file), bytes: (await stat(file)).size };
}

const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== RUN_FILE)
    .map((entry) => entry.name)
    .sort();
