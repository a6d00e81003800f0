/** Presents sessions to a network: loaded, morphed, encoded, labelled, straight into a row of a batch. */
import {
  type Contacts,
  createMorpher,
  createSessionBytes,
  loadSession,
  longestHeader,
  type MorphCounts,
  type MorphOptions,
  type SessionBytes,
  type TallyRecord,
} from '../anomaly/index.ts';
import type { Stream } from '../random/index.ts';
import type { SessionTable } from '../session/index.ts';
import { asInNotebook, type Batch, createEncoder, createSight, type TokenOptions } from '../token/index.ts';

/** What is told apart: every kind from every other, or normal from all kinds; the latter without having seen any, too. */
type Task = 'kind' | 'anomalous' | 'generate';

/** What presenting needs to know. */
export interface PresentOptions {
  readonly sessions: SessionTable;
  /** What morphs know of the network. */
  readonly contacts: Contacts;
  readonly anomalies: MorphOptions;
  readonly tokens: TokenOptions;
  /**
   * How the tokens that are shown are, where they are others than those by which a morph is seen or not: what becomes of a
   * session does not follow from them.
   */
  readonly shown?: TokenOptions;
  /** P: packets of a session at most. */
  readonly maxPackets: number;
  readonly task: Task;
  /** [C]: the classes of the network, for kinds that are some of those that it was trained on; their own by default. */
  readonly classes?: readonly string[];
  /** What sessions are by their labels: they are presented as captured then. */
  readonly truth?: PresentedTruth | null;
  /** Draw the anomaly once more after the label was set: a fault, to measure what it does. */
  readonly redraw?: boolean;
}

/** What sessions are without anything being done to them. */
interface PresentedTruth {
  /** 'normal', then others. */
  readonly kinds: readonly string[];
  /** [S]: index into `kinds`. */
  readonly kindOf: Uint8Array;
}

export interface Presenter {
  /** [C]: the classes of the task; 0 is "normal". */
  readonly classes: readonly string[];
  /** 'normal' and the anomaly kinds, whatever the task. */
  readonly kinds: readonly string[];
  /** P and T of the batches that it fills. */
  readonly maxPackets: number;
  readonly maxTokens: number;
  /** How its tokens are. */
  readonly tokens: TokenOptions;
  /**
   * Writes a session, morphed or not, to a row of the batch, its label too. What comes out depends on the session and
   * its stream alone.
   *
   * @param session index in the session table
   * @param source a stream of this session and occasion alone
   * @returns what it now is, an index of `kinds`
   */
  present(session: number, source: Stream, batch: Batch, row: number): number;
  /**
   * The same as one kind, an index of `kinds`, where that can apply so that it is seen. Not for sessions that have labels.
   *
   * @returns false where it cannot: the row is then to be written anew
   */
  presentAs(session: number, kind: number, source: Stream, batch: Batch, row: number): boolean;
  /**
   * Presents sessions before their turn, as `work` does: they are not in `counts` and `tally` until it is theirs, so that
   * what is written down in between is what has been trained on.
   */
  ahead(work: () => void): void;
  /** Now it is the turn of those that were presented ahead. */
  settle(): void;
  /** The session that was presented last, after its morph; overwritten by the next. */
  readonly bytes: SessionBytes;
  /** What became of all sessions presented so far. */
  readonly counts: MorphCounts;
  /** The same as raw counters, and going on with those of another presenter of the same options. */
  readonly tally: TallyRecord;
  continueWith(tally: TallyRecord): void;
}

/** Sessions as they were captured. */
const UNTOUCHED: MorphOptions = { normal: 1, kinds: {}, repair: [] };

/**
 * A presenter with working memory of its own.
 *
 * @throws FaultError when an anomaly kind or a hidden field cannot be
 */
export function createPresenter(options: PresentOptions): Presenter {
  const { sessions, maxPackets, task, truth = null, redraw = false } = options;
  const anomalies = truth === null ? options.anomalies : UNTOUCHED;
  const { tokens, shown = tokens } = options;
  const trained = encoderOf(tokens);
  const encoder = shown === tokens ? trained : encoderOf(shown);
  const stride = longestHeader(sessions);
  const isSeen = createSight(trained, sessions, stride);
  const morpher = createMorpher(anomalies, options.contacts, isSeen);
  const labeller = redraw ? createMorpher(anomalies, options.contacts, isSeen) : null;
  const bytes = createSessionBytes(maxPackets, stride);
  const kinds = truth?.kinds ?? morpher.classes;
  const binary = task !== 'kind';
  const classes = binary ? ['normal', 'anomalous'] : (options.classes ?? kinds);
  const classOf = kinds.map((kind, k) => (binary ? Math.min(k, 1) : classes.indexOf(kind)));
  if (classOf.includes(-1)) throw new RangeError(`kinds: ${kinds.join(', ')} are not all among the classes`);
  /** What the counters were before somebody was presented ahead. */
  let before: { readonly counts: MorphCounts; readonly tally: TallyRecord } | null = null;
  return {
    classes,
    kinds,
    maxPackets,
    maxTokens: encoder.maxTokens,
    tokens: shown,
    bytes,
    present(session, source, batch, row) {
      loadSession(sessions, session, bytes);
      const drawn = (labeller ?? morpher).present(bytes, source);
      if (labeller !== null) {
        loadSession(sessions, session, bytes);
        morpher.present(bytes, source);
      }
      const kind = truth === null ? drawn : truth.kindOf[session]!;
      encoder.encode(bytes, batch, row);
      batch.labels[row] = classOf[kind]!;
      return kind;
    },
    presentAs(session, kind, source, batch, row) {
      if (truth !== null || redraw) throw new RangeError('presentAs: the sessions have labels of their own');
      loadSession(sessions, session, bytes);
      if (!morpher.presentAs(bytes, kind, source)) return false;
      encoder.encode(bytes, batch, row);
      batch.labels[row] = classOf[kind]!;
      return true;
    },
    ahead(work) {
      before ??= { counts: morpher.counts, tally: morpher.tally };
      work();
    },
    settle() {
      before = null;
    },
    get counts() {
      return before?.counts ?? morpher.counts;
    },
    get tally() {
      return before?.tally ?? morpher.tally;
    },
    continueWith: morpher.continueWith,
  };
}

const encoderOf = (tokens: TokenOptions) => asInNotebook(createEncoder(tokens), tokens);
