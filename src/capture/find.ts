/** From what a user names (files, folders, globs) to the capture files of a data set. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import { pathOf, systemPath } from '../disk/index.ts';
import { ExitCode, type Fault, FaultError, suggest } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { countAlternatives, expandBraces, isGlob, segmentMatcher } from './glob.ts';
import { fileFault, openCapture } from './open.ts';

/** The captures of a data set, and what was passed over in folders. */
export interface FoundCaptures {
  /** Absolute, sorted, each once. */
  readonly paths: readonly string[];
  /** Files in folders that are no captures. */
  readonly skipped: readonly string[];
  /** What the user should know: how many files were skipped in which folder, and the first of them. */
  readonly warnings: readonly string[];
}

/**
 * Finds the captures that patterns name, relative to `base`.
 *
 * A folder is searched to any depth for files that begin like a capture; others are skipped and counted. A file that
 * is named itself, or by a glob, is taken as it is: if it is no capture, reading refuses it.
 *
 * @throws FaultError (data) with a fault for every pattern that finds nothing
 */
export async function findCaptures(patterns: readonly string[], base: string): Promise<FoundCaptures> {
  const paths = new Set<string>();
  const skipped = new Set<string>();
  const warnings: string[] = [];
  const faults: Fault[] = [];
  let exitCode: ExitCode = ExitCode.data;
  for (const pattern of patterns) {
    try {
      const found = await findOne(pattern, base);
      for (const path of found.paths) paths.add(path);
      for (const path of found.skipped) skipped.add(path);
      warnings.push(...found.warnings);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      for (const fault of error.faults) faults.push(fault);
      if (error.exitCode === ExitCode.machine) exitCode = ExitCode.machine;
    }
  }
  if (patterns.length === 0)
    faults.push({
      place: 'captures',
      problem: 'the list is empty',
      cure: 'name a capture file, folder or glob',
    });
  if (faults.length > 0) throw new FaultError(faults, exitCode);
  return { paths: [...paths].sort(byCodeUnits), skipped: [...skipped].sort(byCodeUnits), warnings };
}

