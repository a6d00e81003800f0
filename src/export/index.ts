/** Export: the sessions of a spec, as its network is shown them, for other programs. */
export type { Presentation } from './presentation.ts';
export { frozenHash, presentTask, scoreTask, type TaskScore } from './task.ts';
export { type ExportedPart, exportSessions, type Format, formats } from './write.ts';
