/** The disk: whole files and folders, hashes, locks, what the system says about a path as a fault. */
export { fromLittleEndian, littleEndian } from './bytes.ts';
export { fileClock } from './clock.ts';
export { sha256, sha256OfFile, sizeOfFile, stampOf } from './file.ts';
export { makeFolder, publish, removeEmpty } from './folder.ts';
export { removeTemporary } from './leftovers.ts';
export { checkHeld, isTaken, type Lock, locksIn, type Owner, signOfLife, takeLock } from './lock.ts';
export { exactArguments, hasLost, isGarbled, pathOf, systemPath } from './path-bytes.ts';
export { codeOf, garbledFault, machineProblem, readFault, writeFault } from './refusal.ts';
export { borrowResults, claimResults, type ResultsFolder } from './results-folder.ts';
export { homeFolder, userName } from './user.ts';
export { createWholeFile, syncFolder, unique, type WholeFile, writeWhole } from './whole-file.ts';
