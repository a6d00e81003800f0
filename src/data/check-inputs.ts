/** Looks at what specs read without a run: captures by their names, label files whole where they are used. */
import { readDatasetLabels } from '../dataset/index.ts';
import { type Fault, FaultError, formatFault } from '../fault/index.ts';
import { canonicalJson, hasLabels, type ResolvedSpec } from '../spec/index.ts';
import { plural } from '../text/index.ts';
import { captureInputs, type Wanted, wantedOf } from './inputs.ts';

/**
 * Looks at the inputs of specs, each data set once; what is made of a recipe has none.
 *
 * @returns what was not looked at, and why
 * @throws FaultError with everything that is missing or cannot be read
 */
export async function checkInputs(specs: readonly ResolvedSpec[]): Promise<readonly string[]> {
  const wanted = new Map(specs.flatMap(wantedOf).map((one) => [canonicalJson(one), one]));
  const faults = new Map<string, Fault>();
  let exitCode: FaultError['exitCode'] | undefined;
  for (const one of wanted.values())
    try {
      await checkWanted(one);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      for (const fault of error.faults) faults.set(formatFault(fault), fault);
      exitCode = error.exitCode;
    }
  if (faults.size > 0) throw new FaultError([...faults.values()], exitCode);
  return [...new Set(specs.flatMap(unreadLabels))];
}

/** Labels that data have and nobody reads: a mistake in them is not found either. */
function unreadLabels(resolved: ResolvedSpec): readonly string[] {
  const { protocol } = resolved.spec;
  return wantedOf(resolved).flatMap(({ dataset, labels }) => {
    if (labels || dataset.kind === 'synthetic' || !hasLabels(dataset)) return [];
    const files = dataset.labels?.files ?? dataset.manifest?.days.flatMap((day) => day.labels) ?? [];
    const which = files.length === 1 ? `labels ${files[0]}` : `labels (${plural(files.length, 'file')})`;
    return [`${which} are not read: the protocol "${protocol.kind}" uses none without protocol.labels`];
  });
}

async function checkWanted({ dataset, days, labels }: Wanted): Promise<void> {
  if (dataset.kind === 'synthetic') return;
  for (const { labels: source, folder } of await captureInputs(dataset, days, labels))
    if (source !== null) await readDatasetLabels(source, folder);
}
