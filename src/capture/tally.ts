/** Counts what is left out, by reason, and remembers where each reason was met first. */
import { describeReason } from './reason.ts';

/** Packets left out for one reason. */
export interface LeftOut {
  readonly reason: string;
  readonly packets: number;
  /** Where it was met first: `office.pcap: record 17 at byte 4096`. */
  readonly first: string;
}

interface Entry {
  readonly reason: string;
  first: string;
  packets: number;
}

/** Details have up to 32 bits. */
function keyOf(reason: number, detail: number): number {
  return reason * 4294967296 + detail;
}

/** Counts by reason code and detail. */
export class Tally {
  private readonly entries = new Map<number, Entry>();
  /** All packets counted here. */
  total = 0;

  /** One packet left out. @returns whether it is the first for this reason; then tell `met` where it is. */
  add(reason: number, detail: number): boolean {
    this.total++;
    const entry = this.entries.get(keyOf(reason, detail));
    if (entry !== undefined) {
      entry.packets++;
      return false;
    }
    this.entries.set(keyOf(reason, detail), {
      reason: describeReason(reason, detail),
      first: '',
      packets: 1,
    });
    return true;
  }

  /** Where a reason was met first. */
  met(reason: number, detail: number, first: string): void {
    const entry = this.entries.get(keyOf(reason, detail));
    if (entry !== undefined) entry.first = first;
  }

  /** All reasons, sorted by their sentences. */
  list(): LeftOut[] {
    return [...this.entries.values()]
      .map((entry) => ({ ...entry }))
      .sort((a, b) => (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0));
  }
}
