/**
 * The folder that a run is written to before it has its name: `<seed>.partial-<pid>` beside its place. What a run that was
 * killed left there is taken up again where it can be. Whoever calls holds the lock of the run.
 */
import { readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeFault } from '../disk/index.ts';
import {
  CHECKPOINT_FILE,
  continueJournal,
  createJournal,
  JOURNAL_FILE,
  type Journal,
  leftovers,
  readJournal,
  readRecord,
  verifyRun,
} from '../results/index.ts';
import { type Checkpoint, type Identity, readCheckpoint } from './checkpoint.ts';
import type { RunEvent } from './events.ts';

type Observe = (event: RunEvent) => void;

export type Workspace =
  /** Everything is written and only the name is missing: the run was killed between its last two breaths. */
  | { readonly sealed: true; readonly folder: string }
  | {
      readonly sealed: false;
      readonly folder: string;
      /** Where the run was; null at its beginning. */
      readonly checkpoint: Checkpoint | null;
      readonly journal: Journal;
    };

/**
 * Makes the folder of a run, or takes up what is there of it. What is stale or damaged is told and removed.
 *
 * @param observe told what is gone on with, and what is refused
 * @throws FaultError (machine) when it cannot be written
 */
export async function openWorkspace(final: string, identity: Identity, observe: Observe): Promise<Workspace> {
  const folder = `${final}.partial-${process.pid}`;
  try {
    const best = await chooseLeftover(final, identity, observe);
    for (const path of leftovers(final))
      if (path !== best?.path) await rm(path, { recursive: true, force: true });
    if (best !== null) {
      if (best.path !== folder) await rename(best.path, folder);
      if (best.checkpoint === null) return { sealed: true, folder };
      for (const name of readdirSync(folder))
        if (name !== CHECKPOINT_FILE && name !== JOURNAL_FILE)
          await rm(join(folder, name), { recursive: true, force: true });
      const journal = continueJournal(join(folder, JOURNAL_FILE), best.checkpoint.state.journal);
      if (journal !== null) {
        const { step } = best.checkpoint.state.learning.position;
        if (step > 0) observe({ kind: 'continued', seed: identity.seed, step });
        return { folder, checkpoint: best.checkpoint, sealed: false, journal };
      }
      observe(refusal(folder, 'does not belong to its journal'));
      await rm(folder, { recursive: true, force: true });
    }
    await makeFolder(folder);
    return { sealed: false, folder, checkpoint: null, journal: createJournal(join(folder, JOURNAL_FILE)) };
  } catch (error) {
    throw writeFault(folder, error);
  }
}

interface Leftover {
  readonly path: string;
  /** null: all of the run is there. */
  readonly checkpoint: Checkpoint | null;
}

/** The leftover that got furthest. */
async function chooseLeftover(final: string, identity: Identity, observe: Observe): Promise<Leftover | null> {
  let best: Leftover | null = null;
  let most = -1;
  for (const path of leftovers(final)) {
    const checkpoint = readCheckpoint(join(path, CHECKPOINT_FILE), identity);
    if (checkpoint === null) {
      // The checkpoint is removed after run.json was written whole, as the last thing before the folder has its name.
      if (await isWhole(path, identity)) return { path, checkpoint };
    } else if ('refused' in checkpoint) {
      observe(refusal(path, checkpoint.refused));
    } else if (checkpoint.state.learning.position.step > most) {
      most = checkpoint.state.learning.position.step;
      best = { path, checkpoint };
    }
  }
  return best;
}

/** Whether a folder holds a run of this identity to its end. */
async function isWhole(folder: string, identity: Identity): Promise<boolean> {
  try {
    const record = readRecord(folder);
    const last = readJournal(join(folder, JOURNAL_FILE)).lines.at(-1);
    return (
      record.specHash === identity.specHash &&
      record.seed === identity.seed &&
      record.code.numeric === identity.code &&
      last?.type === 'end' &&
      last.resultHash === record.resultHash &&
      (await verifyRun(folder)).state !== 'damaged'
    );
  } catch {
    return false;
  }
}

const refusal = (folder: string, why: string): RunEvent => ({
  kind: 'checkpoint-refused',
  path: join(folder, CHECKPOINT_FILE),
  why,
});
