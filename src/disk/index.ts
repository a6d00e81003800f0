/** The disk: whole files and folders, locks, what the system says about a path as a fault. */
export { fromLittleEndian, littleEndian } from './bytes.ts';
export { diskFault, sha256Of, sizeOf } from './dataset-files.ts';
export { lock } from './dataset-lock.ts';
export {
  asFault,
  claimResults,
  fileClock,
  makeFolder,
  publish,
  removeEmpty,
  syncFolder,
  unique,
  writeWhole,
} from './folder.ts';
export { checkHeld, isTaken, type Lock, locksIn, type Owner, signOfLife, takeLock } from './lock.ts';
export { createWholeFile, type WholeFile } from './whole-file.ts';
