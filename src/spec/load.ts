/** From a file to a spec that can be run, or to everything that is wrong with it. */
import { dirname } from 'node:path';
import { checkSpec } from './check.ts';
import { type ResolvedDataset, resolveDataset } from './dataset.ts';
import { fill, isObject, type Schema } from './defaults.ts';
import { type ExitCode, type Fault, FaultError } from './fault.ts';
import { hashSpec } from './hash.ts';
import * as messages from './messages.ts';
import { type LoadOptions, override } from './override.ts';
import type { Located } from './pointer.ts';
import { readJson } from './read.ts';
import { withoutFaults } from './repair.ts';
import type { ExperimentSpec } from './schema.ts';
import { loadSchema } from './schema-file.ts';
import { findFaults } from './validate.ts';

/** A spec that can be run. */
export interface ResolvedSpec {
  /** The file, as it was named. */
  readonly path: string;
  /** With all defaults filled in. */
  readonly spec: ExperimentSpec;
  /** See hashSpec; captures by their paths. */
  readonly hash: string;
  readonly dataset: ResolvedDataset;
}

/** Reads, validates and resolves a spec; see `loadSpec` of the door. */
export async function load(
  path: string,
  options: LoadOptions,
  schema: Schema = loadSchema('experiment'),
): Promise<ResolvedSpec> {
  const read = await readJson(path, 'an experiment');
  if (!isObject(read))
    throw new FaultError({ place: path, ...messages.must(read, 'an object with "name" and "dataset"') });
  const { value, origin, faults } = override(read, options);
  const place = ({ pointer, ...rest }: Located): Fault => ({
    place: origin(pointer) ?? messages.pointerPlace(path, pointer),
    ...rest,
  });

  const found = findFaults(schema, value);
  const wrong = found.map((fault) => fault.pointer);
  const sound =
    wrong.length === 0
      ? value
      : withoutFaults(schema, value, wrong, { name: 'x', dataset: { captures: ['x'] } });
  const all: Fault[] = [...faults, ...found.map(place)];
  if (sound === undefined) throw new FaultError(all);

  const spec = inOrder(fill(schema, sound) as ExperimentSpec);
  all.push(...checkSpec(spec, wrong).map(place));
  const { dataset, exitCode } = await datasetOf(spec, path, all, place);
  if (all.length > 0 || dataset === undefined) throw new FaultError(all, exitCode);
  return { path, spec, hash: hashSpec(spec, dataset), dataset };
}

/** Lists that are sets are sorted: the order in which they are written cannot matter, nor change the hash. */
function inOrder(spec: ExperimentSpec): ExperimentSpec {
  return {
    ...spec,
    sessions: { ...spec.sessions, protocols: spec.sessions.protocols.toSorted() },
    tokens: { ...spec.tokens, hide: spec.tokens.hide.toSorted() },
    anomalies: { ...spec.anomalies, repair: spec.anomalies.repair.toSorted() },
    attention: { ...spec.attention, ids: spec.attention.ids.toSorted((a, b) => a - b) },
  };
}

async function datasetOf(
  spec: ExperimentSpec,
  path: string,
  faults: Fault[],
  place: (fault: Located) => Fault,
): Promise<{ dataset?: ResolvedDataset; exitCode?: ExitCode }> {
  try {
    const dataset = await resolveDataset(spec, dirname(path));
    if (!('problem' in dataset)) return { dataset };
    faults.push(place({ pointer: '/dataset', ...dataset }));
    return {};
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    faults.push(...error.faults);
    return { exitCode: error.exitCode };
  }
}
