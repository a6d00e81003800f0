/** Shared by the tests of specs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { asSchema, relax, type Schema } from '../../src/spec/defaults.ts';
import { type KnownNames, type LoadOptions, loadSpec, type ResolvedSpec } from '../../src/spec/index.ts';
import { experimentSchema } from '../../src/spec/schema.ts';

/** Names as the folders that own them might give them. */
export const NAMES: KnownNames = {
  anomalyKinds: ['ip-direction-switch', 'port-direction-switch', 'destination-ip-swap', 'noisy-packet'],
  hideableFields: ['checksum', 'mac', 'ip.ttl', 'ip.source', 'tcp.source', 'udp.source'],
};

/** The smallest spec there is. */
export const SMALLEST = { name: 'small', dataset: 'synthetic-office' } as const;

/** The schema with these names, not with those of the file: the tests do not change when a kind is added. */
export const SCHEMA: Schema = relax(asSchema(experimentSchema(NAMES)));

/** Every key that a spec knows at any depth. */
export const KEYS: readonly string[] = [...new Set(keysOf(SCHEMA))].sort();

function keysOf(schema: Schema): string[] {
  const below = [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? [])].flatMap(keysOf);
  return [...Object.keys(schema.properties ?? {}), ...below];
}

/** One edit of a name: a letter left out, put in, replaced, or swapped with the next. */
export function typo(name: string, kind: number, at: number, letter: string): string {
  const i = at % name.length;
  const [before, after] = [name.slice(0, i), name.slice(i + 1)];
  if (kind % 4 === 0) return before + after;
  if (kind % 4 === 1) return before + letter + name.slice(i);
  if (kind % 4 === 2) return before + letter + after;
  return before + after.slice(0, 1) + name[i]! + after.slice(1);
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-spec-'));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A function that loads a spec given as a value or as text, written to x.json. */
export function loader(folder: string) {
  return (spec: unknown, options: LoadOptions = {}): Promise<ResolvedSpec> => {
    const path = join(folder, 'x.json');
    writeFileSync(path, typeof spec === 'string' ? spec : JSON.stringify(spec));
    return loadSpec(path, options, SCHEMA);
  };
}

/** A function that gives the faults of a spec as lines, without the folder. */
export function faultsOf(folder: string) {
  const load = loader(folder);
  return async (spec: unknown, options: LoadOptions = {}): Promise<readonly string[]> => {
    try {
      await load(spec, options);
    } catch (error) {
      if (error instanceof FaultError) return error.message.replaceAll(join(folder, '/'), '').split('\n');
      throw error;
    }
    return [];
  };
}
