/** Where @tensorflow/tfjs-node is: beside sessionlab, or in a folder that the environment names. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Found at run time, because the package is optional: neither the type checker nor the loader may insist on it. */
export const TFJS_NODE = '@tensorflow/tfjs-node';

/**
 * Imports tfjs-node from the node_modules of the folder in SESSIONLAB_TFJS_NODE, or else as any other package.
 *
 * @throws what the loader throws where it is not there or does not fit this Node
 */
export async function importTfjsNode(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<unknown> {
  const folder = env.SESSIONLAB_TFJS_NODE ?? '';
  if (folder === '') return import(TFJS_NODE);
  const path = createRequire(join(resolve(folder), 'package.json')).resolve(TFJS_NODE);
  return import(pathToFileURL(path).href);
}

/** Whether an import failed because the package is not there. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return /MODULE_NOT_FOUND$/.test(String(error.code)) && error.message.includes(`'${TFJS_NODE}'`);
}
