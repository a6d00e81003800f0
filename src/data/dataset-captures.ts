/** The captures of a data set that is named, without a spec. */
import { findCaptures } from '../capture/index.ts';
import { FaultError } from '../fault/index.ts';
import { uninterrupted } from '../run/index.ts';
import { findDataset, withSource } from '../spec/index.ts';
import { syntheticFiles } from './synthetic.ts';

/** See the door of run/. */
export async function datasetCaptures(
  name: string,
  results: string,
  data: string | undefined,
): Promise<readonly string[]> {
  const dataset = await findDataset(name, process.cwd(), data);
  if (dataset.kind === 'synthetic') return (await syntheticFiles(dataset, results, uninterrupted)).paths;
  try {
    return (await findCaptures(dataset.captures, dataset.base)).paths;
  } catch (error) {
    throw error instanceof FaultError ? withSource(error, dataset) : error;
  }
}
