import type { KnownNames } from './schema-parts.ts';

export { ATTACK_KINDS, type AttackKind } from './attack-kinds.ts';
export { canonicalJson } from './canonical.ts';
export { hasLabels } from './check-data.ts';
export { loadSpec, loadSweep, type ResolvedSpec, readSources, type SweepCell } from './compile.ts';
export { dataFolder, findDataset, type ResolvedDataset, withSource } from './dataset.ts';
export {
  attacksOfDay,
  clockOffsetOf,
  type RecipeDay,
  sessionsOfDay,
  startOfDay,
} from './days.ts';
export { isObject } from './defaults.ts';
export { type DataContents, hashSpec, type SpecContents, usesLabels } from './hash.ts';
export { loadManifest, loadManifestFile, loadRecipeFile, manifestNames, ownManifest } from './manifest.ts';
export type { LoadOptions } from './override.ts';
export { type Presentation, presentsMorphs } from './presentations.ts';
export { partThatTests } from './rolling.ts';
export type { ExperimentSpec } from './schema.ts';
export type { CapturesManifest, DataFile, Manifest, Recipe } from './schema-data.ts';
export type { KnownNames } from './schema-parts.ts';
export { locateShipped, locateSpec, locateSpecs } from './shipped.ts';
export { type Changes, cellName } from './sweep.ts';
export { drawnFor, seedFor, variesSessions } from './vary.ts';

/** Writes the schema files anew from their source, with the names that other folders own. */
export async function writeSchemas(names: KnownNames): Promise<void> {
  // The builder of schemas takes longer to load than a spec takes to check.
  (await import('./write-schema.ts')).writeSchemas(names);
}
export type { DeepReadonly } from './schema-parts.ts';
