/**
 * Lines of CSV (RFC 4180, with line feeds).
 *
 * A spreadsheet takes a text for a formula when it begins with = + - @, a tab or a carriage return, also in quotes. Such a
 * text gets an apostrophe before it, and so does one with apostrophes before that, so that reading takes exactly one away;
 * numbers stay numbers.
 */

const FORMULA = /^'*[=+\-@\t\r]/;
const ESCAPED = /^'+[=+\-@\t\r]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const guarded = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
const unguarded = (text: string): string => (ESCAPED.test(text) ? text.slice(1) : text);

/** A line: cells with a comma, quote or line break are in quotes, which are doubled within. */
export function csvLine(cells: readonly (string | number)[]): string {
  const quoted = cells.map((cell) => {
    const text = typeof cell === 'number' ? String(cell) : guarded(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(',')}\n`;
}

/** The cells of a line without its line feed, as csvLine writes it; null when a quote does not end. */
export function csvCells(line: string, separator = ','): readonly string[] | null {
  return splitCells(line, separator)?.map(unguarded) ?? null;
}

function splitCells(line: string, separator: string): readonly string[] | null {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const comma = line.indexOf(separator, at);
      const end = comma < 0 ? line.length : comma;
      cells.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    let text = '';
    for (at++; ; ) {
      const quote = line.indexOf('"', at);
      if (quote < 0) return null;
      text += line.slice(at, quote);
      at = quote + 1;
      if (line[at] !== '"') break;
      text += '"';
      at++;
    }
    cells.push(text);
    at = line.indexOf(separator, at) < 0 ? line.length + 1 : line.indexOf(separator, at) + 1;
  }
  return cells;
}
