/** What goes wrong on the way to a server: one table from the codes of errors to words and advice. */

import { STATUS_CODES } from 'node:http';

/** What kind of trouble it is, for who has better advice than the table. */
export type FailureKind =
  | 'refused'
  | 'unknown name'
  | 'network'
  | 'silent'
  | 'cut'
  | 'self-signed'
  | 'authority'
  | 'certificate'
  | 'protocol'
  | 'proxy'
  | 'redirect'
  | 'other';

/** Kinds that no second try mends. */
const FINAL: ReadonlySet<FailureKind> = new Set([
  'self-signed',
  'authority',
  'certificate',
  'protocol',
  'redirect',
]);

/** There is no answer that could be used. The message has no password in it, and no address. */
export class RequestError extends Error {
  readonly kind: FailureKind;
  readonly cure: string;
  /** Whether another try may do better. */
  readonly passing: boolean;
  /** Milliseconds that the server asks us to wait for. */
  readonly retryAfter: number;

  constructor(
    kind: FailureKind,
    problem: string,
    cure: string,
    {
      passing = !FINAL.has(kind),
      retryAfter = 0,
      cause,
    }: { passing?: boolean; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(problem, { cause });
    this.name = 'RequestError';
    this.kind = kind;
    this.cure = cure;
    this.passing = passing;
    this.retryAfter = retryAfter;
  }
}

type Entry = readonly [kind: FailureKind, problem: string, cure: string];

const NETWORK = 'is there a network?';
const CUT: Entry = ['cut', 'the connection broke off', 'is the server still running?'];
const STRANGER: Entry = [
  'authority',
  'its certificate is signed by an authority that this machine does not know',
  'name the certificate of that authority with NODE_EXTRA_CA_CERTS',
];
const NO_TLS: Entry = ['protocol', 'it does not speak TLS', 'does the address begin with http:// instead?'];
const NO_HTTP: Entry = [
  'protocol',
  'it does not speak HTTP',
  'does the address begin with https:// instead, or has it another port?',
];

const FAILURES: Readonly<Record<string, Entry>> = {
  ECONNREFUSED: ['refused', 'nobody answers there (connection refused)', 'is the server running?'],
  ENOTFOUND: ['unknown name', 'there is no machine of this name', 'is the address right?'],
  EAI_AGAIN: ['network', 'the name cannot be looked up now', NETWORK],
  ECONNRESET: CUT,
  EPIPE: CUT,
  UND_ERR_SOCKET: CUT,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CUT,
  ETIMEDOUT: ['silent', 'there is no answer', 'is there a network, or a firewall between?'],
  EHOSTUNREACH: ['network', 'there is no way to it', NETWORK],
  ENETUNREACH: ['network', 'there is no way to it', NETWORK],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'self-signed',
    'its certificate is signed by itself',
    'name it with NODE_EXTRA_CA_CERTS',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: STRANGER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: STRANGER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: STRANGER,
  CERT_HAS_EXPIRED: ['certificate', 'its certificate has expired', 'renew it'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'certificate',
    'its certificate is for another name',
    'use the name that is in it',
  ],
  EPROTO: NO_TLS,
};

/** The way that a request went. */
export interface Way {
  /** Milliseconds without a byte after which it was given up. */
  readonly timeout: number;
  readonly proxy: URL | undefined;
}

/** What a request failed with, in words; what is no matter of the connection stays as it is. */
export function requestError(error: unknown, { timeout, proxy }: Way): unknown {
  if (error instanceof RequestError || !(error instanceof Error) || 'path' in error) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const of = ([kind, problem, cure]: Entry, more = '') =>
    new RequestError(kind, problem + more, cure, { cause: error });
  if (/^UND_ERR_(HEADERS|BODY|CONNECT)_TIMEOUT$/.test(code))
    return of(FAILURES.ETIMEDOUT!, `: no byte for ${timeout / 1000} s`);
  // That a proxy refuses is told by undici in a message alone.
  const status = /^Proxy response \((\d+)\)/.exec(error.message)?.[1];
  if (status !== undefined && proxy !== undefined) return proxyError(proxy, Number(status));
  const entry = FAILURES[code];
  if (entry !== undefined) return of(entry);
  if (error.name === 'HTTPParserError') return of(NO_HTTP);
  if (/^ERR_SSL_/.test(code)) return of(NO_TLS);
  if (code === '' || code === 'ABORT_ERR') return error;
  const kind = /CERT|SIGNATURE|ERR_TLS/.test(code) ? 'certificate' : 'other';
  return of([
    kind,
    `it cannot be reached: ${error.message}`,
    'is the server running, and the address right?',
  ]);
}

/** A proxy answers with something else than what was asked for. */
export function proxyError({ host }: URL, status: number): RequestError {
  const cure =
    status === 407
      ? 'name the proxy with user and password: http://user:password@host:port'
      : 'may it be used for this address? else name the server in no_proxy';
  const words = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  return new RequestError('proxy', `the proxy ${host} answers ${words}`, cure, { passing: status >= 500 });
}
