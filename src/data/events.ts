/** What is told while data are made ready. */
export type DataEvent =
  /** The captures of a synthetic data set are made, or checked. */
  | { readonly kind: 'making'; readonly dataset: string }
  | {
      readonly kind: 'reading';
      /** null where all of a data set is read as one. */
      readonly day: string | null;
      readonly bytes: number;
      readonly totalBytes: number;
      readonly packets: number;
    }
  | { readonly kind: 'labelling'; readonly day: string | null }
  /** A file of cached sessions is of no use: the captures are read again. */
  | { readonly kind: 'cache-refused'; readonly path: string; readonly why: string };
