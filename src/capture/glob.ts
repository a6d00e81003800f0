/** Globs over path segments: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, and `**` for any number of folders. */

/** Whether a pattern has characters of a glob. */
export function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

const BRACES = /\{([^{}]*,[^{}]*)\}/;

/** How many patterns expandBraces would make, at most: nested braces count as if each alternative had them. */
export function countAlternatives(pattern: string): number {
  let count = 1;
  let rest = pattern;
  for (let match = BRACES.exec(rest); match !== null; match = BRACES.exec(rest)) {
    count *= match[1]!.split(',').length;
    rest = rest.slice(0, match.index) + rest.slice(match.index + match[0].length);
  }
  return count;
}

/** `{a,b}` written out: one pattern for each alternative. Braces without a comma are literal. */
export function expandBraces(pattern: string): string[] {
  const match = BRACES.exec(pattern);
  if (match === null) return [pattern];
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + match[0].length);
  return match[1]!.split(',').flatMap((alternative) => expandBraces(before + alternative + after));
}

/** Whether what brackets hold is a set: a range goes upwards. */
function isSet(text: string): boolean {
  return [...text.matchAll(/(.)-(.)/gs)].every(([, from, to]) => from! <= to!);
}

/** What one character of a name must be; `*` is any number of them. */
type Part = '*' | ((character: string) => boolean);

/**
 * A test for one path segment, without `**`. As in a shell, only a pattern that begins with a dot finds dot files.
 *
 * Its time is the product of both lengths at most: a regular expression may go through all ways in which its stars can
 * share a name, and one of a long pattern is refused by the engine.
 */
export function segmentMatcher(segment: string): (name: string) => boolean {
  const parts: Part[] = [];
  for (let at = 0; at < segment.length; at++) {
    const character = segment[at]!;
    const close = character === '[' ? segment.indexOf(']', at + 2) : -1;
    if (character === '*') parts.push('*');
    else if (character === '?') parts.push(() => true);
    else if (close > 0 && isSet(segment.slice(at + 1, close))) {
      const negated = segment[at + 1] === '!' || segment[at + 1] === '^';
      const set = segment.slice(at + (negated ? 2 : 1), close).replace(/[\\\]^[]/g, '\\$&');
      const expression = new RegExp(`^[${negated ? '^' : ''}${set}]$`);
      parts.push((one) => expression.test(one));
      at = close;
    } else parts.push((one) => one === character);
  }
  return (name) => (segment.startsWith('.') || !name.startsWith('.')) && fits(parts, name);
}

/** The last star alone takes more where what follows it does not fit: no earlier one could do better. */
function fits(parts: readonly Part[], name: string): boolean {
  let [part, at, star, taken] = [0, 0, -1, 0];
  while (at < name.length) {
    const next = parts[part];
    if (next === '*') {
      star = part++;
      taken = at;
    } else if (next?.(name[at]!)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++taken;
    } else return false;
  }
  while (parts[part] === '*') part++;
  return part === parts.length;
}
