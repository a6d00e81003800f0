/** Who takes part, and what each needs to be started. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentIn } from '../../src/services/index.ts';
import {
  type Found,
  packageFolder,
  pythonFolder,
  type Requirements,
  requireEnvironment,
} from './python-env.ts';
import { installTfjsNode } from './tfjs-node.ts';

/** A program to start. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** The benchmark's folders. */
export interface Folders {
  readonly python: string;
  readonly tfjsNode: string;
  readonly material: string;
}

export interface Peer {
  readonly id: string;
  /** The name in messages. */
  readonly title: string;
  /** Gets what it needs; the command, or the reason why it has to be left out. */
  readonly prepare: (folders: Folders, say: (line: string) => void) => Promise<Found<Command>>;
}

function inPython(id: string, title: string, requirements: Requirements, ...args: readonly string[]): Peer {
  return {
    id,
    title,
    async prepare(folders, say) {
      const made = await requireEnvironment(folders.python, requirements, say);
      if ('reason' in made) return made;
      const [program = '', ...rest] = args;
      return {
        found: { program: made.found.python, args: [join(pythonFolder, program), folders.material, ...rest] },
      };
    },
  };
}

/** A program of this folder, run as the project runs. */
const onNode = (file: string, ...args: readonly string[]): Command => ({
  program: process.execPath,
  args: ['--import', 'tsx', fileURLToPath(new URL(file, import.meta.url)), ...args],
});

/** A TensorFlow wheel to build against: the one that is there, or the one of the Keras peer. */
async function tensorflowWheel(folder: string, say: (line: string) => void): Promise<string | null> {
  const there = packageFolder(environmentIn(folder), 'tensorflow');
  if (there !== null) return there;
  const made = await requireEnvironment(folder, 'keras', say);
  return 'found' in made ? packageFolder(made.found, 'tensorflow') : null;
}

/** Gets tfjs-node to run in its folder, with the TensorFlow of the Python environment where it has to be built. */
export async function prepareTfjsNode(
  folders: Pick<Folders, 'python' | 'tfjsNode'>,
  say: (line: string) => void,
): Promise<Found<string>> {
  const ready = existsSync(join(folders.tfjsNode, 'node_modules'));
  const wheel = await tensorflowWheel(folders.python, ready ? () => undefined : say);
  return installTfjsNode(folders.tfjsNode, wheel, say);
}

const tfjsNode: Peer = {
  id: 'tfjs-node',
  title: 'tfjs-node',
  async prepare(folders, say) {
    const installed = await prepareTfjsNode(folders, say);
    if ('reason' in installed) return installed;
    return { found: onNode('tfjs.ts', folders.material, folders.tfjsNode) };
  },
};

/** All peers, in the order of the table. */
export const peers: readonly Peer[] = [
  inPython('jax', 'JAX', 'jax', 'jax_peer.py'),
  inPython('pytorch', 'PyTorch', 'pytorch', 'torch_peer.py', 'cells'),
  inPython('pytorch-gru', 'PyTorch (nn.GRU)', 'pytorch', 'torch_peer.py', 'gru'),
  inPython('keras', 'Keras', 'keras', 'keras_peer.py'),
  tfjsNode,
];

/** Ours; always the first. */
export function ours(folders: Folders, captures: readonly string[]): Command {
  return onNode('ours.ts', folders.material, ...captures);
}
