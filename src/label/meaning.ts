/** What labels say of sessions: that nothing is wrong, that something is, or neither. */
import { ExitCode, FaultError } from '../fault/index.ts';

export type Meaning = 'normal' | 'attack' | 'background';

/** Names of labels as a spec or manifest gives them; compared without regard to case and blanks around them. */
export interface LabelNames {
  /** All that are normal; what is in neither list is an attack then. Absent: `normal` and `benign`. */
  readonly normal?: readonly string[];
  /** Those of traffic that nobody looked into. Absent: `background`. */
  readonly background?: readonly string[];
}

const NORMAL = ['normal', 'benign'];
const BACKGROUND = ['background'];

/** Names that are normal in one public data set and an attack, or nothing, in the next. */
const UNCLEAR =
  /^(?:[-+]?\d+(?:[.,]\d*)?|true|false|yes|no|y|n|t|f|-|\?|none|null|nan|n\/a|ok|good|bad|clean|safe|white|legit\w*|unknown|other)$|normal|benign|legitim|background|non.?(?:attack|malicious)/i;

const plain = (name: string): string => name.trim().toLowerCase();

/** What each name means, in their order. */
export function meaningsOf(names: readonly string[], said: LabelNames = {}): readonly Meaning[] {
  const normal = new Set((said.normal ?? NORMAL).map(plain));
  const background = new Set((said.background ?? BACKGROUND).map(plain));
  return names.map((name) => {
    if (normal.has(plain(name))) return 'normal';
    return background.has(plain(name)) ? 'background' : 'attack';
  });
}

/**
 * Asks which names are normal where nobody said so and they do not tell: `0` is benign in half of the public data sets.
 *
 * @param names with how often they occur, for the message
 * @throws FaultError (data)
 */
export function checkMeanings(
  names: readonly { readonly name: string; readonly records: number }[],
  said: LabelNames,
  place: string,
): void {
  if (said.normal !== undefined) return;
  const texts = names.map(({ name }) => name);
  const meanings = meaningsOf(texts, said);
  const unclear = texts.filter((name, i) => meanings[i] === 'attack' && UNCLEAR.test(name.trim()));
  if (unclear.length === 0) return;
  const shown = unclear.slice(0, MOST_SHOWN).map((name) => JSON.stringify(name));
  const all = names.slice(0, MOST_SHOWN).map(({ name, records }) => `${JSON.stringify(name)} × ${records}`);
  throw new FaultError(
    {
      place,
      problem: `does ${shown.join(' or ')} mean that nothing is wrong? The labels are ${all.join(', ')}${names.length > MOST_SHOWN ? ', …' : ''}`,
      cure: `name all that are normal in the "labels" of the data set (dataset.labels.normal in a spec, labels.normal in a manifest): [${shown[0]}], for example; every other one is an attack (those of unverified traffic go into "background")`,
    },
    ExitCode.data,
  );
}

const MOST_SHOWN = 8;
