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
  packets: number;
  first: string;
}

/** Counts by reason code and detail. */
export class LeftOutCounts {
  private readonly entries = new Map<number, Entry>();
  /** All packets counted here. */
  total = 0;

  /** One packet left out. @returns the entry when it is the first for this reason: the caller says where it is */
  add(reason: number, detail: number): Entry | undefined {
    this.total++;
    // Details have up to 32 bits.
    const key = reason * 4294967296 + detail;
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      entry.packets++;
      return undefined;
    }
    const added = { reason: describeReason(reason, detail), first: '', packets: 1 };
    this.entries.set(key, added);
    return added;
  }

  /** All reasons, sorted by their sentences. */
  list(): LeftOut[] {
    return [...this.entries.values()]
      .map((entry) => ({ ...entry }))
      .sort((a, b) => (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0));
  }
}
