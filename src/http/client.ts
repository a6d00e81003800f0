/** HTTP requests on undici: through the proxies of the environment, with TLS settings, each with an end. */
import { on } from 'node:events';
import type { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import type { Dispatcher } from 'undici';
import { proxyError, RequestError, requestError, type Way } from './failure.ts';
import { proxyAuthorization, proxyFor } from './proxy.ts';

export interface HttpOptions {
  /** Where proxies are named. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly timeout: number;
  /** Whom to trust in place of whom Node trusts (with NODE_EXTRA_CA_CERTS), and who we are. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;
  /** Gives everything up that is under way. */
  readonly signal?: AbortSignal;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** As it is sent, `?` and percent signs included; else that of the URL. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable;
}

export interface Answer {
  readonly url: URL;
  readonly status: number;
  /** The status with its words: `404 Not Found`. */
  readonly statusLine: string;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** The body as it arrives. @throws RequestError when it breaks off */
  chunks(): AsyncGenerator<Buffer, void, void>;
  /** Nobody wants the rest of the body. */
  discard(): void;
}

export interface HttpClient {
  /** @throws RequestError when no answer comes; FaultError (usage) when the environment names no proxy that can be used */
  send(request: HttpRequest): Promise<Answer>;
  /** GET, with redirects followed. @throws as send */
  get(url: URL, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Ends all connections. */
  close(): void;
}

/** A client; connections are made when they are needed and kept for further requests until it is closed. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const { env, timeout, signal } = options;
  const dispatchers = new Map<string, Promise<Dispatcher>>();

  async function send({ method, url, headers = {}, body, path }: HttpRequest): Promise<Answer> {
    const proxy = proxyFor(url, env);
    const key = `${url.protocol} ${proxy?.href ?? ''}`;
    let made = dispatchers.get(key);
    if (made === undefined) {
      made = dispatcherFor(url, proxy, options);
      dispatchers.set(key, made);
    }
    const dispatcher = await made;
    const plain = path ?? `${url.pathname}${url.search}`;
    // Without TLS a proxy is asked for the whole address, and told who we are with every request.
    const proxied = proxy !== undefined && url.protocol === 'http:';
    const way = { timeout, proxy };
    try {
      const response = await dispatcher.request({
        origin: url.origin,
        path: proxied ? `${url.origin}${plain}` : plain,
        method,
        headers: {
          'user-agent': 'sessionlab',
          ...headers,
          ...(proxied ? { host: url.host, ...proxyAuthorization(proxy) } : {}),
        },
        body: body ?? null,
        signal: signal ?? null,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      const answer = answerOf(url, response, way);
      if (!proxied || answer.status !== 407) return answer;
      answer.discard();
      throw proxyError(proxy, 407);
    } catch (error) {
      throw requestError(error, way);
    }
  }

  return {
    send,
    get: (url, headers = {}) => followed(send, url, headers),
    close() {
      for (const made of dispatchers.values())
        made.then((dispatcher) => dispatcher.destroy()).catch(() => undefined);
      dispatchers.clear();
    },
  };
}

/** undici takes a third of a second to load: only who makes a request waits for it. */
async function dispatcherFor(
  url: URL,
  proxy: URL | undefined,
  { timeout, tls }: HttpOptions,
): Promise<Dispatcher> {
  const { Agent, Pool, ProxyAgent } = await import('undici');
  const connect = { ...tls, timeout };
  if (proxy === undefined) return new Agent({ connect });
  // A proxy is not told who we are to the server.
  const { cert: _, key: __, ...proxyTls } = connect;
  if (url.protocol === 'http:') return new Pool(proxy.origin, { connect: proxyTls });
  const authorization = proxyAuthorization(proxy)['proxy-authorization'];
  return new ProxyAgent({
    uri: proxy.origin,
    ...(authorization === undefined ? {} : { token: authorization }),
    requestTls: connect,
    proxyTls,
    clientFactory: (origin, settings) => new Pool(origin, { ...settings, headersTimeout: timeout }),
  });
}

/** Chunks that may wait to be read, of up to 64 KiB. */
const MOST_WAITING = 16;

function answerOf(
  url: URL,
  { statusCode, statusText, headers, body }: Dispatcher.ResponseData,
  way: Way,
): Answer {
  // From now on: when the connection breaks, a stream would lose what arrived and was not read.
  const arrived = on(body, 'data', { close: ['end'], highWaterMark: MOST_WAITING, lowWaterMark: 1 });
  // Whoever reads it is told; nobody may be, where the rest is not wanted.
  body.on('error', () => undefined);
  return {
    url,
    status: statusCode,
    statusLine: `${statusCode} ${statusText}`.trim(),
    headers,
    async *chunks() {
      try {
        for await (const [chunk] of arrived) yield chunk as Buffer;
      } catch (error) {
        throw requestError(error, way);
      }
    },
    discard: () => void body.destroy(),
  };
}

const MOST_REDIRECTS = 10;

async function followed(
  send: HttpClient['send'],
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const refuse = (problem: string) => new RequestError('redirect', problem, 'open the address in a browser');
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const answer = await send({ method: 'GET', url: at, headers });
    const location = String(answer.headers.location ?? '');
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === '') return answer;
    answer.discard();
    if (redirects === MOST_REDIRECTS) throw refuse(`more than ${MOST_REDIRECTS} redirects`);
    if (!URL.canParse(location, at.href)) throw refuse('redirected to something that is no URL');
    const next = new URL(location, at);
    if (next.protocol !== 'http:' && next.protocol !== 'https:')
      throw refuse(`redirected to ${next.protocol}, which is not HTTP`);
    if (at.protocol === 'https:' && next.protocol === 'http:')
      throw refuse('redirected from HTTPS to HTTP, where anybody could answer');
    at = next;
  }
}
