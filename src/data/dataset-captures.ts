/** The captures of a data set that is named, without a spec. */
import { findCaptures } from '../capture/index.ts';
import { FaultError, uninterrupted } from '../fault/index.ts';
import { findDataset, withSource } from '../spec/index.ts';
import { syntheticFiles } from './synthetic.ts';

/**
 * The captures of a data set as files: where `sessionlab data fetch` puts them, or made from the recipe.
 *
 * @param results the results folder, where those of synthetic data sets are kept
 * @throws FaultError when there is no such data set, or a capture is missing
 */
export async function datasetCaptures(
  name: string,
  results: string,
  data?: string,
): Promise<readonly string[]> {
  const dataset = await findDataset(name, process.cwd(), data);
  if (dataset.kind === 'synthetic') return (await syntheticFiles(dataset, results, uninterrupted)).paths;
  try {
    return (await findCaptures(dataset.captures, dataset.base)).paths;
  } catch (error) {
    throw error instanceof FaultError ? withSource(error, dataset) : error;
  }
}
