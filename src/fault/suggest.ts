/** "Did you mean …?": the known name that is nearest to a misspelt one. */

/** Characters. What is longer is no misspelt name, and a distance takes the product of both lengths. */
const LONGEST = 1000;

/**
 * The candidate nearest to `name`, or undefined when none is near enough to be meant.
 *
 * Case, dashes, underscores, dots and blanks do not count as differences. A third of the longer name may differ, one
 * letter in any case. Of equally near candidates the first wins.
 */
export function suggest(name: string, candidates: readonly string[]): string | undefined {
  const plain = fold(name);
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = fold(candidate);
    const allowed = Math.max(1, Math.floor(Math.max(plain.length, other.length) / 3));
    if (Math.abs(plain.length - other.length) > allowed) continue;
    const distance = editDistance(plain, other);
    // The exact spelling decides between candidates that differ in what is folded away.
    const exact = distance + editDistance(name, candidate) / 1024;
    if (distance <= allowed && exact < least) {
      least = exact;
      best = candidate;
    }
  }
  return best;
}

/**
 * Damerau–Levenshtein distance (optimal string alignment: no part is edited twice): the number of characters to
 * insert, delete, replace or swap with their neighbour to get from one text to the other.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast = new Uint32Array(b.length + 1);
  let last = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = new Uint32Array(b.length + 1);
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row[j] = cost;
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

function fold(name: string): string {
  const letters = name.toLowerCase().replace(/[-_.\s]/g, '');
  return letters === '' ? name : letters;
}
