/** What the benchmark and those that take part say to each other, one JSON value a line. */

export type Mode = 'train' | 'infer';

export type PeerRequest =
  | { readonly do: 'check' }
  | { readonly do: 'measure'; readonly mode: Mode; readonly batch: number; readonly seconds: number }
  | { readonly do: 'quit' };

/** The first line of one that takes part. */
export interface ReadyAnswer {
  readonly ready: string;
  /** Versions of the libraries that compute. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the reader of the table should know. */
  readonly notes?: readonly string[];
}

/** Mean cross-entropies, in the order of expected.json. */
export interface CheckAnswer {
  /** From the given weights. */
  readonly losses: readonly number[];
  /** After each step of Adam. */
  readonly steps: readonly number[];
}

export interface MeasureAnswer {
  readonly sessions: number;
  readonly seconds: number;
}

export type PeerAnswer = ReadyAnswer | CheckAnswer | MeasureAnswer | { readonly error: string };
