/** What somebody has to do by hand where a data set cannot be fetched. */
import { type Fault, FaultError } from '../fault/index.ts';
import type { CapturesManifest } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import type { LocatedDataset } from './locate.ts';
import { type Fetched, isSpent, type StoredFile } from './store.ts';

/** The files that are still missing, each with how it gets there. */
export function leftByHand(list: readonly Fetched[], { manifest, folder }: LocatedDataset): readonly Fault[] {
  const byHand = list.filter(({ action }) => action === 'byHand');
  const unpack = list.filter(({ action }) => action === 'unpack');
  const faults = unpack.map(({ file }) => ({
    place: displayPath(`${folder}/${file.path}`),
    problem: 'it is missing',
    cure: `unpack it: cd ${folder} && ${file.unpack!.command}`,
  }));
  if (byHand.length === 0) return faults;
  return [
    ...faults,
    {
      place: `data set ${manifest.name}`,
      problem: `${byHand.length} of ${list.length} files are missing and cannot be downloaded: ${some(byHand.map(({ file }) => file.path))}`,
      cure: byHandText(manifest, folder),
    },
  ];
}

/** The faults of files as they were verified: wrong ones, and those that are missing though nothing was made of them. */
export function faultsOf(name: string, files: readonly StoredFile[]): readonly Fault[] {
  const wrong = files.flatMap(({ path, found }) =>
    found.state === 'wrong'
      ? [
          {
            place: displayPath(path),
            problem: found.problem,
            cure: `remove it and \`sessionlab data fetch ${name}\``,
          },
        ]
      : [],
  );
  const missing = files.filter(({ file, found }) => found.state === 'missing' && !isSpent(file, files));
  if (missing.length === 0) return wrong;
  return [
    ...wrong,
    {
      place: `data set ${name}`,
      problem: `${missing.length} of ${files.length} files are missing: ${some(missing.map(({ file }) => file.path))}`,
      cure: `\`sessionlab data fetch ${name}\` gets them or says how`,
    },
  ];
}

function byHandText({ source }: CapturesManifest, folder: string): string {
  const what = source.byHand ?? 'Ask whoever has it.';
  const page = source.page === null ? '' : ` Page: ${source.page}.`;
  return `this folder is ${folder}. ${what}${page}`;
}

const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`;

/** Where the network refuses, the way without it. */
export function adviseByHand(error: unknown, { manifest, folder }: LocatedDataset): unknown {
  if (!(error instanceof FaultError) || !error.faults.some(({ place }) => /^https?:/.test(place)))
    return error;
  return new FaultError(
    [
      ...error.faults,
      {
        place: `data set ${manifest.name}`,
        problem: 'it is not complete',
        cure: `call it again, or get it by hand: ${byHandText(manifest, folder)}`,
      },
    ],
    error.exitCode,
  );
}
