/**
 * Faults: what a user did or has that cannot work, told so that they can mend it.
 *
 * A fault has a place (file, JSON pointer or byte offset), what is wrong there (the value and what was expected)
 * and a cure. The command line prints faults as one line each, without a stack trace. Anything else that is
 * thrown is a defect of ours.
 */

/** One fault, one line: `place: problem; cure`. */
export interface Fault {
  /** Where: `experiments/x.json: /network/head`, `office.pcap: record 17 at byte 4096`, `--seed`. */
  readonly place: string;
  /** The value and the expectation: `got 0, must be ≥ 1`. */
  readonly problem: string;
  /** What to do about it, as a sentence without a full stop. */
  readonly cure?: string;
}

/** How the process ends. Documented in `sessionlab --help`. */
export const ExitCode = {
  /** Everything worked. */ ok: 0,
  /** A defect of sessionlab: please report it. */ defect: 1,
  /** The command line or a spec is wrong. */ usage: 2,
  /** A capture or data set cannot be used. */ data: 3,
  /** The machine refuses: disk, memory, permission. */ machine: 4,
  /** Stopped by Ctrl-C, SIGTERM or SIGHUP (128 + SIGINT). */ interrupted: 130,
  /** Stopped because nobody reads standard output any more (128 + SIGPIPE). */ unread: 141,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One or more faults, thrown. */
export class FaultError extends Error {
  readonly faults: readonly Fault[];
  readonly exitCode: ExitCode;

  constructor(faults: Fault | readonly Fault[], exitCode: ExitCode = ExitCode.usage) {
    const list: readonly Fault[] = 'place' in faults ? [faults] : faults;
    super(list.map(formatFault).join('\n'));
    this.name = 'FaultError';
    this.faults = list;
    this.exitCode = exitCode;
  }
}

/** Characters of a place, a problem or a cure that are shown: a message quotes what was found, which may be a whole file. */
const MOST_SHOWN = 2000;

/** `place: problem; cure` on one line. */
export function formatFault(fault: Fault): string {
  const cure = fault.cure === undefined ? '' : `; ${shortened(fault.cure)}`;
  return `${shortened(fault.place)}: ${shortened(fault.problem)}${cure}`;
}

/** Both ends of a text that is too long: what was expected is said in the end. */
function shortened(text: string): string {
  if (text.length <= MOST_SHOWN) return text;
  const half = MOST_SHOWN / 2;
  return `${text.slice(0, half)} … (${text.length - 2 * half} characters) … ${text.slice(-half)}`;
}
