/** Compiles a spec: a file becomes cells that can be run, or everything that is wrong with it is told. */
import { type ExitCode, type Fault, FaultError, formatFault, suggest } from '../fault/index.ts';
import { canonicalJson } from './canonical.ts';
import { checkSpec } from './check.ts';
import { checkData } from './check-data.ts';
import { type ResolvedDataset, resolveDataset } from './dataset.ts';
import { fill, isObject, type JsonObject, type Schema } from './defaults.ts';
import { type Draft, readExtended } from './extend.ts';
import { hashSpec, hashSweep } from './hash.ts';
import * as messages from './messages.ts';
import { assign, type LoadOptions, override } from './override.ts';
import type { Located } from './pointer.ts';
import { presentationsInOrder } from './presentations.ts';
import { withoutFaults } from './repair.ts';
import type { ExperimentSpec } from './schema.ts';
import { loadSchema } from './schema-file.ts';
import { datasetsFolderOf, locateSpec } from './shipped.ts';
import { type Changes, cellName, expandSweep, MOST_SEEDS } from './sweep.ts';
import { findFaults } from './validate.ts';
import { isDefaultVary } from './varied.ts';

/** A spec that can be run. */
export interface ResolvedSpec {
  /** The file, as it was named. */
  readonly path: string;
  /** The spec with all defaults filled in. */
  readonly spec: ExperimentSpec;
  /** The result of hashSpec, with the paths of captures in the place of their contents. */
  readonly hash: string;
  readonly dataset: ResolvedDataset;
  /** The sweep that the spec is a cell of, if it is one. */
  readonly sweep?: SweepPlace;
  /** The data set that the spec tests on, where it is another. */
  readonly testDataset: ResolvedDataset | null;
}

/** One cell of a sweep. */
export interface SweepCell extends ResolvedSpec {
  readonly changes: Changes;
}

/** The sweep that a spec is a cell of. */
interface SweepPlace {
  /** The name of the experiment. */
  readonly name: string;
  /** The result of hashSweep. */
  readonly hash: string;
  /** The result of cellName. */
  readonly cell: string;
  /** Its place among the cells, from 0: the first is what the others are compared with. */
  readonly index: number;
  readonly changes: Changes;
}

/**
 * Reads, validates and resolves a spec: the command line's changes applied, all defaults filled in, the data set
 * found, the hash computed.
 *
 * @param path the file, see locateSpec; captures are relative to its folder
 * @throws FaultError with everything that is wrong, each with its place (`file: /json/pointer`, or the option)
 */
export async function loadSpec(
  path: string,
  options: LoadOptions = {},
  schema: Schema = loadSchema('experiment'),
): Promise<ResolvedSpec> {
  const [cell] = await compile(path, options, schema, true);
  return cell!;
}

/**
 * Reads the sweep of a spec: every cell validated and resolved as `loadSpec` does, all faults of all cells at once. A
 * spec without sweep has one cell.
 *
 * @throws FaultError
 */
export function loadSweep(path: string, options: LoadOptions = {}): Promise<readonly SweepCell[]> {
  return compile(path, options, loadSchema('experiment'), false);
}

/**
 * The way of a spec from its file to cells that can be run, in nine phases; a phase that finds faults does not end the way.
 *
 * @param single whether more than one cell is a fault; the spec without its sweep is looked through all the same then
 * @throws FaultError with all faults of all phases and cells
 */
