/** Text: numbers, paths, columns, CSV, the status line. */
export { credentialsOf, withoutPassword, withoutPasswords } from './address.ts';
export { csvCells, csvLine } from './csv.ts';
export { encodingOf } from './encoding.ts';
export {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatScore,
  interval,
  plural,
} from './format.ts';
export { jsonText, onOneLine, onTerminal, shown } from './outside.ts';
export { displayPath } from './path.ts';
export {
  createPace,
  createReporter,
  createTransfer,
  type Pace,
  type Reporter,
  readingText,
  type Terminal,
} from './progress.ts';
export { alignColumns, breakName } from './table.ts';
