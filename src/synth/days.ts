/** The days of a recipe as files: a capture each, and labels in the form of ISCX IDS 2012. */
import { join } from 'node:path';
import { createWholeFile, type WholeFile } from '../disk/index.ts';
import { FaultError } from '../fault/index.ts';
import { sessionsOfDay } from '../spec/index.ts';
import { type DayPlan, plansOf } from './day.ts';
import { createFlowLog, type FlowCounts, flowsName } from './flow-log.ts';
import { syntheticPackets } from './network.ts';
import { captureChunks } from './pcap.ts';
import type { Recipe } from './recipe.ts';

/** A day and its files. */
export interface SyntheticDay {
  readonly name: string;
  /** The date in the clock of the labels: `2010-06-13`. */
  readonly date: string;
  /** File name of the capture. */
  readonly capture: string;
  /** File name of the labels; null where there are none. */
  readonly labels: string | null;
  /** The label of all sessions where there is no label file; null where there is one, or where nobody knows. */
  readonly otherwise: 'Normal' | null;
  /** What experiments in the traits of the article use it for. */
  readonly article: 'train' | 'test' | null;
}

/** What was written of a day. */
export interface WrittenDay extends SyntheticDay {
  readonly packets: number;
  readonly sessions: number;
  /** Size of the capture. */
  readonly bytes: number;
  /** What the label file holds; null where there is none. */
  readonly flows: FlowCounts | null;
}

export interface WriteOptions {
  /** Called about every megabyte of a capture; what it throws stops the writing, and nothing appears. */
  readonly progress?: (day: SyntheticDay, bytes: number) => void;
}

/** The days of a recipe in order; none where it has no days. */
export function syntheticDays(recipe: Pick<Recipe, 'days'>): readonly SyntheticDay[] {
  return (recipe.days ?? []).map(({ name, date, attacks, labels, article }) => ({
    name,
    date,
    capture: `${name}.pcap`,
    labels: labels ? `${flowsName(date)}.xml` : null,
    otherwise: labels || attacks.length > 0 ? null : 'Normal',
    article,
  }));
}

/**
 * Writes all files of all days of a recipe into a folder; the same recipe makes the same bytes on every machine. They
 * appear when all of them are whole.
 *
 * @param recipe as spec/ resolves it
 * @throws FaultError when the recipe has no days, or a file cannot be written
 */
export async function writeSyntheticDays(
  recipe: Recipe,
  folder: string,
  options: WriteOptions = {},
): Promise<readonly WrittenDay[]> {
  const days = syntheticDays(recipe);
  if (days.length === 0) {
    throw new FaultError({
      place: 'recipe/days',
      problem: 'has no days',
      cure: 'give "days", or write one capture',
    });
  }
  const files: WholeFile[] = [];
  const create = async (name: string): Promise<WholeFile> => {
    const file = await createWholeFile(join(folder, name));
    files.push(file);
    return file;
  };
  try {
    const written: WrittenDay[] = [];
    for (const [index, plan] of plansOf(recipe).entries()) {
      written.push(await writeDay(recipe, plan, index, days[index]!, create, options));
    }
    for (const file of files) await file.publish();
    return written;
  } catch (error) {
    for (const file of files) await file.abandon();
    throw error;
  }
}

async function writeDay(
  recipe: Recipe,
  { day }: DayPlan,
  index: number,
  files: SyntheticDay,
  create: (name: string) => Promise<WholeFile>,
  { progress }: WriteOptions,
): Promise<WrittenDay> {
  const capture = await create(files.capture);
  const log =
    files.labels === null ? null : { file: await create(files.labels), flows: createFlowLog(recipe, day!) };
  const encoder = new TextEncoder();
  let packets = 0;
  const chunks = captureChunks(syntheticPackets(recipe, index), recipe.snapLength, (packet) => {
    packets++;
    log?.flows.see(packet);
  });
  for (const chunk of chunks) {
    await capture.write(chunk);
    await log?.file.write(encoder.encode(log.flows.take()));
    progress?.(files, capture.bytes);
  }
  await log?.file.write(encoder.encode(log.flows.end()));
  await log?.file.close();
  await capture.close();
  return {
    ...files,
    packets,
    sessions: sessionsOfDay(recipe, day!),
    bytes: capture.bytes,
    flows: log === null ? null : { ...log.flows.counts },
  };
}