/** The paths of findCaptures alone. */
export async function expandCaptures(patterns: readonly string[], base: string): Promise<readonly string[]> {
  return (await findCaptures(patterns, base)).paths;
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function findOne(pattern: string, base: string): Promise<FoundCaptures> {
  if (pattern.includes('\0'))
    throw new FaultError(
      { place: pattern, problem: 'a path has no character NUL', cure: 'check the path' },
      ExitCode.data,
    );
  const path = resolve(base, pattern);
  const kind = await kindOf(path);
  if (kind === 'folder') return searchFolder(path);
  if (kind === 'file') return { paths: [path], skipped: [], warnings: [] };
  if (isGlob(pattern)) return expandGlob(pattern, base);
  throw new FaultError(await missing(path), ExitCode.data);
}

/** What is at a path; links are followed. Devices and the like count as files, which reading refuses. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(systemPath(path))).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return 'nothing';
    throw fileFault(path, error);
  }
}

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

async function list(folder: string): Promise<readonly Entry[]> {
  try {
    const entries = await readdir(systemPath(folder), { withFileTypes: true, encoding: 'buffer' });
    return entries
      .map((entry): Entry => {
        const kind = entry.isDirectory()
          ? 'folder'
          : entry.isFile()
            ? 'file'
            : entry.isSymbolicLink()
              ? 'link'
              : 'other';
        return { name: pathOf(entry.name), kind };
      })
      .sort((a, b) => byCodeUnits(a.name, b.name));
  } catch (error) {
    throw fileFault(folder, error);
  }
}

async function searchFolder(folder: string): Promise<FoundCaptures> {
  const paths: string[] = [];
  const skipped: string[] = [];
  const files: string[] = [];
  await walk(folder, files);
  for (const path of files) ((await beginsLikeCapture(path)) ? paths : skipped).push(path);
  const place = displayPath(folder);
  if (paths.length === 0) {
    const count = skipped.length === 1 ? '1 file' : `${skipped.length} files`;
    const problem = skipped.length === 0 ? 'the folder holds no files' : `none of its ${count} is a capture`;
    throw new FaultError(
      { place, problem, cure: 'name a folder with pcap or pcapng files, plain, gzip or zstd' },
      ExitCode.data,
    );
  }
  const warnings =
    skipped.length === 0
      ? []
      : [
          `${place}: ${skipped.length} of ${paths.length + skipped.length} files are no captures and were skipped, first ${displayPath(skipped[0]!)}`,
        ];
  return { paths, skipped, warnings };
}

/** Adds all files below a folder, sorted. Linked files count; linked folders do not, since they can make circles. */
async function walk(folder: string, files: string[]): Promise<void> {
  for (const { name, kind } of await list(folder)) {
    const path = join(folder, name);
    if (kind === 'folder') await walk(path, files);
    else if (kind === 'file' || (kind === 'link' && (await isLinkedFile(path)))) files.push(path);
  }
}

async function isLinkedFile(path: string): Promise<boolean> {
  try {
    return (await stat(systemPath(path))).isFile();
  } catch {
    return false;
  }
}

/** Enough of a file to recognise what it is, and what it decompresses to. */
const HEAD_BYTES = 4096;

/** Whether a file begins like a capture; one that cannot be read is an error. */
async function beginsLikeCapture(path: string): Promise<boolean> {
  try {
    (await openCapture(path, HEAD_BYTES)).close();
    return true;
  } catch (error) {
    if (error instanceof FaultError && error.exitCode === ExitCode.data) return false;
    throw error;
  }
}

/** More alternatives are taken for a mistake. */
const MOST_ALTERNATIVES = 4096;

async function expandGlob(pattern: string, base: string): Promise<FoundCaptures> {
  // Only what the user wrote is a pattern, not the folder that it is relative to.
  const { root } = parse(pattern);
  const alternatives = countAlternatives(pattern);
  if (alternatives > MOST_ALTERNATIVES)
    throw new FaultError(
      {
        place: pattern,
        problem: `its braces make ${alternatives} patterns, at most ${MOST_ALTERNATIVES} are possible`,
        cure: 'use * or ?, or name folders',
      },
      ExitCode.data,
    );
  const paths = new Set<string>();
  // What is there with braces in its name is taken as it is.
  const segments = pattern.slice(root.length).split(sep);
  const { folder, rest } = await literalPart(resolve(base, root), segments.filter(isNoRepetition));
  for (const alternative of expandBraces(rest.join(sep)))
    await matchGlob(folder, alternative.split(sep), paths);
  if (paths.size === 0) {
    const problem = `no file matches (looked in ${displayPath(resolve(base))})`;
    const cure = 'check the pattern; * matches within a folder, ** across folders';
    throw new FaultError({ place: pattern, problem, cure }, ExitCode.data);
  }
  return { paths: [...paths], skipped: [], warnings: [] };
}

/** `**` twice in a row says no more than once, but would be looked for in as many ways. */
const isNoRepetition = (segment: string, i: number, segments: readonly string[]): boolean =>
  segment !== '**' || segments[i - 1] !== '**';

/** As many segments as name folders that are there. */
async function literalPart(
  base: string,
  segments: readonly string[],
): Promise<{ readonly folder: string; readonly rest: readonly string[] }> {
  let folder = base;
  for (const [i, segment] of segments.entries()) {
    const path = join(folder, segment);
    if ((await kindOf(path)) !== 'folder') return { folder, rest: segments.slice(i) };
    folder = path;
  }
  return { folder, rest: [] };
}

/** Adds the files below `folder` whose remaining path matches the segments. A name that is there is taken literally. */
async function matchGlob(folder: string, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  const literal = join(folder, segment);
  const kind = await kindOf(literal);
  if (kind === 'folder' && rest.length > 0) return matchGlob(literal, rest, found);
  if (kind === 'file' && rest.length === 0) return void found.add(literal);
  if (!isGlob(segment)) return;
  if (segment === '**') await matchGlob(folder, rest.length === 0 ? ['*'] : rest, found);
  const matches = segment === '**' ? (name: string) => !name.startsWith('.') : segmentMatcher(segment);
  for (const { name, kind: entry } of await list(folder)) {
    if (!matches(name)) continue;
    const path = join(folder, name);
    const isFolder =
      entry === 'folder' || (entry === 'link' && segment !== '**' && (await kindOf(path)) === 'folder');
    if (isFolder) await matchGlob(path, segment === '**' ? segments : rest, found);
    else if (rest.length === 0 && segment !== '**') found.add(path);
  }
}

/** The fault for a path that is not there, with the name that was probably meant. */
async function missing(path: string): Promise<Fault> {
  const folder = dirname(path);
  const place = displayPath(path);
  if ((await kindOf(folder)) !== 'folder')
    return { place, problem: `no such file, nor the folder ${displayPath(folder)}`, cure: 'check the path' };
  const names = (await list(folder)).map((entry) => entry.name);
  const near = suggest(basename(path), names);
  return {
    place,
    problem: 'no such file or folder',
    cure: near === undefined ? 'check the path' : `did you mean ${displayPath(join(folder, near))}?`,
  };
}
