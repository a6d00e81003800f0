/** What was read of label files: every record is in the table, a duplicate, or left out with a reason. */

import { formatCount, plural } from '../text/index.ts';

/** Something that happened to records, how often, and where first. */
export interface Counted {
  readonly what: string;
  readonly times: number;
  /** `file: record 17`. */
  readonly first: string;
}

/** Counts kinds of happenings; of very many kinds the later ones together. */
export class RecordCounts {
  private readonly kinds = new Map<string, { times: number; first: string }>();

  add(what: string, place: () => string, times = 1): void {
    const known = this.kinds.get(what);
    if (known !== undefined) {
      known.times += times;
      return;
    }
    if (this.kinds.size >= MOST_KINDS && what !== OTHERS) this.add(OTHERS, place, times);
    else this.kinds.set(what, { times, first: place() });
  }

  /** Lists the kinds by number, then by name. */
  list(): readonly Counted[] {
    const list = [...this.kinds].map(([what, { times, first }]) => ({ what, times, first }));
    return list.sort((a, b) => b.times - a.times || (a.what < b.what ? -1 : 1));
  }
}

const MOST_KINDS = 60;
const OTHERS = 'other reasons';

/** What became of the records of label files. */
export interface LabelAccount {
  readonly files: readonly { readonly path: string; readonly records: number }[];
  /** Records read: labels in the table + duplicates + Σ leftOut. */
  readonly records: number;
  /** Records that were there before with the same endpoints, times and label. */
  readonly duplicates: number;
  readonly leftOut: readonly Counted[];
  /** Faults of the files that cost no record: bytes removed, fields missing, names that differ, … */
  readonly tolerated: readonly Counted[];
  /** Labels in the table by name, sorted by name. */
  readonly labels: readonly { readonly name: string; readonly records: number }[];
  /** Times of all labels that have one, in their own clock; null when none has. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
  /** Records without a time: they hold for all sessions of their endpoints. */
  readonly timeless: number;
  /** Columns of files that nothing is read from. */
  readonly unused: readonly { readonly path: string; readonly columns: readonly string[] }[];
}

/** What became of records that are no labels, for messages: how many, why, and where first; '' where there are none. */
export function leftOutText({ records, leftOut }: Pick<LabelAccount, 'records' | 'leftOut'>): string {
  if (leftOut.length === 0) return '';
  const left = leftOut.reduce((sum, { times }) => sum + times, 0);
  const reasons = leftOut
    .slice(0, MOST_REASONS)
    .map(({ what, times, first }) => `${formatCount(times)} × ${what}, first ${first}`);
  const rest = leftOut.length - reasons.length;
  const more = rest > 0 ? `; and ${plural(rest, 'more reason')}` : '';
  return `${formatCount(left)} of ${plural(records, 'record')} of labels left out: ${reasons.join('; ')}${more}`;
}

const MOST_REASONS = 4;
