/** Lines of CSV (RFC 4180, with line feeds). */

/** A line: cells with a comma, quote or line break are in quotes, which are doubled within. */
export function csvLine(cells: readonly (string | number)[]): string {
  const quoted = cells.map((cell) => {
    const text = String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(',')}\n`;
}

/** The cells of a line without its line feed, as csvLine writes it; null when a quote does not end. */
export function csvCells(line: string): readonly string[] | null {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at);
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
    at = line.indexOf(',', at) < 0 ? line.length + 1 : line.indexOf(',', at) + 1;
  }
  return cells;
}
