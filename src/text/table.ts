/** Plain text tables. */
import { onOneLine } from './outside.ts';

/**
 * Columns padded to their widest cell, two spaces between them; 'l' aligns left, 'r' right. No line ends in blanks. A
 * cell is on one line, whatever is in it.
 */
export function alignColumns(
  given: readonly (readonly string[])[],
  align: string,
  indent = '  ',
): readonly string[] {
  const rows = given.map((row) => row.map(onOneLine));
  const widths = Array.from(align, (_, c) => Math.max(0, ...rows.map((row) => row[c]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, c) =>
      align[c] === 'r' ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!),
    );
    return (indent + cells.join('  ')).trimEnd();
  });
}

/** A hyphenated name over as many lines as it has parts, none but the longest part wider than `width`. */
export function breakName(name: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of name.split(/(?<=-)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= width) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines;
}
