/** What a spec asks of its data that the data set cannot give: days that it does not have, labels that it does not have. */

import { suggest } from '../fault/index.ts';
import type { ResolvedDataset } from './dataset.ts';
import { type SpecData, usesLabels } from './hash.ts';
import * as messages from './messages.ts';
import { below, type Located } from './pointer.ts';
import type { ExperimentSpec } from './schema.ts';

/** Faults of a spec that is sound by itself. */
export function checkData(spec: ExperimentSpec, { dataset, testDataset }: SpecData): readonly Located[] {
  const { protocol } = spec;
  const testing = testDataset ?? dataset;
  const faults: Located[] = [];
  if (spec.vary?.includes('data') === true && dataset.kind !== 'synthetic' && testing.kind !== 'synthetic')
    faults.push({ pointer: '/vary', ...messages.noDataToVary });
  if (protocol.kind === 'days') {
    faults.push(...unknownDays(protocol.train, '/protocol/train', dataset));
    faults.push(...unknownDays(protocol.test, '/protocol/test', testing));
    if (testDataset === null)
      protocol.test.forEach((day, i) => {
        if (protocol.train.includes(day))
          faults.push({ pointer: below('/protocol/test', i), ...messages.dayOnBothSides(day) });
      });
  }
  if (usesLabels(spec) && faults.length === 0) {
    const which = testDataset === null ? 'dataset' : 'test.dataset';
    const byLabels = 'labels' in protocol && protocol.labels?.test === 'labels';
    // A data set that nobody labelled may train, or have its sessions morphed, as normal: the other one has the labels.
    if (byLabels ? !hasLabels(testing) : !hasLabels(dataset) && !hasLabels(testing))
      faults.push({ pointer: '/protocol/labels', ...messages.noLabels(which) });
  }
  return faults;
}

/** The names of the days of a data set; none where it has no days. */
function dayNames(dataset: ResolvedDataset): readonly string[] {
  const days = dataset.kind === 'synthetic' ? dataset.recipe.days : dataset.manifest?.days;
  return days?.map(({ name }) => name) ?? [];
}

/** Whether anything says what the sessions of a data set are. */
export function hasLabels(dataset: ResolvedDataset): boolean {
  if (dataset.kind === 'synthetic') return dataset.recipe.days !== undefined;
  return dataset.labels !== undefined || (dataset.manifest?.labels ?? null) !== null;
}

function unknownDays(names: readonly string[], pointer: string, dataset: ResolvedDataset): Located[] {
  const known = dayNames(dataset);
  if (known.length === 0) return [{ pointer, ...messages.noDays }];
  return names.flatMap((name, i) =>
    known.includes(name)
      ? []
      : [{ pointer: below(pointer, i), ...messages.mustBeOneOf(name, known, suggest(name, known)) }],
  );
}