async function compile(
  named: string,
  options: LoadOptions,
  schema: Schema,
  single: boolean,
): Promise<readonly SweepCell[]> {
  // 1. Find and read the file, and 2. extend: what it says goes above what the files say that it extends.
  const path = locateSpec(named);
  const written = await readExtended(path);

  // 3. Override: what the command line changes.
  const { value, placeOf, faults } = override(written, options);

  // 4. Expand the sweep into the changes of each cell.
  const { sweep, ...base } = value;
  const expanded = expandSweep(sweep);
  const wrong: Located[] = [...expanded.faults];
  let changesOfCells = expanded.cells;
  if (single && changesOfCells.length !== 1) {
    if (wrong.length === 0) wrong.push({ pointer: '/sweep', ...messages.isSweep(changesOfCells.length) });
    changesOfCells = [{}];
  }

  // 5. to 9.: each cell by itself, and the faults of all of them, each once.
  const all = new Map<string, Fault>();
  const note = (found: readonly Fault[]) => {
    for (const fault of found) all.set(formatFault(fault), fault);
  };
  note([...faults, ...wrong.map(placedBy(placeOf))]);
  const place = sweep === undefined ? null : { hash: hashSweep(base) };
  const find = createFinder(datasetsFolderOf(path), options.data);
  const cells: SweepCell[] = [];
  let exitCode: ExitCode | undefined;
  for (const [index, changes] of changesOfCells.entries()) {
    const assignments = Object.entries(changes).map(([key, to]) => ({
      path: key,
      value: to,
      place: `${path}: /sweep, ${cellName({ [key]: to })}`,
    }));
    try {
      const resolved = await compileCell(
        assign({ value: base, placeOf, faults: [] }, assignments),
        schema,
        find,
      );
      const { name } = resolved.spec;
      const own =
        place === null ? {} : { sweep: { name, ...place, cell: cellName(changes), index, changes } };
      cells.push({ path, ...resolved, ...own, changes });
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      note(error.faults);
      exitCode = error.exitCode;
    }
  }
  if (all.size > 0) throw new FaultError([...all.values()], exitCode);
  const strange = strangeHypotheses(cells);
  if (strange.length > 0) throw new FaultError(strange.map(placedBy(placeOf)));
  return cells;
}

/** Hypotheses about cells that the sweep does not have; a spec that is run alone has no others to compare with. */
function strangeHypotheses(cells: readonly SweepCell[]): readonly Located[] {
  if (cells.length < 2) return [];
  const names = cells.map(({ changes }) => cellName(changes));
  return (cells[0]!.spec.hypotheses ?? []).flatMap(({ cell, against }, i) =>
    Object.entries({ cell, against }).flatMap(([key, name]) =>
      name === undefined || names.includes(name)
        ? []
        : [
            {
              pointer: `/hypotheses/${i}/${key}`,
              ...messages.mustBeOneOf(name, names.slice(0, 20), suggest(name, names)),
            },
          ],
    ),
  );
}

/** The last five phases, which every cell goes through by itself. @throws FaultError with all faults of the cell */
async function compileCell(
  draft: Draft,
  schema: Schema,
  find: Finder,
): Promise<Pick<ResolvedSpec, 'spec' | 'hash' | 'dataset' | 'testDataset'>> {
  const faults = [...draft.faults];
  const note = (found: readonly Located[]) => void faults.push(...found.map(placedBy(draft.placeOf)));

  // 5. Validate. What is wrong makes way for its default, so that the rest is looked through as well.
  const value = withSeedList(draft.value);
  const invalid = findFaults(schema, value);
  note(invalid);
  const wrong = invalid.map(({ pointer }) => pointer);
  const sound = withoutFaults(schema, value, wrong, { name: 'x', dataset: { captures: ['x'] } });
  if (sound === undefined) throw new FaultError(faults);

  // 6. Fill in the defaults.
  const spec = inOrder(fill(schema, sound) as ExperimentSpec);

  // 7. Check what a schema cannot express.
  note(checkSpec(spec, wrong));

  // 8. Resolve the data sets, and check what the spec asks of them.
  let exitCode: ExitCode | undefined;
  const resolve = async (asked: ExperimentSpec['dataset'], pointer: string) => {
    try {
      const found = await find(asked, spec.name);
      if (!('problem' in found)) return found;
      note([{ pointer, ...found }]);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      faults.push(...error.faults);
      exitCode = error.exitCode;
    }
    return null;
  };
  const dataset = await resolve(spec.dataset, '/dataset');
  const testDataset = spec.test === undefined ? null : await resolve(spec.test.dataset, '/test/dataset');
  if (faults.length > 0 || dataset === null) throw new FaultError(faults, exitCode);
  note(checkData(spec, { dataset, testDataset }));
  if (faults.length > 0) throw new FaultError(faults);

  // 9. Hash.
  return { spec, hash: hashSpec(spec, { dataset, testDataset }), dataset, testDataset };
}

