/** The API for programs, for Node as it is: what is TypeScript is stripped of its types when it is loaded. */
const strips = Boolean(process.features.typescript) && !import.meta.url.includes('/node_modules/');
if (!strips) {
  const { register } = await import('tsx/esm/api');
  register({ tsconfig: false });
}
export const {
  FaultError,
  loadSpec,
  loadSweep,
  openRun,
  openScorer,
  readCaptures,
  runExperiment,
  scoreSessions,
  sweepExperiment,
} = await import('./index.ts');
