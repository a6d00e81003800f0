/** HTTP requests: GET through proxies and redirects, with an answer that is read as it arrives. */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { proxyFor } from './proxy.ts';

export interface RequestContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stall: number;
  readonly signal?: AbortSignal;
  /** Certificates of authorities, in place of those that Node knows. */
  readonly tls?: SecureContextOptions;
}

/** An answer after all redirects. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

/** What went wrong on the way; `proxyStatus` when a proxy did answer. */
export class RequestError extends Error {
  readonly proxyStatus: number | undefined;
  constructor(message: string, proxyStatus?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RequestError';
    this.proxyStatus = proxyStatus;
  }

  get unknownName(): boolean {
    return this.cause instanceof Error && 'code' in this.cause && this.cause.code === 'ENOTFOUND';
  }
}

const MOST_REDIRECTS = 10;

/**
 * Gets a URL.
 *
 * @throws RequestError when no answer comes
 */
export async function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  context: RequestContext,
): Promise<Answer> {
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const body = await send(at, headers, context);
    const status = body.statusCode ?? 0;
    const { location } = body.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
      return { url: at, status, headers: body.headers, body };
    body.resume();
    if (redirects === MOST_REDIRECTS) throw new RequestError(`more than ${MOST_REDIRECTS} redirects`);
    if (!URL.canParse(location, at.href)) throw new RequestError('redirected to something that is no URL');
    const next = new URL(location, at);
    if (next.protocol !== 'http:' && next.protocol !== 'https:')
      throw new RequestError(`redirected to ${next.protocol}, which is not HTTP`);
    if (at.protocol === 'https:' && next.protocol === 'http:')
      throw new RequestError('redirected from HTTPS to HTTP, where anybody could answer');
    at = next;
  }
}

async function send(
  url: URL,
  given: Readonly<Record<string, string>>,
  context: RequestContext,
): Promise<IncomingMessage> {
  const proxy = proxyFor(url, context.env);
  const headers = {
    'user-agent': 'sessionlab',
    accept: '*/*',
    'accept-encoding': 'identity',
    host: url.host,
    ...given,
  };
  const common: RequestOptions = {
    method: 'GET',
    agent: false,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
  if (proxy === undefined)
    return url.protocol === 'https:'
      ? answerOf({ ...common, ...target(url), ...context.tls, headers }, true, context)
      : answerOf({ ...common, ...target(url), headers }, false, context);
  const secureProxy = proxy.protocol === 'https:';
  if (url.protocol === 'http:')
    return answerOf(
      {
        ...common,
        ...target(proxy),
        ...(secureProxy ? context.tls : {}),
        path: `${url.origin}${url.pathname}${url.search}`,
        headers: { ...headers, ...authorization(proxy) },
      },
      secureProxy,
      context,
    );
  const socket = await tunnel(url, proxy, common, context);
  const servername = url.hostname.replace(/^\[|\]$/g, '');
  // With an agent, even one of its own, a request makes its connection itself and goes past the tunnel.
  const { agent: _, ...direct } = common;
  return answerOf(
    {
      ...direct,
      ...target(url),
      headers,
      createConnection: (): TLSSocket =>
        connectTls({
          ...context.tls,
          socket,
          ...(isAddress(servername) ? {} : { servername }),
          host: servername,
        }),
    },
    true,
    context,
  );
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');

function target(url: URL): RequestOptions {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
  };
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function answerOf(
  options: RequestOptions,
  secure: boolean,
  context: RequestContext,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)(options, resolve);
    request.setTimeout(context.stall, () => {
      request.destroy(new RequestError(`no byte for ${context.stall / 1000} s`));
    });
    request.on('error', (error) => reject(asRequestError(error)));
    request.end();
  });
}

/** A connection through the proxy to the host of the URL (CONNECT, RFC 9110 §9.3.6). */
function tunnel(url: URL, proxy: URL, common: RequestOptions, context: RequestContext): Promise<Socket> {
  const secure = proxy.protocol === 'https:';
  const authority = `${url.hostname}:${url.port === '' ? 443 : url.port}`;
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)({
      ...common,
      ...target(proxy),
      ...(secure ? context.tls : {}),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, 'user-agent': 'sessionlab', ...authorization(proxy) },
    });
    request.setTimeout(context.stall, () => {
      request.destroy(new RequestError(`no byte from the proxy for ${context.stall / 1000} s`));
    });
    request.on('connect', (answer, socket: Socket) => {
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) resolve(socket);
      else {
        socket.destroy();
        reject(
          new RequestError(`the proxy ${proxy.host} answers ${status} ${answer.statusMessage ?? ''}`, status),
        );
      }
    });
    request.on('response', (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      reject(
        new RequestError(`the proxy ${proxy.host} answers ${status} ${answer.statusMessage ?? ''}`, status),
      );
    });
    request.on('error', (error) => reject(asRequestError(error)));
    request.end();
  });
}

/** In the words of the system where there is no better. */
export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause ? String(cause.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: 'the name of the server is not known here',
    EAI_AGAIN: 'names cannot be looked up: is there a network?',
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection broke off',
    EPIPE: 'the connection broke off',
    ETIMEDOUT: 'the server does not answer',
    ENETUNREACH: 'the network cannot be reached',
    EHOSTUNREACH: 'the server cannot be reached',
  };
  return new RequestError(words[code] ?? cause.message, undefined, { cause });
}