/**
 * All that the cells of a sweep follow from, without making them: two equal ones have the same cells. null where something
 * else matters as well: captures, whose contents may change, and data sets that cells differ in.
 *
 * @throws FaultError when a file cannot be read
 */
export async function readSources(named: string, options: LoadOptions = {}): Promise<unknown> {
  const path = locateSpec(named);
  const { value } = override(await readExtended(path), options);
  if (JSON.stringify(value.sweep ?? null).includes('"dataset')) return null;
  const { dataset, test } = value;
  const resolved: unknown[] = [];
  for (const asked of [dataset, ...(isObject(test) ? [test.dataset] : [])]) {
    if (typeof asked !== 'string' && !(isObject(asked) && 'synthetic' in asked)) return null;
    const found = await resolveDataset(
      asked as ExperimentSpec['dataset'],
      'x',
      datasetsFolderOf(path),
      options.data,
    );
    if ('kind' in found && found.kind === 'captures') return null;
    resolved.push(found);
  }
  return [value, resolved];
}

const placedBy =
  (placeOf: Draft['placeOf']) =>
  ({ pointer, ...rest }: Located): Fault => ({ place: placeOf(pointer), ...rest });

/** Looks a data set up, by what a spec says of it and the name of the experiment. */
type Finder = (asked: ExperimentSpec['dataset'], name: string) => ReturnType<typeof resolveDataset>;

/** Looks every data set up once: the cells of a sweep mostly share theirs. */
function createFinder(base: string, data: string | undefined): Finder {
  const known = new Map<string, ReturnType<typeof resolveDataset>>();
  return (asked, name) => {
    const key = typeof asked === 'string' ? asked : `${name} ${canonicalJson(asked)}`;
    const found = known.get(key) ?? resolveDataset(asked, name, base, data);
    known.set(key, found);
    return found;
  };
}

/** The seeds 1 … n where there is a number n. */
function withSeedList(value: Readonly<JsonObject>): Readonly<JsonObject> {
  const { seeds } = value;
  if (typeof seeds !== 'number' || !Number.isInteger(seeds) || seeds < 1 || seeds > MOST_SEEDS) return value;
  return { ...value, seeds: Array.from({ length: seeds }, (_, i) => i + 1) };
}

/** Lists that are sets are sorted: the order in which they are written cannot matter, nor change the hash. */
function inOrder(spec: ExperimentSpec): ExperimentSpec {
  const { sessions, tokens, anomalies, attention, evaluation, vary } = spec;
  const { defects } = sessions;
  const { presentations } = evaluation;
  const sorted = {
    ...spec,
    ...(vary === undefined ? {} : { vary: vary.toSorted() }),
    sessions: {
      ...sessions,
      protocols: sessions.protocols.toSorted(),
      ...(defects === undefined ? {} : { defects: defects.toSorted() }),
    },
    tokens: { ...tokens, hide: tokens.hide.toSorted() },
    anomalies: { ...anomalies, repair: anomalies.repair.toSorted() },
    attention: { ...attention, ids: attention.ids.toSorted((a, b) => a - b) },
    evaluation: {
      ...evaluation,
      ...(presentations === undefined ? {} : { presentations: presentationsInOrder(presentations) }),
    },
  };
  if (vary === undefined || !isDefaultVary(vary)) return sorted;
  // What says no more than its absence has no place in the hash.
  const { vary: _, ...silent } = sorted;
  return silent;
}
