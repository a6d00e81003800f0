/** Export: the sessions of a spec, as its network is shown them, for other programs. */
export { type PartName, type Presentation, partNames } from './presentation.ts';
export { frozenHash, presentTask, scoreTask, type TaskScore } from './task.ts';
export { type ExportedPart, exportSessions, type Format, formats } from './write.ts';
