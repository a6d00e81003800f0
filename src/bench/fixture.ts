/** What the benchmarks work on: synthetic captures in a folder that goes away, and what is made of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contacts, collectContacts } from '../anomaly/index.ts';
import {
  assembleSessions,
  chronologicalSides,
  type SessionOptions,
  type SessionTable,
} from '../session/index.ts';
import { defaultRecipe, type SyntheticCapture, writeSyntheticCapture } from '../synth/index.ts';
import { articleShape } from './article.ts';

export const sessionOptions: SessionOptions = {
  protocols: ['tcp', 'udp'],
  idleTimeout: null,
  minPackets: 1,
  maxPackets: articleShape.maxPackets,
};

/** A capture on the disk. */
interface FixtureCapture extends SyntheticCapture {
  readonly path: string;
}

/** Sessions, those that train, and who talks to whom among them. */
export interface FixtureSessions {
  readonly sessions: SessionTable;
  readonly train: Uint32Array;
  readonly contacts: Contacts;
}

/** Makes each thing once, when it is first asked for. */
export interface Fixture {
  /** The folder, for files that a suite makes of the captures. */
  readonly folder: string;
  /** The synthetic office with so many sessions, at the same number of sessions a second. */
  capture(sessions: number, seed?: number): Promise<FixtureCapture>;
  assembled(sessions: number): Promise<FixtureSessions>;
  /** Forgets the sessions of this number, so that their memory can be used again. */
  forget(sessions: number): void;
  /** Removes the folder. */
  remove(): void;
}

/** A fixture with a folder of its own. */
export function createFixture(): Fixture {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-bench-'));
  const captures = new Map<string, Promise<FixtureCapture>>();
  const tables = new Map<number, Promise<FixtureSessions>>();

  function capture(sessions: number, seed = defaultRecipe.seed): Promise<FixtureCapture> {
    return once(captures, `${sessions}-${seed}`, async () => {
      const path = join(folder, `office-${sessions}-${seed}.pcap`);
      const duration = (defaultRecipe.duration * sessions) / defaultRecipe.sessions;
      return { path, ...(await writeSyntheticCapture({ ...defaultRecipe, seed, sessions, duration }, path)) };
    });
  }

  return {
    folder,
    capture,
    assembled: (count) => once(tables, count, async () => readSessions([(await capture(count)).path])),
    forget: (count) => void tables.delete(count),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The sessions of captures, with the first 80% to train on. */
export async function readSessions(paths: readonly string[]): Promise<FixtureSessions> {
  const { sessions } = await assembleSessions(paths, sessionOptions);
  const { train } = chronologicalSides(sessions.count, 0.8);
  return { sessions, train, contacts: collectContacts(sessions, train) };
}

function once<K, V>(made: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  let found = made.get(key);
  if (found === undefined) {
    found = make();
    made.set(key, found);
  }
  return found;
}
