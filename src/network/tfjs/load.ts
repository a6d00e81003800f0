/** Finds tfjs and its fastest backend: @tensorflow/tfjs-node where it is installed and works, plain JavaScript otherwise. */
import { importTfjsNode, isMissing, TFJS_NODE } from './find.ts';
import type { Tf } from './tensor.ts';

export interface LoadedTfjs {
  readonly tf: Tf;
  readonly backend: 'tensorflow' | 'cpu';
  /** Of tfjs-core. */
  readonly version: string;
  readonly threads: number;
  /** What the user should know of the choice; empty when the fast backend runs. */
  readonly notes: readonly string[];
}

/**
 * tfjs on its fastest backend here. libtensorflow takes its number of threads from TF_NUM_INTRAOP_THREADS when it first
 * runs, so `threads` counts for the first call of a process, and only where that variable is not set.
 */
export async function loadTfjs(
  threads = 1,
  load: () => Promise<unknown> = importTfjsNode,
): Promise<LoadedTfjs> {
  const environment = { TF_NUM_INTRAOP_THREADS: String(threads), TF_CPP_MIN_LOG_LEVEL: '1' };
  for (const [name, value] of Object.entries(environment)) process.env[name] ??= value;
  let why: string;
  try {
    const module = (await load()) as { readonly default?: Tf } & Tf;
    const tf = module.default ?? module;
    await start(tf, 'tensorflow');
    const used = Number(process.env.TF_NUM_INTRAOP_THREADS);
    return { tf, backend: 'tensorflow', version: tf.version_core, threads: used, notes: [] };
  } catch (error) {
    why = isMissing(error) ? 'is not installed' : `is installed but does not work (${firstLine(error)})`;
  }
  const tf = await import('@tensorflow/tfjs-core');
  await registerGradients();
  await import('@tensorflow/tfjs-backend-cpu');
  await start(tf, 'cpu');
  return {
    tf,
    backend: 'cpu',
    version: tf.version_core,
    threads: 1,
    notes: [
      `${TFJS_NODE} ${why}, so tfjs runs on its plain JavaScript backend, tens of times slower; npm install ${TFJS_NODE} gets the fast one`,
    ],
  };
}

/**
 * Gradients are not part of the bundle that Node loads, only of single files that are written as modules but named as
 * CommonJS, which Node cannot load; tsx can. The registry that they enter is global.
 */
async function registerGradients(): Promise<void> {
  const { require } = await import('tsx/cjs/api');
  require('@tensorflow/tfjs-core/dist/register_all_gradients', import.meta.url);
}

/** Selects a backend and computes something with it: a binding may load and still not fit this Node. */
async function start(tf: Tf, backend: string): Promise<void> {
  tf.enableProdMode(); // else the plain backend prints an advertisement
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend}`);
  const four = tf.tidy(() => tf.matMul([[1, 1]], [[2], [2]]).dataSync()[0]);
  if (four !== 4) throw new Error(`the backend ${backend} finds 1·2 + 1·2 = ${four}`);
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n')[0]!;
